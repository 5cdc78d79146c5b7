#!/usr/bin/env bash
# FHIRPath, the language of FHIR's rules and quality measures, has two well-used engines. Asked whether two amounts in different units are equal,
# fhirpath 5.2.2 (JavaScript) converts by UCUM; fhirpathpy 2.2.4 (Python) knows grams and milligrams and answers *false* for nearly all
# others: 2 mmol/L against 2000 umol/L, 1 mg/dL against 10 mg/L, 1 L against 1000 mL. The specification has true, or nothing where an
# engine cannot convert. Ordering (`3 'mg' > 2 'mg'`) raises a TypeError, in the same unit too, and so does a threshold on an Observation's value.
# Why it matters: a false is an answer. `(value = 2000 'umol/L').not()` is true, so a rule or an invariant that works in a browser selects other patients
# on a server in Python, and nothing warns. Compare numbers yourself after converting units.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
npm install --silent --no-audit --no-fund --prefix "$folder" fhirpath@5.2.2
export FOLDER=$folder
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import os
import subprocess
from importlib.metadata import version

from fhirpathpy import evaluate
from fhirpathpy.models import models

lactate = {"resourceType": "Observation", "valueQuantity": {
    "value": 2.0, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L",
}}  # fmt: skip
ASKED = (
    "1 'g' = 1000 'mg'", "1 'L' = 1000 'mL'", "1 'mg/dL' = 10 'mg/L'", "2 'mmol/L' = 2000 'umol/L'",
    "Observation.value = 2 'mmol/L'", "Observation.value = 2000 'umol/L'", "(Observation.value = 2000 'umol/L').not()",
    "3 'mg' > 2 'mg'", "Observation.value > 1.5 'mmol/L'",
)


def python(path):
    try:
        return evaluate(lactate, path, [], models["r4"])
    except Exception as problem:
        return type(problem).__name__


BROWSER = """
const engine = require(process.env.FOLDER + '/node_modules/fhirpath'), r4 = require(process.env.FOLDER + '/node_modules/fhirpath/fhir-context/r4');
const [resource, paths] = JSON.parse(process.argv[1]);
console.log(JSON.stringify(paths.map(path => engine.evaluate(resource, path, {}, r4))));
"""
asked = subprocess.run(["node", "-e", BROWSER, json.dumps([lactate, ASKED])], check=True, capture_output=True, text=True)
browser = json.loads(asked.stdout)
print("fhirpathpy", version("fhirpathpy"), "| fhirpath 5.2.2 | an Observation of 2 mmol/L")
seen = [(path, python(path), answer) for path, answer in zip(ASKED, browser, strict=True)]
for path, here, there in seen:
    print(f"{path:45} Python {here!s:12} JavaScript {there}")
assert [here for _, here, _ in seen][:7] == [[True], [False], [False], [False], [True], [False], [True]], "fhirpathpy has changed"
assert all(isinstance(here, str) for _, here, _ in seen[7:]), "fhirpathpy orders amounts now"
assert [there for _, _, there in seen] == [[True]] * 6 + [[False]] + [[True]] * 2, "fhirpath has changed"
print("equal amounts in other units are false in Python and true in JavaScript")
PYTHON
