// Rescue this patient: at the bedside, time goes on only when the learner lets it.

const BOARD = ["heart_rate", "mean_pressure", "respiratory_rate", "spo2", "temperature", "consciousness", "urine_output", "lactate",
  "creatinine", "platelets", "bilirubin", "culture"];
const UNITS = { heart_rate: "/min", mean_pressure: "mmHg", respiratory_rate: "/min", spo2: "%", temperature: "°C", urine_output: "mL",
  lactate: "mmol/L", creatinine: "mg/dL", platelets: "10⁹/L", bilirubin: "mg/dL" };
const ORGANS = ["lung", "heart", "kidney", "liver", "brain", "marrow"];
const ROWS_OF_CHART = 400 + 34 * MONTH; // as cohort.py makes room
const SHOWN_HOURS = 96;

let game = null; // { patient, course, track, orders, notes }
let view = 0; // the quarter hour that is looked at

function newGame(caseName, code, number) {
  const patient = findPatient(caseName, code, number);
  if (!patient) return null;
  const course = arrive(patient.who, patient.key, ROWS_OF_CHART), track = emptyTrack();
  keep(track, course.body);
  return { patient, course, track, orders: { ...NO_ORDERS }, notes: [[0, "log-start"]], seen: {} };
}

function startGame() {
  const form = one("#door"), chosen = form.elements.person.value, status = one("#searching");
  stopCounting();
  status.textContent = say("searching");
  setTimeout(() => {
    game = newGame(chosen, form.elements.code.value || "-", Number(form.elements.number.value) || 1);
    status.textContent = game ? "" : say("not-found");
    one("#bedside").hidden = !game;
    one("#afterwards").hidden = true;
    if (!game) return;
    one("#log").replaceChildren();
    one("#notes").hidden = false;
    for (const button of document.querySelectorAll("#orders button")) Object.assign(button, { disabled: false, ariaPressed: "false" });
    for (const button of document.querySelectorAll("#time button")) button.disabled = false;
    for (const [hour, note] of game.notes) tell(hour, note);
    showMoment();
    one("#bedside h2").focus();
  }, 20);
}

function give(treatment) {
  if (!game || game.course.over || game.orders[treatment] < NEVER_ORDERED) return;
  game.orders[treatment] = hoursIn(game.course);
  if (treatment === "operation" && game.patient.who.controllable <= 0) tell(game.orders.operation, "log-no-operation");
  const button = one(`#orders [data-order=${treatment}]`);
  button.setAttribute("aria-pressed", "true");
  button.disabled = true;
  showOrders();
  showMoment();
}

function passTime(quarters) {
  for (let at = 0; at < quarters && !game.course.over && hoursIn(game.course) < MONTH; at++) {
    advance(game.course, game.orders);
    keep(game.track, game.course.body);
    watchFor();
  }
  showMoment();
  if (game.course.over || hoursIn(game.course) >= MONTH) finish();
}

// Things that happen once, as somebody at the bed would tell them.
function watchFor() {
  const { body, over } = game.course;
  const now = {
    "log-antibiotic": body.first_antibiotic < NEVER_YET, "log-fluid": body.bolus_count > 0, "log-pressor": body.norepinephrine > 0,
    "log-oxygen": body.device > 0, "log-tube": body.device === 4, "log-operation": body.operated > 0, "log-icu": body.icu > 0,
    "log-dialysis": body.dialysis > 0, "log-culture": body.culture_positive > 0 && game.course.count * STEP >= body.culture_known,
    "log-shock": body.norepinephrine > 0 && body.lactate > 2, "log-died": over === "died", "log-home": over === "home",
  };
  for (const [note, happens] of Object.entries(now)) {
    if (!happens || game.seen[note]) continue;
    game.seen[note] = true;
    game.notes.push([hoursIn(game.course), note]);
    tell(hoursIn(game.course), note);
  }
}

function tell(hour, note) {
  const item = element("li");
  item.append(element("b", `${hoursText(Math.max(0, hour))} h `), say(note));
  one("#log").prepend(item);
}

function clockText(hours) {
  const minutes = Math.round(hours * 60);
  return say("clock", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

// The moment that time has come to; the slider can look back from it.
function showMoment() {
  const slider = one("#look"), last = game.track.sofa.length - 1;
  slider.max = last;
  slider.value = view = last;
  one("#person").textContent = personText();
  showOrders();
  showView();
}

function personText() {
  const { who, case: name } = game.patient;
  return say("person", { sex: say(who.female ? "woman" : "man"), age: figure(Math.floor(who.age)), weight: figure(who.weight),
    case: say(`case-${name}`) });
}

function showOrders() {
  for (const name of TREATMENTS) {
    const at = game.orders[name];
    one(`#orders [data-order=${name}] small`).textContent =
      at < NEVER_ORDERED ? say("ordered", { hours: hoursText(at) }) : say("order-give");
  }
}

function showView() {
  const { track } = game, at = view, hours = at * STEP, span = Math.max(12, Math.ceil(track.sofa.length * STEP / 12) * 12);
  one("#clock").textContent = clockText(hours);
  one("#look").setAttribute("aria-valuetext", clockText(hours));
  one("#sofa").textContent = figure(track.sofa[at]);
  one("#germs-source").textContent = germs(track.source[at]);
  one("#germs-blood").textContent = germs(track.blood[at]);
  for (const name of ORGANS) {
    const harmed = 100 * track[name][at];
    one(`#organ-${name} .bar`).style.setProperty("--share", `${harmed}%`);
    one(`#organ-${name} span`).textContent = say("hurt", { percent: figure(harmed) });
  }
  showBoard(game.course.body.admitted + hours + STEP);
  drawStrips(one("#strips"), [{ track, ink: colour("--accent") }], Math.min(MONTH, span),
    TREATMENTS.map((name) => game.orders[name]), hours);
  one("#strips").setAttribute("aria-label", say("chart-alt", { hours: hoursText(hours), pressure: figure(track.pressure[at]),
    lactate: figure(track.lactate[at], 1), sofa: figure(track.sofa[at]) }));
}

// What was known by this moment, from the chart; a later row of the same measurement corrects an earlier one.
function lastKnown(moment) {
  const { course } = game, seconds = moment * 3600, found = {};
  for (let at = 0; at < course.body.events; at++) {
    const row = course.chart[at], name = CONCEPTS[row.concept];
    if (row.known > seconds || row.time > seconds || (found[name] && found[name].time > row.time)) continue;
    if (name === "culture" && found.culture && found.culture.value === 1) continue; // what grew in one bottle stands
    found[name] = row;
  }
  return found;
}

function showBoard(moment) {
  const known = lastKnown(moment);
  for (const name of BOARD) {
    const row = known[name], cell = one(`#board-${name} td`);
    if (!row) {
      cell.textContent = say("not-measured");
      cell.className = "unknown";
      continue;
    }
    const ago = moment - STEP - row.time / 3600, digits = ["lactate", "creatinine", "temperature", "bilirubin"].includes(name) ? 1 : 0;
    const value = name === "consciousness" ? say(`awake-${TEXTS[row.text]}`)
      : name === "culture" ? say(`culture-${row.value}`) : `${figure(row.value, digits)} ${UNITS[name]}`;
    cell.className = "";
    cell.replaceChildren(value, element("small", ago < 0.3 ? say("just-now") : say("ago", { hours: hoursText(Math.round(ago * 4) / 4) })));
  }
}
