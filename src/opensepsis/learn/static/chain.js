// From a small infection to shock: one untreated person of the model, stopped at six moments.

const PICTURES = [
  { id: "chain-1", what: "picture-source", of: (track) => track.source, log: true, when: (now, first) => now.source > 1.5 * first.source },
  { id: "chain-2", what: "picture-blood", of: (track) => track.blood, log: true, when: (now, first) => now.blood > 30 * first.blood },
  { id: "chain-3", what: "picture-temperature", of: (track) => track.temperature, when: (now) => now.temperature >= 37.4 },
  { id: "chain-4", what: "picture-pressure", of: (track) => track.pressure, when: (now, first) => now.pressure < first.pressure - 12 },
  { id: "chain-5", what: "picture-organs", of: (track) => track.kidney.map((value) => 100 * value), when: (now, first) => now.sofa - first.sofa >= 2 },
  { id: "chain-6", what: "picture-lactate", of: (track) => track.lactate, when: (now) => now.pressure < 65 && now.lactate > 2 },
];

const APART = 1; // h between two pictures
const LONGEST = 96; // h
const MOST_CHAINS = 20000;

// The course of an untreated person from the first germ on, and the step at which each picture stops, in their order.
function courseOfPictures(who, key) {
  const course = startCourse(who, key), track = emptyTrack(), stops = [];
  advance(course, NO_ORDERS);
  keep(track, course.body);
  const first = { ...course.body };
  while (!course.over && stops.length < PICTURES.length && course.count < LONGEST / STEP) {
    advance(course, NO_ORDERS);
    keep(track, course.body);
    if (PICTURES[stops.length].when(course.body, first)) stops.push(course.count);
  }
  return { track, stops };
}

// The first person of the model in whom one follows from the other with some hours between.
function chainOfEvents() {
  const seed = seedOf("from a small infection to shock");
  let found = null;
  for (let tried = 0; tried < MOST_CHAINS; tried++) {
    const who = drawPatient(seed, tried, PARAMETERS);
    if (!fits(who, CASES.hangnail)) continue;
    found = courseOfPictures(who, patient_key(seed, tried));
    const { stops } = found;
    if (stops.length === PICTURES.length && stops.every((stop, at) => !at || stop - stops[at - 1] >= APART / STEP)) break;
  }
  while (found.stops.length < PICTURES.length) found.stops.push(found.track.sofa.length);
  return found;
}

let chain = null;

function drawChain() {
  const places = [...document.querySelectorAll(`main [lang="${language}"] [data-picture]`)];
  if (!places.length || places[0].firstChild) return;
  chain = chain || chainOfEvents();
  const hours = Math.max(24, Math.ceil((chain.stops.at(-1) * STEP) / 24) * 24);
  for (const [index, picture] of PICTURES.entries()) {
    const values = picture.of(chain.track).slice(0, chain.stops[index]), last = values.at(-1), what = say(picture.what);
    const value = picture.log ? germs(last) : figure(last, last < 45 ? 1 : 0);
    const alt = say("chain-alt", { what, days: hours / 24, hours: hoursText(Math.round(values.length * STEP)), value });
    const place = places.find((each) => each.dataset.picture === picture.id);
    const moment = `${hoursText(Math.round(values.length * STEP))} ${say("picture-hours")}`;
    place.innerHTML = `<p class="what">${what}: <b>${value}</b><br><small>${moment}</small></p>${curve(values, hours, alt, say("picture-hours"), picture.log)}`;
  }
}
