// Curves and strips on canvas: a picture is some thousand points, so that it is drawn anew at every move of a slider.

const STRIPS = [
  { name: "chart-pressure", series: ["pressure"], least: 20, most: 120, line: 65 },
  { name: "chart-lactate", series: ["lactate"], least: 0, most: 12, line: 2 },
  { name: "chart-germs", series: ["source", "blood"], least: -7, most: 2, log: true, names: ["source-line", "blood-line"] },
  { name: "chart-sofa", series: ["sofa"], least: 0, most: 24 },
];
const STRIP_HEIGHT = 100;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function prepared(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 600;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

// `layers` are {track, ink, dash}; `hours` the length of the axis; `marks` the hours of orders; `now` a moment to mark.
function drawStrips(canvas, layers, hours, marks, now) {
  const { pen, width } = prepared(canvas, STRIPS.length * STRIP_HEIGHT + 22);
  const ink = colour("--ink"), soft = colour("--soft"), rule = colour("--line"), second = colour("--second"), left = 34, right = width - 8;
  const across = (hour) => left + ((right - left) * hour) / hours;
  pen.font = "12px system-ui, sans-serif";
  STRIPS.forEach((strip, index) => {
    const top = index * STRIP_HEIGHT + 22, bottom = (index + 1) * STRIP_HEIGHT - 4;
    const height = (value) => {
      const shown = strip.log ? Math.log10(Math.max(value, 1e-9)) : value;
      return bottom - ((bottom - top) * (Math.min(strip.most, Math.max(strip.least, shown)) - strip.least)) / (strip.most - strip.least);
    };
    pen.fillStyle = ink;
    pen.textAlign = "left";
    pen.fillText(say(strip.name), left, top - 6);
    pen.fillStyle = soft;
    pen.textAlign = "right";
    pen.fillText(strip.log ? "100" : strip.most, left - 5, top + 8);
    pen.fillText(strip.log ? "0" : strip.least, left - 5, bottom);
    pen.strokeStyle = rule;
    pen.strokeRect(left, top, right - left, bottom - top);
    if (strip.line) {
      const y = height(strip.line);
      pen.setLineDash([2, 4]);
      line(pen, left, y, right, y);
      pen.setLineDash([]);
      if (bottom - y > 20) pen.fillText(strip.line, left - 5, y + 4);
    }
    for (const layer of layers) {
      strip.series.forEach((name, number) => {
        const values = layer.track[name];
        pen.strokeStyle = number ? second : layer.ink;
        pen.setLineDash(layer.dash || []);
        pen.lineWidth = layer.dash ? 1.5 : 2;
        pen.beginPath();
        for (let at = 0; at < values.length && at * STEP <= hours; at++) pen.lineTo(across(at * STEP), height(values[at]));
        pen.stroke();
        pen.setLineDash([]);
        pen.lineWidth = 1;
        if (strip.names && layer === layers[0]) {
          pen.fillStyle = number ? second : layer.ink;
          pen.textAlign = "right";
          pen.fillText(say(strip.names[number]), right - 6 - 60 * (1 - number), top - 6);
        }
      });
    }
  });
  const foot = STRIPS.length * STRIP_HEIGHT;
  pen.strokeStyle = soft;
  for (const mark of marks) if (mark <= hours) line(pen, across(mark), 18, across(mark), foot - 4);
  if (now !== undefined) {
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    line(pen, across(now), 18, across(now), foot - 4);
    pen.lineWidth = 1;
  }
  pen.fillStyle = soft;
  pen.textAlign = "center";
  const every = hours > 200 ? 48 : hours > 60 ? 24 : hours > 20 ? 6 : 2;
  for (let hour = 0; hour <= hours; hour += every) pen.fillText(hour, Math.min(right - 8, across(hour)), foot + 10);
  pen.textAlign = "right";
  pen.fillText(say("chart-hours"), right, foot + 21);
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// SOFA over the hours as one strip: pale is well, dark is bad, empty is over.
function drawStrip(canvas, track, hours) {
  const { pen, width, height } = prepared(canvas, 20), values = track.sofa;
  for (let at = 0; at < values.length && at * STEP < hours; at++) {
    const share = Math.min(1, values[at] / 14);
    pen.fillStyle = `hsl(${50 - 50 * share} 85% ${88 - 62 * share}%)`;
    pen.fillRect((width * at * STEP) / hours, 0, (width * STEP) / hours + 1, height);
  }
}

// One dot for each twin: those alive first, so that a share is seen at a glance.
function drawTwins(canvas, alive, counted, all) {
  const columns = 50, rows = all / columns, { pen, width } = prepared(canvas, Math.round(canvas.clientWidth / columns) * rows);
  const cell = width / columns;
  const good = colour("--good"), bad = colour("--bad"), open = colour("--line");
  for (let at = 0; at < all; at++) {
    pen.fillStyle = at < alive ? good : at >= all - (counted - alive) ? bad : open;
    const x = (at % columns) * cell, y = Math.floor(at / columns) * cell;
    pen.beginPath();
    if (at >= all - (counted - alive)) pen.rect(x + cell * 0.2, y + cell * 0.2, cell * 0.6, cell * 0.6);
    else pen.arc(x + cell / 2, y + cell / 2, cell * 0.36, 0, 7);
    pen.fill();
  }
}

// A single curve as SVG, for the pictures of the chain; it scales and prints.
function curve(values, hours, alt, label, logarithmic) {
  const shown = logarithmic ? values.map((value) => Math.log10(Math.max(value, 1e-9))) : values;
  const most = Math.max(...shown), least = Math.min(...shown, most - 0.5), width = 520, height = 190, left = 56, bottom = 150;
  const across = (hour) => left + ((width - left - 12) * hour) / hours;
  const up = (value) => bottom - ((bottom - 16) * (value - least)) / (most - least);
  const print = (value) => (logarithmic ? germs(10 ** value) : figure(value, most < 45 ? 1 : 0));
  const points = shown.map((value, at) => `${across(at * STEP).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
  const ends = [[least, bottom], [most, 16]].map(([value, y]) => `<text x="${left - 6}" y="${y + 5}" text-anchor="end">${print(value)}</text>`);
  const last = shown.length - 1, x = across(last * STEP);
  let ticks = "";
  for (let hour = 0; hour <= hours; hour += 24) ticks += `<text x="${across(hour)}" y="${bottom + 18}" text-anchor="middle">${hour}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${alt}"><line x1="${left}" x2="${width - 12}" y1="${bottom}" y2="${bottom}" />
    ${ends.join("")}${ticks}<text x="${width - 12}" y="${height - 4}" text-anchor="end">${label}</text>
    <polyline points="${points}" /><circle cx="${x.toFixed(1)}" cy="${up(shown[last]).toFixed(1)}" r="5" /></svg>`;
}
