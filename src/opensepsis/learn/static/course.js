// One patient from the first bacteria on, step by step as stay.py does it, with the learner in the place of the team.

const TREATMENTS = ["antibiotic", "fluid", "pressor", "oxygen", "operation"];
const NEVER_ORDERED = 1e9;
const MONTH = 720; // h

const NO_ORDERS = Object.fromEntries(TREATMENTS.map((name) => [name, NEVER_ORDERED]));
const ALL_AT_ONCE = Object.fromEntries(TREATMENTS.map((name) => [name, 0]));

// The learner decides, so nobody else suspects, treats or gives up; what is not the learner's goes by the usual rules.
function startCourse(who, key, rows) {
  const mine = Object.assign(new Person(), who, { infection_seen: 1e12 });
  const body = new Body();
  begin(body, mine, PARAMETERS);
  const care = { ...USUAL_CARE, comfort_offered: 0 };
  return { body, who: mine, care, key, count: 0, filtration: 1, inside: false, over: "", chart: emptyChart(rows || 0) };
}

function copyCourse(course) {
  return {
    ...course,
    body: Object.assign(new Body(), course.body),
    who: Object.assign(new Person(), course.who),
    care: { ...course.care },
    chart: [],
  };
}

// Hours since the first moment at which somebody could do anything.
function hoursIn(course) {
  return course.count * STEP - course.body.admitted - STEP;
}

function suspect(body, t) {
  body.suspected = Math.min(body.suspected, t);
}

function follow_orders(course, orders, t) {
  const { body, care } = course, hour = hoursIn(course);
  care.fluids_given = hour >= orders.fluid ? 1 : 0;
  care.vasopressors_given = care.steroid_given = hour >= orders.pressor ? 1 : 0;
  care.breathing_oxygen = care.breathing_high_flow = care.breathing_intubation = hour >= orders.oxygen ? 1 : 0;
  if (hour >= orders.antibiotic && body.antibiotic_due === NEVER_YET) {
    suspect(body, t);
    body.antibiotic_due = t;
    body.antibiotic_stop = t + 24 * care.antibiotics_days;
  }
  if (hour >= orders.operation && course.who.controllable > 0 && body.source_due === NEVER_YET) {
    suspect(body, t);
    body.source_due = t;
  }
}

// A quarter of an hour. Without a chart nothing is observed, which changes nothing in the body.
function advance(course, orders) {
  const { body, who, care, key, chart } = course, p = PARAMETERS, t = course.count * STEP;
  let intake = who.thirst * (1 + 6 * Math.max(0, 1 - body.volume / who.volume));
  if (course.inside) {
    if (orders) follow_orders(course, orders, t);
    intake = treat(body, who, care, p, key, t, course.filtration, chart);
    if (!course.first && body.first_antibiotic < NEVER_YET) course.first = [body.drug_a, body.drug_b];
  }
  course.filtration = biology(body, who, p, key, course.count, t, intake, concentration_ratio(body, who));
  if (course.count === 0) body.sofa_start = true_sofa(body);
  judge_stay(body, who, t);
  if (!course.inside && arrives_stay(body, who, t)) {
    course.inside = true;
    admit(body, who, t, chart);
  }
  if (course.inside) {
    if (chart.length) {
      observe(body, who, p, key, t, chart);
      measure_urine(body, who, key, t, STEP, chart);
    }
    draw_blood(body, who, p, key, t, chart);
    place(body, who, care, p, t, chart);
    wear_out(body, p, STEP);
    body.hazard += STEP * hazard_of_death(body, who, p);
    if (body.hazard > who.death_draw) {
      body.died = t + STEP;
      body.cause = cause_of_death(body);
      course.over = "died";
    } else if (body.discharged < NEVER_YET) {
      go_home_stay(body, who, p, t, MONTH - (t - body.admitted));
      course.over = body.died < NEVER_YET ? "died" : "home";
    }
  }
  course.count += 1;
}

// To the door of the hospital.
function arrive(who, key, rows) {
  const course = startCourse(who, key, rows);
  while (!course.inside) advance(course, NO_ORDERS);
  return course;
}

const TRACKED = ["pressure", "lactate", "sofa", "source", "blood", "lung", "heart", "kidney", "liver", "brain", "marrow", "rate",
  "output", "volume", "oedema", "damage", "phagocytes", "temperature", "urine"];

function emptyTrack() {
  return Object.fromEntries(TRACKED.map((name) => [name, []]));
}

function keep(track, body) {
  for (const name of TRACKED) track[name].push(body[name]);
  track.source[track.source.length - 1] += body.source_resistant;
  track.blood[track.blood.length - 1] += body.blood_resistant;
}

// What follows from these orders: a copy of the course, and what it went through hour by quarter hour.
function follow(start, orders, hours, tracked = true) {
  const course = copyCourse(start), track = tracked ? emptyTrack() : null;
  if (tracked) keep(track, course.body);
  while (!course.over && hoursIn(course) < hours) {
    advance(course, orders);
    if (tracked) keep(track, course.body);
  }
  return { course, track };
}

// Whether this twin of the patient, with luck of its own from the door on, is alive after 30 days.
function twinLives(start, orders, seed, number) {
  const twin = copyCourse(start);
  twin.key = patient_key(seed, number);
  twin.who.death_draw = -Math.log(uniform(twin.key, 999, 0));
  twin.body.hazard = 0;
  while (!twin.over && hoursIn(twin) < MONTH) advance(twin, orders);
  return twin.body.died - twin.body.admitted > MONTH;
}
