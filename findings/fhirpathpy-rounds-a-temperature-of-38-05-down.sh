#!/usr/bin/env bash
# `round` of fhirpathpy 2.2.4 rounds halves to the even digit: 38.05.round(1) is 38.0 and 36.65.round(1) is 36.6. FHIRPath 2.0.0 asks for "traditional round (i.e. 0.5 or
# higher will round to 1)", and fhirpath 5.2.2 (JavaScript) gives 38.1 and 36.7. Both halves are exact here, for FHIRPath's decimals are not binary.
# Why it matters: temperatures that come in hundredths are brought to the tenth of the chart. NEWS2 gives a point from 38.1 °C on: one and the same
# expression of a shared measure scores the patient in one engine and not in the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
npm install --silent --no-audit --no-fund --prefix "$folder" fhirpath@5.2.2 > /dev/null
cat > "$folder/round.js" <<'JAVASCRIPT'
const fhirpath = require("fhirpath");
for (const expression of process.argv.slice(2)) console.log(fhirpath.evaluate({}, expression)[0]);
JAVASCRIPT
FOLDER=$folder "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os
import subprocess
from importlib.metadata import version

from fhirpathpy import evaluate

ASKED = ("38.05.round(1)", "36.65.round(1)", "38.15.round(1)", "38.06.round(1)")
told = subprocess.run(["node", "round.js", *ASKED], cwd=os.environ["FOLDER"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
python = [f"{evaluate({}, expression)[0]:.1f}" for expression in ASKED]
print("fhirpathpy", version("fhirpathpy"), "| fhirpath 5.2.2 (JavaScript)")
for expression, one, other in zip(ASKED, python, told):
    print(f"{expression:16} {one}  {other}")
assert python == ["38.0", "36.6", "38.2", "38.1"] and told == ["38.1", "36.7", "38.2", "38.1"], "the behaviour has changed"
print("a half is rounded to the even digit")
PYTHON
