"use strict";
// Keeps the board up to date by server-sent events, counts down, and greys the board when nothing comes any more.
(() => {
  const table = document.getElementById("board"), body = table.tBodies[0], stopped = document.getElementById("stopped"), answer = document.getElementById("answer");
  const clock = document.getElementById("now"), spoken = document.getElementById("spoken"), banners = document.getElementById("banners"), notices = document.getElementById("notices");
  let wardTime = Number(clock.dataset.now), heardAt = performance.now(), updated = wardTime, speed = 1, first = true;
  const wardNow = () => wardTime + (performance.now() - heardAt) * speed;

  function grey(why) { document.body.classList.toggle("stopped", Boolean(why)); stopped.hidden = !why; if (stopped.textContent !== (why || "")) stopped.textContent = why || ""; }
  function tick() {
    ward.ages(wardNow());
    clock.textContent = ward.clock(wardNow());
    if (performance.now() - heardAt > 15000) grey("NO CONNECTION TO THE SERVER. LAST UPDATE " + ward.clock(updated));
  }
  function change(told) {
    const focused = document.activeElement?.closest?.(".bed")?.id, on = document.activeElement?.tagName, calls = [];
    for (const [key, html] of Object.entries(told.rows)) {
      const holder = document.createElement("tbody"); holder.innerHTML = html;
      const fresh = holder.rows[0], old = document.getElementById(fresh.id);
      if (fresh.dataset.calls && fresh.dataset.alert !== old?.dataset.alert) calls.push(fresh);
      if (old) old.replaceWith(fresh); else body.append(fresh);
    }
    const wanted = new Set(told.order.map((key) => "bed-" + key));
    for (const row of [...body.rows]) if (!wanted.has(row.id)) row.remove();
    told.order.forEach((key, i) => { const row = document.getElementById("bed-" + key); if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null); });
    document.getElementById("beds").textContent = told.order.length;
    document.getElementById("waiting").textContent = told.waiting;
    if (focused) { const row = document.getElementById(focused); (row?.querySelector(on === "BUTTON" ? "button" : "a") ?? row?.querySelector("a"))?.focus(); }
    ward.count(told.waiting);
    if (calls.length) {
      spoken.textContent = "New alert: " + calls.map((row) => row.querySelector(".who a").textContent + ", " + row.querySelector(".place").textContent).join("; ");
      if (!first) ward.sound(calls.some((row) => row.dataset.calls === "critical"));
    }
    first = false;
    tick();
  }
  const stream = new EventSource("/events?ward=" + encodeURIComponent(table.dataset.ward));
  stream.addEventListener("board", (event) => change(JSON.parse(event.data)));
  stream.addEventListener("pulse", (event) => {
    const told = JSON.parse(event.data), at = performance.now(), passed = at - heardAt;
    if (passed > 1000) speed = Math.max(0, (told.now - wardTime) / passed);
    wardTime = told.now; heardAt = at; updated = told.updated;
    grey(told.frozen ? "THE ENGINE HAS STOPPED. LAST UPDATE " + ward.clock(told.updated) : "");
    const said = told.notices.join("\n");
    if (said !== notices.dataset.said) { notices.dataset.said = said; notices.replaceChildren(...told.notices.map((words) => { const line = document.createElement("p"); line.className = "banner bad"; line.textContent = words; return line; })); }
    banners.replaceChildren(...told.banners.map((said) => {
      const line = document.createElement("p"); line.className = "banner"; line.textContent = said.words;
      if (said.key) { const open = document.createElement("a"); open.href = "/patient/" + said.key; open.textContent = "Open"; line.append(" ", open); }
      return line;
    }));
  });
  stream.addEventListener("ended", () => { stream.close(); location.reload(); });
  // An answer is sent without leaving the board; the line changes when the ward has taken it in.
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true; answer.hidden = true;
    try {
      const said = await fetch(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target)), redirect: "manual" });
      if (said.type !== "opaqueredirect") throw new Error((await said.json()).detail);
      button.textContent = "Sent";
    } catch (problem) {
      button.disabled = false; answer.hidden = false;
      answer.textContent = problem instanceof TypeError ? "Not sent: no connection to the server. Try again." : problem.message;
    }
  });
  document.getElementById("ward").addEventListener("change", (event) => event.target.form.submit());
  setInterval(tick, 1000); tick(); ward.count(Number(document.getElementById("waiting").textContent));
})();
