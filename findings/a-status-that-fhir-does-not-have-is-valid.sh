#!/usr/bin/env bash
# fhir.resources 8.3.0 checks names, types and cardinality, not codes nor invariants: an Observation with status "finall", a Patient of
# gender "f" and a Condition that is both entered in error and clinically active (against con-5) pass its R4B classes, though all
# three elements have a required binding or an invariant that the specification calls an error.
# Why it matters: "validated with fhir.resources" is the usual check of a Python exporter; servers that check codes refuse its output, or
# it is stored and a reader that asks for status final does not see the value. Check required bindings and invariants beside it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient

print("fhir.resources", version("fhir.resources"), "fhir-core", version("fhir-core"), "pydantic", version("pydantic"))
HL7 = "http://terminology.hl7.org/CodeSystem"


def coded(system, code):
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


observation = {"resourceType": "Observation", "status": "final", "code": {"text": "lactate"}}
condition = {
    "resourceType": "Condition", "subject": {"reference": "Patient/p"},
    "clinicalStatus": coded("condition-clinical", "active"), "verificationStatus": coded("condition-ver-status", "entered-in-error"),
}
tried = {
    "Observation, status finall": (Observation, observation | {"status": "finall"}, True),
    "Patient, gender f": (Patient, {"resourceType": "Patient", "gender": "f"}, True),
    "Condition, in error and active": (Condition, condition, True),
    "Observation without a code": (Observation, {"resourceType": "Observation", "status": "final"}, False),
    "Observation, element that R4 lacks": (Observation, observation | {"stat": "final"}, False),
}
changed = False
for said, (model, resource, expected) in tried.items():
    try:
        model.model_validate(resource)
        passed = True
    except ValueError:
        passed = False
    print(f"{said:36} {'passes' if passed else 'is refused'}")
    changed |= passed is not expected
if changed:
    sys.exit("changed: see above")
PYTHON
