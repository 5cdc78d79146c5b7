#!/usr/bin/env bash
# FHIR decimals carry their precision: 7.40 is not 7.4, and "implementations SHALL" keep it (hl7.org/fhir/R4/datatypes.html#decimal).
# fhir.resources 8.3.0 types them as Decimal, but reads JSON numbers through a float: 7.40 comes back as 7.4, 1e2 as 100.0 (two digits
# more), 0.12345678901234567890 as 0.12345678901234568; a Decimal handed over in Python keeps its digits and loses them when written.
# msgspec and the standard library, asked for Decimal, keep them all.
# Why it matters: how many digits a laboratory prints says how far a value beside a limit can be trusted, and two systems that compare
# values "to the printed digits" no longer agree with the sender after one round trip, though nothing warns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.3 msgspec==0.23.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import sys
from decimal import Decimal
from importlib.metadata import version

import msgspec
from fhir.resources.R4B.quantity import Quantity

print("fhir.resources", version("fhir.resources"), "fhir-core", version("fhir-core"), "msgspec", version("msgspec"))


class Plain(msgspec.Struct):
    value: Decimal


def written(text: str) -> str:
    return text.partition('"value":')[2].strip("} ")


rows = {}
for number in ("7.40", "1e2", "0.12345678901234567890", "5.1"):
    sent = f'{{"value":{number}}}'
    read = Quantity.model_validate_json(sent)
    held = Quantity(value=Decimal(number))
    rows[number] = (
        str(read.value),
        written(read.model_dump_json()),
        str(held.value),
        written(held.model_dump_json()),
        str(msgspec.json.decode(sent, type=Plain).value),
        str(json.loads(sent, parse_float=Decimal)["value"]),
    )
print(f"{'sent':24}{'read':22}{'written':22}{'from Decimal':26}{'written':22}{'msgspec':26}json")
for number, found in rows.items():
    print(f"{number:24}{found[0]:22}{found[1]:22}{found[2]:26}{found[3]:22}{found[4]:26}{found[5]}")
kept = {number: [one == number for one in found] for number, found in rows.items()}
lost = [number for number, found in kept.items() if not found[0]]
if lost != ["7.40", "1e2", "0.12345678901234567890"] or any(kept[number][1] for number in lost) or not kept["5.1"][1]:
    sys.exit("changed: see above")
if not all(kept["7.40"][place] for place in (2, 4, 5)) or kept["7.40"][3]:
    sys.exit("changed: see above")
PYTHON
