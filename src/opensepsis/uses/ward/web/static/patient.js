"use strict";
// Says when something new has come about the patient, and greys the page when nothing comes any more.
(() => {
  const key = document.getElementById("page").dataset.key, stopped = document.getElementById("stopped"), fresh = document.getElementById("fresh");
  const zone = document.querySelector(".notice").textContent.match(/Times in ([^.]+)\./)[1].trim();
  const shown = (ms) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(ms).replace(",", "");
  let heardAt = performance.now(), updated = 0, first = null;
  function grey(why) { document.body.classList.toggle("stopped", Boolean(why)); stopped.hidden = !why; if (stopped.textContent !== why) stopped.textContent = why; }
  const stream = new EventSource("/events?patient=" + key);
  stream.addEventListener("board", (event) => {
    const told = JSON.parse(event.data), row = told.rows[key] ?? (told.order.length ? first : "gone");
    if (first !== null && row !== first) fresh.hidden = false;
    first ??= row;
  });
  stream.addEventListener("pulse", (event) => {
    const told = JSON.parse(event.data);
    heardAt = performance.now(); updated = told.updated;
    grey(told.frozen ? "THE ENGINE HAS STOPPED. LAST UPDATE " + shown(updated) : "");
  });
  stream.addEventListener("ended", () => { stream.close(); location.href = "/login"; });
  setInterval(() => { if (performance.now() - heardAt > 15000) grey("NOTHING IS HEARD FROM THE SERVER." + (updated ? " LAST UPDATE " + shown(updated) : "")); }, 1000);
})();
// Draws the course of one patient: vital signs, laboratory, scores, what was given, and when tasks are due.
(async () => {
  const place = document.getElementById("plots"), key = document.getElementById("page").dataset.key;
  const told = await (await fetch(`/patient/${key}/plot`)).json();
  const ink = getComputedStyle(document.body), color = (name) => ink.getPropertyValue(name).trim();
  const hues = ["#2b7bba", "#c2452d", "#2f8f5b", "#8a5fb5", "#b07d12", "#0f8b8d", "#ad3d79", "#6b7280"];
  const groups = { "Vital signs": ["vitals", ["heart rate", "respiratory rate", "temperature", "systolic pressure", "MAP", "SpO₂"]], "Laboratory": ["labs", null], "Scores": ["scores", null] };
  const zone = document.querySelector(".notice").textContent.match(/Times in ([^.]+)\./)[1].trim();  // the hospital's, as on every page
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const clock = (seconds) => written.format(seconds * 1000).replace(",", "");
  const sync = uPlot.sync("course"), range = [told.from, told.now + 3600];
  const lines = { hooks: { draw: [(u) => {
    const { ctx, bbox } = u; ctx.save(); ctx.strokeStyle = color("--alert"); ctx.fillStyle = color("--alert"); ctx.font = "11px system-ui";
    for (const d of told.deadlines) { const x = u.valToPos(d.time, "x", true); if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.setLineDash([4, 4]); ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke(); }
    ctx.restore(); }] } };
  for (const [title, [group, wanted]] of Object.entries(groups)) {
    let series = told.series.filter((s) => s.group === group && s.times.length && (!wanted || wanted.includes(s.title)));
    if (group === "labs") series = series.filter((s) => ["lactate", "creatinine", "bilirubin", "platelets", "white cells", "CRP", "INR"].includes(s.title));
    if (!series.length) continue;
    const times = [...new Set(series.flatMap((s) => s.times))].sort((a, b) => a - b);
    const data = [times, ...series.map((s) => { const at = new Map(s.times.map((t, i) => [t, s.values[i]])); return times.map((t) => (at.has(t) ? at.get(t) : null)); })];
    const box = document.createElement("div"); box.className = "plot"; box.innerHTML = `<h3>${title}</h3>`; place.append(box);
    const axis = { stroke: color("--soft"), grid: { stroke: color("--line") }, ticks: { stroke: color("--line") } };
    const log = group === "labs";
    new uPlot({ width: place.clientWidth, height: group === "scores" ? 170 : 230, tzDate: (t) => uPlot.tzDate(new Date(t * 1000), zone), cursor: { sync: { key: sync.key } }, plugins: [lines],
      scales: { x: { range: () => range }, y: log ? { distr: 3 } : {} }, axes: [{ ...axis, values: (u, ticks) => ticks.map(clock), space: 110 }, axis],
      series: [{ value: (u, t) => (t ? clock(t) : "") }, ...series.map((s, i) => ({ label: `${s.title} ${s.unit}`.trim(), stroke: hues[i % hues.length], width: 1.6, spanGaps: true, points: { size: 5 } }))] }, data, box);
  }
  const given = told.series.filter((s) => s.spans.length || (s.group === "treatments" && s.times.length));
  if (given.length) {
    const box = document.createElement("div"); box.className = "plot"; box.innerHTML = "<h3>Given and running</h3>"; place.append(box);
    const wide = place.clientWidth, high = 20, left = 150, scale = (t) => left + ((Math.min(Math.max(t, range[0]), range[1]) - range[0]) / (range[1] - range[0])) * (wide - left - 10);
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"); svg.setAttribute("width", wide); svg.setAttribute("height", given.length * high + 4);
    const put = (name, attributes, text) => { const node = document.createElementNS(ns, name); for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v); if (text) node.textContent = text; svg.append(node); return node; };
    given.forEach((s, i) => { const y = i * high + 14; put("text", { x: 2, y, "font-size": 12, fill: color("--ink") }, s.title);
      const spans = s.spans.length ? s.spans : s.times.map((t, j) => [t, t, `${s.values[j]} ${s.unit}`]);
      for (const [a, b, text] of spans) { const x = scale(a), x2 = scale(b ?? told.now); const mark = b === a ? put("circle", { cx: x, cy: y - 4, r: 4, fill: hues[i % hues.length] }) : put("rect", { x, y: y - 9, width: Math.max(2, x2 - x), height: 10, rx: 2, fill: hues[i % hues.length] });
        const title = document.createElementNS(ns, "title"); title.textContent = text; mark.append(title); } });
    box.append(svg);
  }
})();
