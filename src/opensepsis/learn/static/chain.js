// From a small infection to shock: one untreated person of the model, stopped at six moments.

const CHAIN_CODE = "chain";
const PICTURES = [
  { id: "chain-1", what: "picture-source", of: (track) => track.source, log: true, when: (now, first) => now.source > 4 * first.source },
  { id: "chain-2", what: "picture-blood", of: (track) => track.blood, log: true, when: (now, first) => now.blood > 8 * first.blood },
  { id: "chain-3", what: "picture-temperature", of: (track) => track.temperature, when: (now) => now.temperature >= 37.6 },
  { id: "chain-4", what: "picture-pressure", of: (track) => track.pressure, when: (now, first) => now.pressure < first.pressure - 10 },
  { id: "chain-5", what: "picture-organs", of: (track) => track.kidney.map((value) => 100 * value), when: (now, first) => now.sofa - first.sofa >= 2 },
  { id: "chain-6", what: "picture-lactate", of: (track) => track.lactate, when: (now) => now.pressure < 65 && now.lactate > 2 },
];

// The course from the first germ on, and the step at which each picture stops, in the order of the pictures.
function chainOfEvents() {
  const found = findPatient("hangnail", CHAIN_CODE, 1), course = startCourse(found.who, found.key), track = emptyTrack(), stops = [];
  advance(course, NO_ORDERS);
  keep(track, course.body);
  const first = { ...course.body };
  while (!course.over && stops.length < PICTURES.length) {
    advance(course, NO_ORDERS);
    keep(track, course.body);
    while (stops.length < PICTURES.length && PICTURES[stops.length].when(course.body, first)) stops.push(course.count);
  }
  while (stops.length < PICTURES.length) stops.push(course.count);
  return { track, stops };
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
    place.innerHTML = `<p class="what">${what}: <b>${value}</b></p>${curve(values, hours, alt, say("picture-hours"), picture.log)}`;
  }
}
