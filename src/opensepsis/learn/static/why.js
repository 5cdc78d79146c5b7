// Why it went as it did, in plain sentences with the numbers of this course.

function whatHappened(patient, course, track, orders) {
  const { body, who } = course, lines = [], load = (at) => track.source[at] + track.blood[at];
  const at = Math.min(track.source.length - 1, Math.round(orders.antibiotic / STEP));
  if (body.first_antibiotic >= NEVER_YET) lines.push(say("why-no-antibiotic"));
  else if (orders.antibiotic < 0.5) lines.push(say("why-antibiotic-soon"));
  else if (load(at) > 1.2 * load(0)) {
    const times = load(at) / load(0);
    lines.push(say("why-antibiotic", { hours: hoursText(orders.antibiotic), times: figure(times, times < 10 ? 1 : 0) }));
  } else lines.push(say("why-antibiotic-fewer", { hours: hoursText(orders.antibiotic) }));
  if (body.first_antibiotic < NEVER_YET) {
    lines.push(say(firstDrugWorks(who, course.first) ? "why-drug-works" : "why-drug-fails", { germ: germName(who) }));
  }
  if (who.controllable <= 0) lines.push(say("why-source-open"));
  else if (body.operated > 0) lines.push(say("why-source-closed", { hours: hoursText(Math.max(0, orders.operation)) }));
  else lines.push(say("why-source-never"));
  const low = track.pressure.filter((value) => value < 65).length * STEP;
  lines.push(low >= 1 ? say("why-low-pressure", { hours: hoursText(low) }) : say("why-good-pressure"));
  if (low >= 1) lines.push(say("why-fluid-late", { fluid: sliderText(orders.fluid), pressor: sliderText(orders.pressor) }));
  const highest = Math.max(...track.sofa);
  lines.push(say("why-highest", { sofa: figure(highest), hours: hoursText(track.sofa.indexOf(highest) * STEP),
    lactate: figure(Math.max(...track.lactate), 1) }));
  return lines;
}

function germName(who) {
  const { name } = ORGANISMS[who.organism];
  return name[0].toUpperCase() + name.slice(1);
}

// Whether what is given first stops this germ at its peak.
function firstDrugWorks(who, drugs) {
  return (drugs || []).some((drug) => drug >= 0 && DRUGS[drug][0] / who.mic[drug] > 4);
}

function howItEnded(course) {
  const { body } = course, days = (moment) => figure((moment - body.admitted) / 24, 1);
  if (course.over === "died" && body.discharged < NEVER_YET) return say("end-home-died", { days: days(body.died) });
  if (course.over === "died") {
    return say("end-died", { hours: figure(body.died - body.admitted), cause: say(`cause-${body.cause === 4 ? 3 : body.cause}`) });
  }
  return course.over === "home" ? say("end-home", { days: days(body.discharged) }) : say("end-open");
}
