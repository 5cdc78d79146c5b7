"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const HOUR = 3600;
  const state = { hour: 0, score: 0, reading: "looking_back", span: 0, lane: 0 };
  const marks = new Map(); // lane element -> {lane, at}

  const element = (name, attributes = {}, text = null) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== null) made.textContent = text;
    return made;
  };
  const shape = (name, attributes = {}, text = null) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== null) made.textContent = text;
    return made;
  };
  const clock = (seconds) => new Date(data.start + seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
  const number = (value) => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4))));
  const kind = { hospital: "hospital stay", icu: "intensive care stay", emergency: "emergency stay", observation: "observation stay" };

  function head() {
    by("title").textContent = `Stay ${data.stay}`;
    document.title = `Stay ${data.stay}`;
    const facts = [kind[data.kind] || data.kind, `${clock(0)} to ${clock(data.discharged)} UTC`];
    if (data.age !== null) facts.push(data.age < 2 ? `${Math.floor(data.age * 12)} months` : `${Math.floor(data.age)} years`);
    if (data.sex) facts.push({ F: "female", M: "male" }[data.sex] || data.sex);
    facts.push(data.died !== null ? `died ${clock(data.died)}` : data.discharged_to ? `discharged to ${data.discharged_to}` : "outcome not known");
    by("facts").textContent = facts.join(" · ");
    by("note").textContent = data.note;
    by("made").textContent = `Made by ${data.made_by}. Nothing on this page is loaded from or sent to anywhere.`;
    const list = by("found");
    for (const episode of data.episodes.filter((e) => !e.definition.includes(":"))) {
      const said = [clock(episode.onset)];
      if (episode.points !== null) said.push(`${episode.points} points`);
      if (episode.known !== null && episode.known > episode.onset) said.push(`known ${clock(episode.known)}`);
      if (episode.withdrawn !== null) said.push(`withdrawn ${clock(episode.withdrawn)}`);
      const item = element("li");
      item.append(element("strong", {}, episode.title), ...said.flatMap((part) => [" ", element("span", {}, part)]));
      list.append(item);
    }
    if (!list.children.length) list.append(element("li", {}, "No definition of this run was met."));
  }

  // ---- the picture
  let GUTTER = 150;
  const RIGHT = 58;
  let from = 0, to = 1, wide = 1000;
  const x = (seconds) => GUTTER + ((seconds - from) / (to - from)) * (wide - GUTTER - RIGHT);

  function reach() {
    const first = Math.min(0, ...data.lanes.flatMap((lane) => lane.marks.map((m) => m[0])), ...data.episodes.map((e) => e.onset));
    const all = [first, Math.max(data.discharged, HOUR)];
    if (!state.span) return all;
    const middle = moment(), half = (state.span * HOUR) / 2;
    const begin = Math.max(all[0], Math.min(middle - half, all[1] - 2 * half));
    return [begin, Math.min(all[1], begin + 2 * half)];
  }

  function picture() {
    const holder = by("picture");
    wide = Math.max(280, holder.clientWidth);
    GUTTER = wide < 600 ? 124 : wide < 1100 ? 180 : 260;
    [from, to] = reach();
    marks.clear();
    const svg = shape("svg", { role: "group", "aria-label": "Chart of the stay" });
    let y = axis(svg, 14);
    if (data.episodes.length) y = episodes(svg, y);
    if (data.clocks.length) y = tasks(svg, y);
    if (data.scores.length) y = strips(svg, data.scores[state.score], y);
    let group = "";
    for (const lane of data.lanes) {
      if (lane.group !== group) {
        group = lane.group;
        svg.append(shape("text", { x: 0, y: y + 18, class: "group" }, group));
        y += 26;
      }
      y = lane.kind === "measure" || lane.kind === "amount" ? plot(svg, lane, y) : bars(svg, lane, y);
    }
    const others = data.scores.filter((_, place) => place !== state.score)
      .map((score) => ({ title: score.title, times: score.hours.times, total: score.hours.total, highest: score.highest })).concat(data.totals);
    if (others.length) {
      svg.append(shape("text", { x: 0, y: y + 18, class: "group" }, "Totals of the other scores"));
      y += 26;
      for (const other of others) y = strip(svg, y, other.title, other.times, other.total, 12, other.highest);
    }
    const now = shape("line", { class: "now", id: "now", y1: 20, y2: y, x1: x(moment()), x2: x(moment()) });
    svg.append(now);
    svg.setAttribute("viewBox", `0 0 ${wide} ${y + 6}`);
    svg.setAttribute("height", y + 6);
    const inside = holder.contains(document.activeElement);
    holder.replaceChildren(svg);
    stand(state.lane, inside);
  }

  // One stop of the Tab key for the whole chart, at the lane that was read last; it must not lie under the words that stay at the top.
  function stand(place, focused) {
    const lanes = [...marks.keys()];
    if (!lanes.length) return;
    lanes[state.lane]?.setAttribute("tabindex", -1);
    state.lane = Math.max(0, Math.min(lanes.length - 1, place));
    const lane = lanes[state.lane];
    lane.setAttribute("tabindex", 0);
    if (!focused) return;
    lane.focus({ preventScroll: true });
    const box = lane.getBoundingClientRect(), above = by("detail").offsetHeight + 8;
    if (box.top < above) window.scrollBy(0, box.top - above);
    else if (box.bottom > window.innerHeight) window.scrollBy(0, box.bottom - window.innerHeight + 8);
  }

  function axis(svg, y) {
    const hours = (to - from) / HOUR;
    const step = [1, 2, 6, 12, 24, 48, 96, 168].find((s) => hours / s <= (wide < 600 ? 4 : 10)) || 336;
    const begin = Math.ceil((data.start / 1000 + from) / (step * HOUR)) * step * HOUR - data.start / 1000;
    for (let t = begin; t <= to; t += step * HOUR) {
      svg.append(shape("line", { class: "base", x1: x(t), x2: x(t), y1: y + 8, y2: y + 14 }));
      const label = clock(t);
      svg.append(shape("text", { x: x(t), y: y + 4, "text-anchor": "middle", class: "soft" }, step < 24 ? label.slice(5) : label.slice(5, 10)));
    }
    return y + 18;
  }

  function laneOf(svg, name, y, high, list, what) {
    const area = shape("rect", { class: "lane", x: 0, y, width: wide, height: high, tabindex: -1, role: "img",
      "aria-label": `${name}: ${list.length} ${list.length === 1 ? "mark" : "marks"}` });
    marks.set(area, { list, at: -1, what, y, high });
    return area;
  }

  function episodes(svg, y) {
    svg.append(shape("text", { x: 0, y: y + 18, class: "group" }, "Episodes"));
    y += 26;
    for (const episode of data.episodes.filter((e) => !e.definition.includes(":"))) {
      const list = ["suspected", "organ_failure", "shock", "onset"].filter((n) => episode[n] !== null)
        .map((n) => [episode[n], n.replace("_", " "), episode]);
      list.sort((a, b) => a[0] - b[0]);
      svg.append(shape("text", { x: 0, y: y + 13 }, short(episode.title)));
      svg.append(shape("line", { class: "base", x1: GUTTER, x2: wide - RIGHT, y1: y + 9, y2: y + 9 }));
      for (const [at, name] of list) if (at >= from && at <= to) {
        svg.append(name === "onset" ? shape("path", { class: "onset", d: `M${x(at)} ${y + 2}l7 7l-7 7l-7 -7z` })
          : shape("line", { class: "tick", x1: x(at), x2: x(at), y1: y + 3, y2: y + 15 }));
      }
      svg.append(laneOf(svg, episode.title, y, 18, list, (mark) =>
        `${episode.title}: ${mark[1]} ${clock(mark[0])}${episode.known !== null ? `, known ${clock(episode.known)}` : ""}` +
        `${episode.evidence.length ? `. Evidence: ${episode.evidence.join(", ")}` : ""}`));
      y += 20;
    }
    return y + 4;
  }

  const named = (bundle) => `${bundle.title}: ${bundle.arm}`;

  function tasks(svg, y) {
    svg.append(shape("text", { x: 0, y: y + 18, class: "group" }, "Care bundles"));
    y += 26;
    for (const bundle of data.clocks) {
      const list = bundle.tasks.flatMap((task) => [["due", task.due_by], ["done", task.done]]
        .filter(([, at]) => at !== null).map(([name, at]) => [at, name, task]));
      list.push([bundle.zero, "time zero", null]);
      list.sort((a, b) => a[0] - b[0]);
      svg.append(shape("text", { x: 0, y: y + 13 }, short(named(bundle), 0.6)));
      svg.append(shape("line", { class: "base", x1: GUTTER, x2: wide - RIGHT, y1: y + 9, y2: y + 9 }));
      for (const [at, name] of list) if (at >= from && at <= to) {
        svg.append(name === "due" ? shape("path", { class: "due", d: `M${x(at) - 5} ${y + 3}h10l-5 9z` })
          : shape("line", { class: "tick", x1: x(at), x2: x(at), y1: y + 3, y2: y + 15 }));
      }
      svg.append(laneOf(svg, named(bundle), y, 18, list, (mark) => mark[2] === null
        ? `${named(bundle)}: time zero ${clock(mark[0])}`
        : `${bundle.title}, ${mark[2].title}: ${mark[1]} ${clock(mark[0])}; ${mark[2].state}${mark[2].reason ? `, ${mark[2].reason}` : ""}`));
      y += 20;
    }
    return y + 4;
  }

  function strips(svg, score, y) {
    svg.append(shape("text", { x: 0, y: y + 18, class: "group" }, score.title));
    y += 26;
    for (const [reading, label] of [["looking_back", "in retrospect"], ["as_known", "as known then"]]) {
      const hours = readingOf(score, reading);
      if (reading === "looking_back") for (const row of score.rows) y = strip(svg, y, `${row.title}`, hours.times, hours.points[row.name], 13, topOf(row));
      y = strip(svg, y, `total, ${label}`, hours.times, hours.total, 14, score.highest);
    }
    return y + 4;
  }

  const topOf = (row) => Math.max(4, ...row.parts.flatMap((part) => Object.keys(part.cells).map(Number)));

  function strip(svg, y, label, times, points, high, top) {
    svg.append(shape("text", { x: 0, y: y + high - 1 }, short(label)));
    let begin = 0;
    for (let i = 1; i <= times.length; i++) {
      if (i < times.length && points[i] === points[begin]) continue;
      const left = begin ? times[begin - 1] : Math.max(0, times[0] - HOUR), right = times[i - 1];
      if (right > from && left < to) {
        const shade = points[begin] === null ? "sn" : `s${Math.min(4, Math.ceil((points[begin] / top) * 4))}`;
        svg.append(shape("rect", { class: shade, x: x(Math.max(left, from)), y, height: high,
          width: Math.max(1, x(Math.min(right, to)) - x(Math.max(left, from))) }));
      }
      begin = i;
    }
    const list = times.map((t, i) => [t, points[i]]);
    svg.append(laneOf(svg, label, y, high, list, (mark) => `${label}: ${mark[1] === null ? "not known" : mark[1]} at ${clock(mark[0])}`));
    return y + high + 2;
  }

  // Names that begin alike differ at their ends: what is left out is the middle.
  const short = (text, share = 0.34) => {
    const most = Math.floor(GUTTER / 7.2), end = Math.floor(most * share);
    return text.length > most ? `${text.slice(0, most - end - 1).trimEnd()}…${text.slice(-end).trimStart()}` : text;
  };

  function said(lane, mark) {
    const value = mark[1] === null ? mark[2] || (lane.kind === "interval" ? "running" : "recorded") : `${number(mark[1])} ${lane.unit}`.trim();
    const parts = [`${lane.label}: ${value}`];
    if (mark[1] !== null && mark[2]) parts.push(mark[2]);
    parts.push(mark[5] === null ? clock(mark[0]) : `${clock(mark[0])} to ${clock(mark[5])}`);
    parts.push(mark[3] === null ? "known at once" : `known ${clock(mark[3])}`);
    parts.push(mark[4] === null ? "origin not stated" : `origin ${data.origins[mark[4]]}`);
    return parts.join(" · ");
  }

  function plot(svg, lane, y) {
    const high = 44;
    const inside = lane.marks.filter((m) => m[1] !== null);
    const values = inside.map((m) => m[1]).concat(lane.usual ? lane.usual.filter((v) => v !== null) : []);
    const low = Math.min(...values), top = Math.max(...values);
    const at = (v) => y + high - 4 - ((v - low) / (top - low || 1)) * (high - 8);
    if (lane.usual) {
      const [a, b] = [lane.usual[0] ?? low, lane.usual[1] ?? top];
      svg.append(shape("rect", { class: "usual", x: GUTTER, width: wide - GUTTER - RIGHT, y: at(b), height: Math.max(1, at(a) - at(b)) }));
    }
    svg.append(shape("text", { x: 0, y: y + 14 }, short(lane.label)), shape("text", { x: 0, y: y + 28, class: "soft" }, lane.unit));
    svg.append(shape("line", { class: "base", x1: GUTTER, x2: wide - RIGHT, y1: y + high, y2: y + high }));
    const shown = inside.filter((m) => m[0] >= from && m[0] <= to);
    if (shown.length) {
      const where = shown.map((m) => `${x(m[0]).toFixed(1)} ${at(m[1]).toFixed(1)}`);
      svg.append(shape("path", { class: "join", d: `M${where.join("L")}` }), shape("path", { class: "dots", d: where.map((w) => `M${w}h0`).join("") }));
      svg.append(shape("text", { x: wide - RIGHT + 4, y: y + 12, class: "soft" }, number(top)), shape("text", { x: wide - RIGHT + 4, y: y + high - 4, class: "soft" }, number(low)));
    }
    svg.append(laneOf(svg, lane.label, y, high, lane.marks, (mark) => said(lane, mark)));
    return y + high + 6;
  }

  function bars(svg, lane, y) {
    svg.append(shape("text", { x: 0, y: y + 14 }, short(lane.label)));
    svg.append(shape("line", { class: "base", x1: GUTTER, x2: wide - RIGHT, y1: y + 10, y2: y + 10 }));
    for (const mark of lane.marks) {
      const end = mark[5] === null ? (lane.kind === "interval" ? data.discharged : mark[0]) : mark[5];
      if (end < from || mark[0] > to) continue;
      const left = x(Math.max(mark[0], from)), right = x(Math.min(end, to));
      svg.append(lane.kind === "interval" && mark[1] !== 0 ? shape("rect", { class: "bar", x: left, y: y + 4, width: Math.max(2, right - left), height: 12 })
        : shape("line", { class: "tick", x1: left, x2: left, y1: y + 4, y2: y + 16 }));
    }
    svg.append(laneOf(svg, lane.label, y, 20, lane.marks, (mark) => said(lane, mark)));
    return y + 22;
  }

  function choose(area, at) {
    const found = marks.get(area);
    if (!found || !found.list.length) return;
    found.at = Math.max(0, Math.min(found.list.length - 1, at));
    const mark = found.list[found.at];
    const words = found.what(mark);
    by("detail").textContent = words;
    area.setAttribute("aria-label", words);
    by("picture").querySelector(".chosen")?.remove();
    if (mark[0] >= from && mark[0] <= to) area.parentNode.append(shape("rect", { class: "chosen", x: x(mark[0]) - 4, y: found.y, width: 8, height: found.high, "pointer-events": "none" }));
  }

  function nearest(list, seconds) {
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] < seconds) low = middle + 1; else high = middle;
    }
    return low > 0 && seconds - list[low - 1][0] < list[low][0] - seconds ? low - 1 : low;
  }

  by("picture").addEventListener("pointermove", (event) => {
    const found = marks.get(event.target);
    if (!found || !found.list.length) return;
    const box = by("picture").getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * wide;
    choose(event.target, nearest(found.list, from + ((place - GUTTER) / (wide - GUTTER - RIGHT)) * (to - from)));
  });
  by("picture").addEventListener("click", (event) => {
    const found = marks.get(event.target);
    if (found && found.at >= 0) moveTo(found.list[found.at][0]);
  });
  by("picture").addEventListener("focusin", (event) => {
    const found = marks.get(event.target);
    if (!found) return;
    const place = [...marks.keys()].indexOf(event.target);
    if (place !== state.lane) stand(place, false);
    choose(event.target, Math.max(0, found.at));
  });
  by("picture").addEventListener("keydown", (event) => {
    const found = marks.get(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[event.key];
    const lanes = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!found || (step === undefined && lanes === undefined && !["Home", "End", "Enter"].includes(event.key))) return;
    event.preventDefault();
    if (lanes) stand(state.lane + lanes, true);
    else if (event.key === "Enter" && found.at >= 0) moveTo(found.list[found.at][0]);
    else choose(event.target, event.key === "Home" ? 0 : event.key === "End" ? found.list.length - 1 : found.at + (step || 0));
  });

  // ---- the score at a moment
  const readingOf = (score, reading) => ((reading === "as_known") === data.as_known ? score.hours : score.other);
  const hoursNow = () => readingOf(data.scores[state.score], state.reading);
  const moment = () => (data.scores.length ? hoursNow().times[Math.min(state.hour, hoursNow().times.length - 1)] ?? 0 : 0);
  const BASIS = { o: "observed", c: "carried forward", a: "assumed", l: "at least", n: "not known" };

  function moveTo(seconds) {
    if (!data.scores.length) return;
    state.hour = nearest(hoursNow().times.map((t) => [t]), seconds);
    follow();
  }
  // A part of the stay is drawn anew only when the moment leaves it: drawing takes longer than a picture of a moving slider has.
  function follow() {
    table();
    if (moment() < from || moment() > to) picture(); else line();
  }
  function line() {
    const now = document.getElementById("now");
    if (now) { now.setAttribute("x1", x(moment())); now.setAttribute("x2", x(moment())); }
  }

  function table() {
    if (!data.scores.length) {
      by("total").textContent = "This run holds no score for this stay.";
      return;
    }
    const score = data.scores[state.score], hours = hoursNow(), i = state.hour;
    by("moment").max = hours.times.length - 1;
    by("moment").value = i;
    by("moment").setAttribute("aria-valuetext", clock(hours.times[i]));
    by("hour").textContent = clock(hours.times[i]);
    const total = hours.total[i];
    by("total").textContent = `${score.title}: ${total === null ? "not known" : total} (${hours.known[i]} of ${score.rows.length} rows known), ` +
      (state.reading === "as_known" ? "as it was known then" : "in retrospect");
    by("source").textContent = `${score.paper}. ${score.verified ? "Checked against the original." : "Not checked against the original in every row."}`;
    const top = Math.max(...score.rows.flatMap((row) => row.parts.flatMap((part) => Object.keys(part.cells).map(Number))));
    const header = element("tr");
    for (const name of ["Row", "Points", ...Array.from({ length: top }, (_, k) => String(k + 1)), "Why"]) header.append(element("th", { scope: "col" }, name));
    const body = element("tbody");
    for (const row of score.rows) for (const [part, cells] of row.parts.entries()) body.append(lineOf(score, row, part, cells, hours, i, top));
    const headOf = element("thead");
    headOf.append(header);
    by("table").replaceChildren(element("caption", { class: "note" }, `Points of each row at ${clock(hours.times[i])} UTC`), headOf, body);
  }

  function lineOf(score, row, part, cells, hours, i, top) {
    const points = hours.points[row.name][i];
    const line = element("tr");
    line.append(element("th", { scope: "row" }, part ? cells.joint : row.title + (cells.joint || "")));
    const basis = BASIS[hours.basis[row.name][i]] || "not known";
    line.append(part ? element("td") : element("td", { class: points === null ? "kn" : `k${Math.min(4, points)}` }, points === null ? "not known" : `${points} (${basis})`));
    for (let p = 1; p <= top; p++) {
      const deciding = points === p && row.parts.length === 1;
      const cell = element("td", deciding ? { class: "deciding" } : {}, cells.cells[p] || "");
      if (deciding) cell.append(element("span", { class: "note" }, " ◂ decides"));
      line.append(cell);
    }
    line.append(element("td", { class: "why" }, part ? "" : why(score, row, i)));
    return line;
  }

  function why(score, row, i) {
    if (state.reading === "as_known") return "Reasons are given in retrospect.";
    const told = score.reasons[row.name];
    if (!told || !told.length) return "";
    let k = told.length - 1;
    while (k > 0 && told[k][0] > i) k--;
    const [since, words, at, origins] = told[k];
    const where = (at !== null ? `, ${clock(at)}` : "") + (origins.length ? ` (${origins.join(", ")})` : "");
    return `since ${clock(score.hours.times[since])}: ${words}${where}`;
  }

  function due() {
    const holder = by("due");
    if (!data.clocks.length) holder.append(element("p", {}, "No care bundle was triggered."));
    for (const bundle of data.clocks) holder.append(bundleTable(bundle));
  }

  // On a phone each task is a card: the roles are written out, for a table whose rows are no rows any more is none to a screen reader.
  function bundleTable(bundle) {
    const said = `${named(bundle)}, time zero ${clock(bundle.zero)}`;
    const made = element("table", { class: "bundle", role: "table" });
    made.append(element("caption", {}, `${said}${bundle.verified ? "" : " · not checked against the original"}`));
    const headOf = element("thead", { role: "rowgroup" }), row = element("tr", { role: "row" }), body = element("tbody", { role: "rowgroup" });
    for (const name of ["Task", "State", "Due by", "Done", "Reason"]) row.append(element("th", { scope: "col", role: "columnheader" }, name));
    headOf.append(row);
    for (const task of bundle.tasks) {
      const line = element("tr", { role: "row" });
      line.append(element("th", { scope: "row", role: "rowheader" }, task.title));
      const when = (at) => (at === null ? "" : clock(at));
      for (const [name, text] of [["State", task.state], ["Due by", when(task.due_by)], ["Done", when(task.done)], ["Reason", task.reason || ""]])
        line.append(element("td", { role: "cell", "data-name": name }, text));
      body.append(line);
    }
    made.append(headOf, body);
    return made;
  }

  // ---- controls
  for (const [place, score] of data.scores.entries()) by("score").append(element("option", { value: place }, score.title));
  by("score").addEventListener("change", (event) => { state.score = Number(event.target.value); state.hour = Math.min(state.hour, hoursNow().times.length - 1); table(); picture(); });
  by("moment").addEventListener("input", (event) => { state.hour = Number(event.target.value); follow(); });
  const step = (by_) => { if (data.scores.length) { state.hour = Math.max(0, Math.min(hoursNow().times.length - 1, state.hour + by_)); follow(); } };
  by("earlier").addEventListener("click", () => step(-1));
  by("later").addEventListener("click", () => step(1));
  for (const radio of document.querySelectorAll("input[name=reading]")) radio.addEventListener("change", (event) => { state.reading = event.target.value; table(); });
  for (const button of document.querySelectorAll("button[data-hours]")) button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("button[data-hours]")) other.setAttribute("aria-pressed", String(other === button));
    state.span = Number(button.dataset.hours);
    picture();
  });
  let resized;
  window.addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(picture, 120); });

  head();
  due();
  if (data.scores.length) {
    const first = data.episodes.find((e) => e.organ_failure !== null);
    if (first) state.hour = nearest(hoursNow().times.map((t) => [t]), first.organ_failure);
  }
  table();
  picture();
})();
