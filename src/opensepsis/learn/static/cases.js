// The people of the lesson: the first ones of a class code's hospital who fit, so that a code gives everybody the same patient.

const CASES = {
  hangnail: { site: 3, ages: [18, 70] },
  pneumonia: { site: 0, ages: [60, 90] },
  kidney: { site: 1, ages: [25, 80] },
  bowel: { site: 2, ages: [35, 80], controllable: 1 },
  mother: { site: 2, ages: [18, 42], controllable: 1, female: 1 },
};
const MOST_TRIED = 60000;

// FNV-1a, so that any word can be a code.
function seedOf(words) {
  let hash = 0x811c9dc5;
  for (const letter of words) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return hash;
}

function fits(who, wanted) {
  return who.kind === 0 && who.site === wanted.site && who.hospital === 0 && who.age >= wanted.ages[0] && who.age < wanted.ages[1]
    && who.frailty < 0.55 && (wanted.controllable === undefined || who.controllable === wanted.controllable)
    && (wanted.female === undefined || who.female === wanted.female);
}

// Whose life depends on what is done: who lives with all care at once, and dies with all of it this many hours late.
const TOO_LATE = 12;
const TIME_TO_ACT = 8; // h: nobody dies before, whatever is done
const LOWEST_PRESSURE = 55; // at the door: nobody comes dying

function dependsOnCare(start) {
  const orders = Object.fromEntries(TREATMENTS.map((name) => [name, TOO_LATE])), late = follow(start, orders, 240, false).course;
  return late.over === "died" && hoursIn(late) > TIME_TO_ACT && follow(start, ALL_AT_ONCE, MONTH, false).course.over === "home";
}

function findPatient(caseName, code, number) {
  const seed = seedOf(`${caseName}/${code.trim().toLowerCase()}/${number}`);
  for (let tried = 0; tried < MOST_TRIED; tried++) {
    const who = drawPatient(seed, tried, PARAMETERS);
    if (!fits(who, CASES[caseName])) continue;
    const key = patient_key(seed, tried), start = arrive(who, key);
    if (start.body.pressure >= LOWEST_PRESSURE && dependsOnCare(start)) return { case: caseName, code, number, seed, who, key, start };
  }
  return null;
}
