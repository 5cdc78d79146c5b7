// Counting twins a few at a time between two pictures, so that the page stays quick on one core.

const TWINS = 1000;
const SLICE = 9; // ms

const PAUSE = 250; // ms after the last move of a slider

let counting = 0;
let quietUntil = 0;

// `queue` has pairs of a job, which is {orders, told(alive, counted)}, and the twin up to which it is counted then.
function countTwins(patient, queue) {
  const mine = ++counting;
  for (const [job] of queue) Object.assign(job, { alive: 0, counted: 0 });
  function work() {
    if (mine !== counting) return;
    const now = performance.now(), until = now + SLICE;
    if (now < quietUntil) {
      setTimeout(work, PAUSE);
      return;
    }
    while (queue.length && performance.now() < until) {
      const [job, round] = queue[0];
      if (job.counted >= round) {
        queue.shift();
        continue;
      }
      job.alive += twinLives(patient.start, job.orders, patient.seed, job.counted);
      job.counted += 1;
      if (job.counted % 20 === 0) job.told(job.alive, job.counted);
    }
    if (queue.length) setTimeout(work, 0);
  }
  work();
}

// While a slider moves every picture is its own.
function holdCounting() {
  quietUntil = performance.now() + PAUSE;
}

function stopCounting() {
  counting += 1;
}

// Wilson's 95 % interval of a share.
function wilson(some, of) {
  const z = 1.959964, share = some / of, middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of)), whole = 1 + (z * z) / of;
  return [(middle - half) / whole, (middle + half) / whole];
}
