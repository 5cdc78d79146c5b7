"use strict";
// What the board and a patient's page share: times in the hospital's zone, ages that grow, the count of unanswered alerts, the sound.
const ward = (() => {
  const zone = document.body.dataset.zone, name = document.title.replace(/^\(\d+\) /, ""), icon = document.getElementById("icon");
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const clock = (ms) => written.format(ms).replace(",", "");
  function span(ms) {
    const minutes = Math.floor(Math.abs(ms) / 60000), hours = Math.floor(minutes / 60);
    if (minutes < 60) return minutes + " min";
    if (hours < 48) return hours + " h" + (minutes % 60 ? " " + (minutes % 60) + " min" : "");
    return Math.floor(hours / 24) + " d " + (hours % 24) + " h";
  }
  function ages(now) {
    for (const cell of document.querySelectorAll("[data-ago]")) {
      const passed = now - Number(cell.dataset.ago), words = passed < 60000 ? "just now" : span(passed) + " ago";
      if (cell.textContent !== words) cell.textContent = words;
    }
    for (const cell of document.querySelectorAll("[data-due]")) {
      const left = Number(cell.dataset.due) - now, words = left < 0 ? "overdue " + span(left) : "in " + span(left);
      if (cell.textContent !== words) cell.textContent = words;
      cell.classList.toggle("late", left < 0);
    }
  }
  function count(waiting) {
    document.title = (waiting ? "(" + waiting + ") " : "") + name;
    const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="${waiting ? "#b3261e" : "#1b6b3a"}"/>` +
      (waiting ? `<text x="16" y="23" font-size="19" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${waiting > 9 ? "9+" : waiting}</text>` : "") + "</svg>";
    icon.href = "data:image/svg+xml," + encodeURIComponent(drawn);
  }
  // Off until somebody turns it on; a browser lets a page sound only after it was clicked or typed on once.
  const button = document.getElementById("sound");
  let context = null, on = false;
  function show() {
    if (!button) return;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = !on ? "Sound off" : context && context.state === "running" ? "Sound on" : "Sound on after a click";
  }
  function turn(wanted) {
    on = wanted;
    if (on) { context ??= new AudioContext(); context.onstatechange = show; context.resume(); }
    show();
  }
  function sound(critical) {
    if (!on || !context || context.state !== "running") return;
    const tones = critical ? [880, 660, 880, 660] : [660, 880];
    tones.forEach((pitch, i) => {
      const tone = context.createOscillator(), volume = context.createGain(), at = context.currentTime + i * 0.22;
      tone.frequency.value = pitch; volume.gain.setValueAtTime(0.0001, at); volume.gain.exponentialRampToValueAtTime(0.3, at + 0.02); volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
      tone.connect(volume).connect(context.destination); tone.start(at); tone.stop(at + 0.21);
    });
    document.body.dataset.sounded = String(Number(document.body.dataset.sounded || 0) + 1);
  }
  if (button) {
    button.addEventListener("click", () => { turn(!on); localStorage.setItem("sound", on ? "on" : "off"); if (on) context.resume().then(() => sound(false)); });
    document.addEventListener("pointerdown", () => { if (on) context.resume(); });
    document.addEventListener("keydown", () => { if (on) context.resume(); });
    if (localStorage.getItem("sound") === "on") turn(true);
  }
  return { clock, span, ages, count, sound };
})();
