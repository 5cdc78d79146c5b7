#!/usr/bin/env bash
# In FHIRPath an amount of time loses its decimals: `+ 0.5 days` adds nothing and `- 1.5 hours` takes one hour away. So the standard has it (FHIRPath 2.0.0,
# date/time arithmetic: "for precisions above seconds, the decimal portion of the time-valued quantity is ignored"), and so do fhirpath 5.2.2 (JavaScript, which
# says so on the error stream) and fhirpathpy 2.2.4 (Python, without a word). `0.5 'h'` in UCUM fares no better; 90 minutes are 90 minutes.
# Why it matters: windows of care bundles and definitions are told in hours and halves of hours or days. "A lactate within 1.5 hours" silently becomes one within one
# hour, "half a day before admission" becomes the admission itself, and the cohort only looks a little smaller.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
npm install --silent --no-audit --no-fund --prefix "$folder" fhirpath@5.2.2 > /dev/null
cat > "$folder/half.js" <<'JAVASCRIPT'
const fhirpath = require("fhirpath");
for (const expression of process.argv.slice(2)) console.log(fhirpath.evaluate({}, expression)[0].toString().slice(0, 16));
JAVASCRIPT
FOLDER=$folder "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os
import subprocess
from importlib.metadata import version

from fhirpathpy import evaluate

ASKED = ("+ 0.5 days", "- 1.5 hours", "+ 1.5 'h'", "+ 90 minutes")
expressions = [f"@2026-03-02T08:00:00Z {amount}" for amount in ASKED]
told = subprocess.run(
    ["node", "half.js", *expressions], cwd=os.environ["FOLDER"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
).stdout.split()
python = [str(evaluate({}, expression)[0])[:16] for expression in expressions]
print("fhirpathpy", version("fhirpathpy"), "| fhirpath 5.2.2 (JavaScript) | 2026-03-02T08:00:00Z ...")
for amount, one, other in zip(ASKED, python, told):
    print(f"{amount:13} {one}  {other}")
seen = ["2026-03-02T08:00", "2026-03-02T07:00", "2026-03-02T09:00", "2026-03-02T09:30"]
assert python == told == seen, "the behaviour has changed"
print("decimals of hours and days are ignored")
PYTHON
