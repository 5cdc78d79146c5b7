#!/usr/bin/env bash
# A reference in FHIR may be relative (Patient/7), absolute (https://hospital/fhir/Patient/7) or of a version (Patient/7/_history/2); all three are the same patient, and servers mix them. fhiry 5.2.2, which makes data frames of bundles
# and gives each row a `patientId`, takes "Patient/" out of the text: the identifiers are `7`, `https://hospital/fhir/7` and `7/_history/2`. In a bundle of new resources, `urn:uuid:...` becomes the uuid of the entry and not the
# `id` of the Patient in it. Nothing warns.
# Why it matters: `groupby("patientId")` counts five patients for two, a second lactate does not meet the first, and a culture and its antibiotic belong to different people: whoever was referred to in two ways has no sepsis by any
# definition that needs two facts. Take the type and id from the reference yourself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fhiry==5.2.2 pandas==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
from importlib.metadata import version

from fhiry import Fhiry

UUID = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
REFERENCES = ("Patient/7", "https://hospital/fhir/Patient/7", "Patient/7/_history/2", UUID)


def lactate(number: int, reference: str) -> dict[str, object]:
    coding = {"system": "http://loinc.org", "code": "2524-7"}
    return {"resource": {"resourceType": "Observation", "id": str(number), "status": "final", "code": {"coding": [coding]}, "subject": {"reference": reference},
                         "valueQuantity": {"value": 2.0 + number, "unit": "mmol/L"}}}


patients = [{"fullUrl": "https://hospital/fhir/Patient/7", "resource": {"resourceType": "Patient", "id": "7"}}, {"fullUrl": UUID, "resource": {"resourceType": "Patient", "id": "8"}}]
bundle = {"resourceType": "Bundle", "type": "collection", "entry": patients + [lactate(*row) for row in enumerate(REFERENCES)]}
reader = Fhiry()
rows = reader.process_bundle_dict(bundle)
found = rows["patientId"].tolist()
print("fhiry", version("fhiry"))
for reference, identifier in zip(REFERENCES, found[2:]):
    print(f"{reference}: patientId {identifier}")
print("patients of two:", rows["patientId"].nunique())
assert found == ["7", "8", "7", "https://hospital/fhir/7", "7/_history/2", UUID.removeprefix("urn:uuid:")], "the behaviour has changed"
PYTHON
