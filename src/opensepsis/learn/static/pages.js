// The pages of this file: one shown at a time, in the chosen language, with the chosen emergency number. Nothing is kept.

const FIRST_PAGE = "signs";

function showPage() {
  const wanted = location.hash.slice(1), page = document.getElementById(`page-${wanted}`) ? wanted : FIRST_PAGE;
  for (const each of document.querySelectorAll("[data-page]")) each.hidden = each.dataset.page !== page;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${page}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = one(`#page-${page} [lang="${language}"] h1`) || one(`#page-${page} h1`);
  document.title = `${heading.textContent} · opensepsis`;
  if (wanted) heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  if (page === "what") setTimeout(drawChain, 20);
}

function showLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const each of document.querySelectorAll("main [lang], header [lang]:not(button), footer [lang]")) each.hidden = each.lang !== chosen;
  for (const button of document.querySelectorAll("#languages button")) button.setAttribute("aria-pressed", String(button.lang === chosen));
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
  showNumber();
  countTicks();
  showPage();
  if (game) sayGameAgain();
}

function sayGameAgain() {
  one("#log").replaceChildren();
  for (const [hour, note] of game.notes) tell(hour, note);
  showMoment();
  if (one("#afterwards").hidden) return;
  showResult();
  showSliders();
  showPlan();
  showDelays();
  showTeacher();
}

// Digits only: what is typed becomes part of a link.
function showNumber() {
  const number = one("#number").value.replace(/[^0-9]/g, "").slice(0, 8) || one("#number").defaultValue;
  for (const each of document.querySelectorAll("[data-number]")) each.textContent = number;
  for (const link of document.querySelectorAll("a[data-call]")) {
    link.href = `tel:${number}`;
    link.textContent = say("call", { number });
  }
}

function countTicks() {
  const boxes = [...document.querySelectorAll(`main [lang="${language}"] .ticks input`)], count = boxes.filter((box) => box.checked).length;
  const place = one(`main [lang="${language}"] .ticked`);
  if (place) place.textContent = count ? say("ticked", { count, all: boxes.length }) : say("ticked-none");
}

function begin_page() {
  addEventListener("hashchange", showPage);
  for (const button of document.querySelectorAll("#languages button")) button.addEventListener("click", () => showLanguage(button.lang));
  one("#number").addEventListener("input", showNumber);
  document.addEventListener("change", (event) => event.target.closest(".ticks") && countTicks());
  one("#door").addEventListener("submit", (event) => {
    event.preventDefault();
    startGame();
  });
  for (const button of document.querySelectorAll("#orders button")) button.addEventListener("click", () => give(button.dataset.order));
  for (const button of document.querySelectorAll("#time button")) {
    button.addEventListener("click", () => passTime(Number(button.dataset.quarters)));
  }
  one("#look").addEventListener("input", (event) => {
    view = Number(event.target.value);
    holdCounting();
    requestAnimationFrame(showView);
  });
  for (const name of TREATMENTS) {
    one(`#slide-${name}`).addEventListener("input", (event) => {
      slideTo(name, event.target);
      planSoon();
    });
  }
  one("#delay-what").addEventListener("change", showDelays);
  for (const button of document.querySelectorAll(".print")) button.addEventListener("click", () => print());
  one("#reset").addEventListener("click", () => {
    stopCounting();
    game = null;
    one("#bedside").hidden = one("#afterwards").hidden = true;
    one("#door input").focus();
  });
  addEventListener("resize", () => game && (showView(), one("#afterwards").hidden || showPlan()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => game && (showView(), one("#afterwards").hidden || showPlan()));
  showLanguage(language);
}

begin_page();
