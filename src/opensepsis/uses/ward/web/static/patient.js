"use strict";
// Says when something new has come about the patient, and greys the page when nothing comes any more.
(() => {
  const place = document.getElementById("page"), key = place.dataset.key, stopped = document.getElementById("stopped"), fresh = document.getElementById("fresh");
  let heardAt = performance.now(), updated = 0, first = null, wardTime = Number(place.dataset.now);
  function grey(why) { document.body.classList.toggle("stopped", Boolean(why)); stopped.hidden = !why; if (stopped.textContent !== why) stopped.textContent = why; }
  const stream = new EventSource("/events?patient=" + key);
  const said = (html) => { const holder = document.createElement("tbody"); holder.innerHTML = html; holder.querySelectorAll("time, .count").forEach((part) => part.remove()); return holder.textContent + holder.rows[0]?.dataset.told; };
  stream.addEventListener("board", (event) => {
    const told = JSON.parse(event.data), row = told.rows[key] ? said(told.rows[key]) : told.order.length ? first : "gone";
    if (first !== null && row !== first) fresh.hidden = false;
    first ??= row;
    ward.count(told.waiting);
  });
  stream.addEventListener("pulse", (event) => {
    const told = JSON.parse(event.data);
    heardAt = performance.now(); updated = told.updated; wardTime = told.now;
    grey(told.frozen ? "THE ENGINE HAS STOPPED. LAST UPDATE " + ward.clock(updated) : "");
    ward.ages(wardTime);
  });
  stream.addEventListener("ended", () => { stream.close(); location.reload(); });
  ward.ages(wardTime);
  setInterval(() => { if (performance.now() - heardAt > 15000) grey("NO CONNECTION TO THE SERVER." + (updated ? " LAST UPDATE " + ward.clock(updated) : "")); }, 1000);
})();
// Draws the course of one patient: vital signs, each laboratory value by itself, scores, what was given, and when tasks are due.
(async () => {
  const place = document.getElementById("plots"), key = document.getElementById("page").dataset.key;
  const told = await (await fetch(`/patient/${key}/plot`)).json();
  const ink = getComputedStyle(document.body), color = (name) => ink.getPropertyValue(name).trim();
  const hues = ["#2b7bba", "#c2452d", "#2f8f5b", "#8a5fb5", "#b07d12", "#0f8b8d", "#ad3d79", "#6b7280"];
  const signs = ["heart_rate", "respiratory_rate", "temperature", "systolic_pressure", "mean_pressure", "spo2"];
  const zone = document.body.dataset.zone;  // the hospital's, as on every page
  const clock = (seconds) => ward.clock(seconds * 1000);
  const sync = uPlot.sync("course"), range = [told.from, told.now + 3600];
  const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line") } };

  function box(title, into) {
    const made = document.createElement("div"), head = document.createElement("h3");
    made.className = "plot"; head.textContent = title; made.append(head); into.append(made);
    return made;
  }
  const deadlines = { hooks: { draw: [(u) => {
    const { ctx, bbox } = u; ctx.save(); ctx.strokeStyle = color("--alert");
    for (const d of told.deadlines) { const x = u.valToPos(d.time, "x", true); if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.setLineDash([4, 4]); ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke(); }
    ctx.restore(); }] } };
  // The usual range as a band behind the line, and a dashed line where a definition begins to count.
  const limits = (s) => ({ hooks: {
    drawClear: [(u) => {
      if (!s.reference) return;
      const { ctx, bbox } = u, [low, high] = s.reference, y = (v, edge) => v === null ? edge : Math.min(Math.max(u.valToPos(v, "y", true), bbox.top), bbox.top + bbox.height);
      const top = y(high, bbox.top), bottom = y(low, bbox.top + bbox.height);
      ctx.save(); ctx.fillStyle = color("--good"); ctx.globalAlpha = 0.16; ctx.fillRect(bbox.left, top, bbox.width, bottom - top); ctx.restore(); }],
    draw: [(u) => {
      const { ctx, bbox } = u, ratio = devicePixelRatio; ctx.save(); ctx.strokeStyle = ctx.fillStyle = color("--alert"); ctx.font = `${11 * ratio}px system-ui`; ctx.textBaseline = "bottom"; ctx.textAlign = "left";
      for (const [value, words] of s.thresholds) { const y = u.valToPos(value, "y", true); if (y < bbox.top || y > bbox.top + bbox.height) continue;
        ctx.setLineDash([5 * ratio, 4 * ratio]); ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke(); ctx.fillText(words, bbox.left + 4 * ratio, y); }
      ctx.restore(); }] } });
  // The values, what is usual, and the nearest threshold are always in sight.
  function inSight(s) {
    const values = s.values.filter((v) => v !== null), low = Math.min(...values), high = Math.max(...values), nearest = (v) => Math.min(Math.abs(v - low), Math.abs(v - high));
    const near = s.thresholds.map(([v]) => v).sort((a, b) => nearest(a) - nearest(b)).slice(0, 1), shown = [low, high, ...near, ...(s.reference ?? []).filter((v) => v !== null)];
    const least = Math.min(...shown), most = Math.max(...shown), room = (most - least || Math.abs(most) || 1) * 0.12;
    return [Math.max(least - room, least >= 0 ? 0 : -Infinity), most + room];
  }
  function plot(into, series, wide, high, plugins, scale, legend = true) {
    const times = [...new Set(series.flatMap((s) => s.times))].sort((a, b) => a - b);
    const data = [times, ...series.map((s) => { const at = new Map(s.times.map((t, i) => [t, s.values[i]])); return times.map((t) => (at.has(t) ? at.get(t) : null)); })];
    new uPlot({ width: wide, height: high, tzDate: (t) => uPlot.tzDate(new Date(t * 1000), zone), cursor: { sync: { key: sync.key } }, plugins, legend: { show: legend },
      scales: { x: { range: () => range }, y: scale ? { range: () => scale } : {} }, axes: [{ ...axis, values: (u, ticks) => ticks.map(clock), space: 110 }, { ...axis, size: 52 }],
      series: [{ value: (u, t) => (t ? clock(t) : "") }, ...series.map((s, i) => ({ label: `${s.title} ${s.unit}`.trim(), stroke: hues[i % hues.length], width: 1.8, spanGaps: true, points: { show: true, size: 6 } }))] }, data, into);
  }
  const vitals = told.series.filter((s) => s.group === "vitals" && signs.includes(s.concept) && s.times.length);
  if (vitals.length) plot(box("Vital signs", place), vitals, place.clientWidth, 240, [deadlines]);
  const labs = told.series.filter((s) => s.group === "labs" && s.times.length);
  if (labs.length) {
    const grid = document.createElement("div"); grid.className = "labs"; place.append(grid);
    const columns = Math.max(1, Math.floor(grid.clientWidth / 380)), wide = Math.floor((grid.clientWidth - 14 * (columns - 1)) / columns);
    for (const s of labs) {
      const whose = s.sent_range ? ", laboratory’s range" : ", usual", [from, to] = (s.reference ?? []).map((v) => v === null ? null : +v.toPrecision(3));
      const usual = s.reference ? (from === null ? `${whose} up to ${to}` : to === null ? `${whose} from ${from}` : `${whose} ${from} to ${to}`) : "";
      const last = `${Number(s.values.at(-1).toPrecision(3))} ${s.unit}`.trim(), since = ward.span((told.now - s.times.at(-1)) * 1000);
      plot(box(`${s.title} ${last}, ${since} ago${usual}`, grid), [s], wide, 170, [limits(s)], inSight(s), false);
    }
  }
  const scores = told.series.filter((s) => s.group === "scores" && s.times.length);
  if (scores.length) plot(box("Scores", place), scores, place.clientWidth, 180, [deadlines]);
  const given = told.series.filter((s) => s.spans.length || (s.group === "treatments" && s.times.length));
  if (given.length) {
    const chart = box("Given and running", place);
    const wide = place.clientWidth, high = 20, left = 150, scale = (t) => left + ((Math.min(Math.max(t, range[0]), range[1]) - range[0]) / (range[1] - range[0])) * (wide - left - 10);
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"); svg.setAttribute("width", wide); svg.setAttribute("height", given.length * high + 4);
    const put = (name, attributes, text) => { const node = document.createElementNS(ns, name); for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v); if (text) node.textContent = text; svg.append(node); return node; };
    given.forEach((s, i) => { const y = i * high + 14; put("text", { x: 2, y, "font-size": 12, fill: color("--ink") }, s.title);
      const spans = s.spans.length ? s.spans : s.times.map((t, j) => [t, t, `${s.values[j]} ${s.unit}`]);
      for (const [a, b, text] of spans) { const x = scale(a), x2 = scale(b ?? told.now); const mark = b === a ? put("circle", { cx: x, cy: y - 4, r: 4, fill: hues[i % hues.length] }) : put("rect", { x, y: y - 9, width: Math.max(2, x2 - x), height: 10, rx: 2, fill: hues[i % hues.length] });
        const title = document.createElementNS(ns, "title"); title.textContent = text; mark.append(title); } });
    chart.append(svg);
  }
})();
