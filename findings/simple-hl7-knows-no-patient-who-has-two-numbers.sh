#!/usr/bin/env bash
# HL7 2.x repeats a field for a second value: PID-3 `4711^^^HOSPITAL^MR~88^^^REGION^PI` is a patient with two numbers. simple-hl7 3.3.0 parses it and writes it back unchanged, and `getComponent(3, 1)`, which is 4711 for a
# patient with one number, is an empty text for one with two: it then looks for components among the repetitions. Names (PID-5), phone numbers and OBX-5 with two values behave likewise. It has no call for one
# repetition, and its readme does not mention them; `getField(3)` gives the whole text. hl7-standard 1.0.4 gives the first number.
# Why it matters: the empty text is what a patient without a number has. Results of exactly those who came from another hospital, or got a second number, belong to nobody or to one shared "empty" patient, and
# a test message with one number does not show it. Split on the repetition mark first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" simple-hl7@3.3.0 hl7-standard@1.0.4 > /dev/null
cd "$folder"
cat > read.js <<'JAVASCRIPT'
const simple = require("simple-hl7");
const Standard = require("hl7-standard");

const lines = (numbers, names) =>
  ["MSH|^~\\&|LAB|HOSPITAL|EHR|HOSPITAL|20260302100000||ORU^R01|1|P|2.5.1", `PID|1||${numbers}||${names}`, "OBX|1|NM|2524-7^Lactate^LN||4.1|mmol/L|||||F"].join("\r");
const seen = [];
for (const [numbers, names] of [["4711^^^HOSPITAL^MR", "Doe^Jane"], ["4711^^^HOSPITAL^MR~88^^^REGION^PI", "Doe^Jane~Roe^Jane^^^^^M"]]) {
  const text = lines(numbers, names);
  const message = new simple.Parser({ segmentSeperator: "\r" }).parse(text);
  const patient = message.getSegment("PID");
  const other = new Standard(text);
  other.transform();
  const row = [patient.getComponent(3, 1), patient.getComponent(5, 1), other.get("PID.3.1"), other.get("PID.5.1"), message.toString() === text];
  seen.push(row);
  console.log(`${numbers}: simple-hl7 number "${row[0]}" name "${row[1]}", hl7-standard number "${row[2]}" name "${row[3]}", written back unchanged ${row[4]}`);
}
console.log("simple-hl7 3.3.0 | hl7-standard 1.0.4");
if (JSON.stringify(seen) !== JSON.stringify([["4711", "Doe", "4711", "Doe", true], ["", "", "4711", "Doe", true]])) throw new Error("the behaviour has changed");
JAVASCRIPT
node read.js
