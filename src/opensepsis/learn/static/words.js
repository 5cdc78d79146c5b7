// Texts of the chosen language; what is filled in is a number or a word of this page, never a text from outside.

let language = document.documentElement.lang;

function say(name, values = {}) {
  const text = WORDS[language][name];
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function figure(value, digits = 0) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

function hoursText(hours) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(hours);
}

// Germs span ten powers of ten.
function germs(value) {
  if (value <= 0) return say("none-left");
  if (value >= 0.01) return figure(value, 2);
  return `10${[...String(Math.floor(Math.log10(value)))].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("")}`;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function one(selector) {
  return document.querySelector(selector);
}
