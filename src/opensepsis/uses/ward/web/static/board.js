"use strict";
// Keeps the board up to date by server-sent events, counts down, and greys the board when nothing comes any more.
(() => {
  const table = document.getElementById("board"), body = table.tBodies[0], stopped = document.getElementById("stopped");
  const clock = document.getElementById("now"), spoken = document.getElementById("spoken"), feeds = document.getElementById("silentfeeds"), notices = document.getElementById("notices");
  let wardTime = Number(clock.dataset.now), heardAt = performance.now(), updated = wardTime, speed = 1;
  const zone = document.querySelector(".notice").textContent.match(/Times in ([^.]+)\./)[1].trim();
  const shown = (ms) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(ms).replace(",", "");
  const wardNow = () => wardTime + (performance.now() - heardAt) * speed;

  function grey(why) { document.body.classList.toggle("stopped", Boolean(why)); stopped.hidden = !why; if (stopped.textContent !== (why || "")) stopped.textContent = why || ""; }
  function countdown() {
    const now = wardNow();
    for (const cell of document.querySelectorAll("[data-due]")) {
      const minutes = Math.floor((Number(cell.dataset.due) - now) / 60000), late = minutes < 0, size = Math.abs(minutes);
      cell.textContent = (late ? "overdue " : "in ") + (size < 60 ? size + " min" : Math.floor(size / 60) + " h " + (size % 60) + " min");
      cell.classList.toggle("late", late);
    }
    clock.textContent = shown(now);
    if (performance.now() - heardAt > 15000) grey("NOTHING IS HEARD FROM THE SERVER. LAST UPDATE " + shown(updated));
  }
  function change(told) {
    const focused = document.activeElement?.closest?.(".bed")?.id, alerts = [];
    for (const [key, html] of Object.entries(told.rows)) {
      const holder = document.createElement("tbody"); holder.innerHTML = html;
      const fresh = holder.rows[0], old = document.getElementById(fresh.id);
      if (/state-(alert|escalated)/.test(html) && !(old && /state-(alert|escalated)/.test(old.innerHTML))) alerts.push(fresh.querySelector(".who a").textContent);
      if (old) old.replaceWith(fresh); else body.append(fresh);
    }
    const wanted = new Set(told.order.map((key) => "bed-" + key));
    for (const row of [...body.rows]) if (!wanted.has(row.id)) row.remove();
    told.order.forEach((key, i) => { const row = document.getElementById("bed-" + key); if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null); });
    document.getElementById("beds").textContent = told.order.length;
    if (focused) document.querySelector("#" + CSS.escape(focused) + " a")?.focus();
    if (alerts.length) spoken.textContent = "New alert: " + alerts.join(", ");
    countdown();
  }
  const stream = new EventSource("/events?ward=" + encodeURIComponent(table.dataset.ward));
  stream.addEventListener("board", (event) => change(JSON.parse(event.data)));
  stream.addEventListener("pulse", (event) => {
    const told = JSON.parse(event.data), at = performance.now(), passed = at - heardAt;
    if (passed > 1000) speed = Math.max(0, (told.now - wardTime) / passed);
    wardTime = told.now; heardAt = at; updated = told.updated;
    grey(told.frozen ? "THE ENGINE HAS STOPPED. LAST UPDATE " + shown(told.updated) : "");
    const said = told.notices.join("\n");
    if (said !== notices.dataset.said) { notices.dataset.said = said; notices.replaceChildren(...told.notices.map((words) => { const line = document.createElement("p"); line.className = "banner bad"; line.textContent = words; return line; })); }
    feeds.replaceChildren(...told.silent.map((feed) => { const line = document.createElement("p"); line.className = "banner"; line.textContent = `No data from ${feed.name} for ${feed.minutes} min.`; return line; }));
  });
  stream.addEventListener("ended", () => { stream.close(); location.href = "/login"; });
  document.getElementById("ward").addEventListener("change", (event) => event.target.form.submit());
  setInterval(countdown, 1000); countdown();
})();
