// Afterwards: why it went so, what else could have been done, every hour of delay, and 1,000 twins.

const DELAYS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const STRIP_HOURS = 72;
const FEW = 200; // twins of each row, before any is counted to the end
const LATEST = 24; // h: the last hour of a slider; one step further is never

let planned = null; // the orders of the sliders
let drawing = false;

function finish() {
  for (const button of document.querySelectorAll("#time button, #orders button")) button.disabled = true;
  planned = { ...game.orders };
  one("#afterwards").hidden = false;
  showResult();
  showSliders();
  showPlan();
  showDelays();
  showTeacher();
  one("#afterwards h2").focus();
}

function showResult() {
  const { patient, course, track, orders } = game;
  one("#ending").textContent = howItEnded(course);
  one("#why").replaceChildren(...whatHappened(patient, course, track, orders).map((text) => element("li", text)));
}

function sliderText(hour) {
  return hour < NEVER_ORDERED ? say("slider-at", { hours: hoursText(hour) }) : say("never");
}

function showSliders() {
  for (const name of TREATMENTS) {
    const slider = one(`#slide-${name}`), hour = planned[name];
    slider.value = hour < NEVER_ORDERED ? Math.min(LATEST, hour) : LATEST + STEP;
    slideTo(name, slider);
  }
}

function slideTo(name, slider) {
  const hour = Number(slider.value);
  planned[name] = hour > LATEST ? NEVER_ORDERED : hour;
  const text = sliderText(planned[name]);
  slider.setAttribute("aria-valuetext", text);
  one(`#slide-${name} + output`).textContent = text;
}

// The whole course is worked out anew for each picture: some milliseconds.
function showPlan() {
  const { course, track } = follow(game.patient.start, planned, SHOWN_HOURS);
  const layers = [{ track, ink: colour("--accent") }, { track: game.track, ink: colour("--soft"), dash: [4, 3] }];
  drawStrips(one("#plan"), layers, SHOWN_HOURS, TREATMENTS.map((name) => planned[name]));
  const last = track.sofa.length - 1;
  one("#plan").setAttribute("aria-label", say("chart-alt", { hours: hoursText(last * STEP), pressure: figure(track.pressure[last]),
    lactate: figure(track.lactate[last], 1), sofa: figure(track.sofa[last]) }));
  one("#plan-end").textContent = course.over ? howItEnded(course) : "";
}

function planSoon() {
  holdCounting();
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    showPlan();
  });
}

function delayed(what, hours) {
  if (what === "all") return Object.fromEntries(TREATMENTS.map((name) => [name, hours]));
  return { ...ALL_AT_ONCE, [what]: hours };
}

// Each row at once; the twins of the rows are counted after those of the learner's own care.
function showDelays() {
  const what = one("#delay-what").value;
  const body = one("#delays tbody");
  body.replaceChildren();
  const rows = [...DELAYS.map((hours) => ({ name: `${hoursText(hours)} h`, orders: delayed(what, hours) })),
    { name: say("yours"), orders: game.orders }];
  const made = rows.map(({ name, orders }) => {
    const row = element("tr"), canvas = element("canvas", undefined, { role: "img" }), cell = element("td"), count = element("td", "…");
    const { course, track } = follow(game.patient.start, orders, MONTH);
    const end = course.over === "died" ? say("delay-died", { hours: figure(course.body.died - course.body.admitted) })
      : course.over === "home" ? say("delay-home", { days: figure((course.body.discharged - course.body.admitted) / 24) }) : say("delay-open");
    canvas.setAttribute("aria-label", `${say("delay-course")}: ${figure(Math.max(...track.sofa.slice(0, STRIP_HOURS / STEP)))}`);
    cell.append(canvas);
    row.append(element("th", name, { scope: "row" }), cell, element("td", end), count);
    body.append(row);
    drawStrip(canvas, track, STRIP_HOURS);
    return { orders, told: (alive, counted) => {
      count.textContent = `${figure((100 * alive) / counted)} % (${figure(alive)} / ${figure(counted)})`;
    } };
  });
  const own = made.pop(), { told } = own;
  own.told = (alive, counted) => {
    told(alive, counted);
    showTwins(alive, counted);
  };
  const soonest = made[0], toldSoonest = soonest.told;
  soonest.told = (alive, counted) => {
    toldSoonest(alive, counted);
    if (counted === TWINS) showBest(own, soonest);
  };
  one("#twins-versus").textContent = "";
  countTwins(game.patient, [[own, TWINS], ...made.map((job) => [job, FEW]), ...made.map((job) => [job, TWINS])]);
}

// The learner's care beside all care at once, when both are counted to the end.
function showBest(own, soonest) {
  one("#twins-versus").textContent = say("why-twins", { yours: figure(own.alive), best: figure(soonest.alive) });
}

function showTwins(alive, counted) {
  drawTwins(one("#twins-dots"), alive, counted, TWINS);
  const values = { alive: figure(alive), count: figure(counted) };
  if (counted < TWINS) one("#twins-count").textContent = say("twins-counting", values);
  else {
    const [low, high] = wilson(alive, counted).map((value) => figure(100 * value));
    one("#twins-count").textContent = say("twins-done", { ...values, percent: figure((100 * alive) / counted), low, high });
    one("#twins-dots").setAttribute("aria-label", one("#twins-count").textContent);
  }
}

function showTeacher() {
  const { patient, course } = game, { who, start } = patient, facts = one("#teacher-facts");
  const told = [
    [say("class-code"), `${patient.code} · ${patient.number}`], [say("teacher-facts"), personText()],
    [say("teacher-germ"), germName(who)],
    [say("teacher-drug"), course.first ? say(firstDrugWorks(who, course.first) ? "teacher-yes" : "teacher-no") : "–"],
    [say("teacher-source"), say(who.controllable > 0 ? "teacher-yes" : "teacher-no")],
    [say("teacher-door"), `${say("mean_pressure")} ${figure(start.body.pressure)} mmHg, ${say("lactate")} ${figure(start.body.lactate, 1)}, SOFA ${
      figure(start.body.sofa)}`],
    [say("teacher-orders"), TREATMENTS.map((name) => `${say(name)}: ${sliderText(game.orders[name])}`).join("; ")],
    [say("afterwards"), howItEnded(course)],
  ];
  facts.replaceChildren(...told.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}
