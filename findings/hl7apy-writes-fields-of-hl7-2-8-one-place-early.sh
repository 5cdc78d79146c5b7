#!/usr/bin/env bash
# HL7 2.8 withdrew fields in the middle of segments, and their places stay. hl7apy 1.3.5 forgets the places: a message that it parses and
# writes again unchanged (`to_er7()`) has what follows one place or more early. Read by name the values are right, `validate()` says yes.
# PID-29 and PID-30 (time of death, death indicator) become PID-28 and PID-29, OBR-25 (result status) OBR-23, EVN-2 EVN-1, RXA-20
# (completion status) RXA-19; in 2.6 too DG1-15 (the principal diagnosis) becomes DG1-7. 2.5.1 and 2.7 keep these.
# Why it matters: an interface engine that forwards what hl7apy wrote tells a receiver that a patient died at the time "Y", that a
# result has no status, and that nobody has a principal diagnosis; what it reads back itself, with hl7apy, is moved as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hl7apy==1.3.5
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from hl7apy.parser import parse_segment

SENT = {  # segment: the fields that matter, made up
    "EVN": {2: "20260302120000"},
    "PID": {3: "100^^^H^MR", 5: "ROE^ANN", 29: "20260302110000", 30: "Y"},
    "OBR": {2: "7", 4: "2524-7^Lactate^LN", 25: "F"},
    "RXA": {1: "0", 2: "1", 3: "20260302100000", 4: "20260302100000", 5: "2193^Ceftriaxone^RXNORM", 6: "2", 20: "CP"},
    "DG1": {1: "1", 3: "A41.9^Sepsis^I10", 6: "F", 15: "1"},
}
print("hl7apy", version("hl7apy"))
moved = {}
for told in ("2.5.1", "2.6", "2.7", "2.8"):
    for name, fields in SENT.items():
        text = "|".join([name, *(fields.get(place, "") for place in range(1, max(fields) + 1))])
        segment = parse_segment(text, version=told)
        last = max(fields)
        by_name = getattr(segment, f"{name}_{last}".lower()).to_er7()
        written = segment.to_er7().split("|")
        place = max(i for i, cell in enumerate(written) if cell)
        if place != last:
            moved[told, name] = place
            print(f"{told}: {name}-{last} {by_name!r} by name, valid: {segment.validate()}, is written as {name}-{place}")
expected = {("2.6", "DG1"): 7, ("2.8", "EVN"): 1, ("2.8", "PID"): 29, ("2.8", "OBR"): 23, ("2.8", "RXA"): 19, ("2.8", "DG1"): 7}
if moved != expected:
    sys.exit(f"changed: {moved}")
PYTHON
