#!/usr/bin/env bash
# `10*3/uL` is UCUM's unit of white cells and platelets, as HL7 and FHIR carry it: ten to the third, for UCUM's `10*` is a unit of its own. Pint 0.25.3 and unyt 3.2.0 compute it: ten times three, 30 per microlitre,
# and `10*9/L` becomes 90 per litre. Astropy 8.0.2 refuses both; `10^3/uL` is 1000 in Pint and Astropy and refused by unyt; ucumvert 0.3.2, which adds UCUM to Pint, has 1000. (Given
# as a unit and not as a text with its value, Pint refuses a factor.) Pint also reads `mg%`, an old way to write mg/dL, as milligram times percent, a mass.
# Why it matters: 250 10*3/uL platelets become 7,500 per microlitre, the deepest thrombocytopenia of every score, and two units that are the same (10*9/L and 10*3/uL) differ by a factor of 333,333.
# It parses, the dimension is right (one per volume) and the conversion to 10**9/L succeeds. Read UCUM with a reader of UCUM.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pint==0.25.3 unyt==3.2.0 astropy==8.0.2 ucumvert==0.3.2 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pint
import unyt
from astropy import units
from ucumvert import PintUcumRegistry

plain, ucum = pint.UnitRegistry(), PintUcumRegistry()
READERS = {
    "pint": lambda unit: plain.Quantity(f"1 {unit}").to("1/uL").magnitude,
    "unyt": lambda unit: float(unyt.unyt_quantity(1, unit).to("uL**-1").value),
    "astropy": lambda unit: units.Unit(unit).to("1/ul"),
    "ucumvert": lambda unit: ucum.from_ucum(unit).to("1/uL").magnitude,
}


def read(reader: str, unit: str) -> float | None:
    """How many per microlitre one of this unit is; None where it is refused."""
    try:
        return round(float(READERS[reader](unit)), 9)
    except Exception:  # each library has errors of its own
        return None


print(*(f"{name} {version(name)}" for name in READERS), sep=" | ")
found = {unit: {reader: read(reader, unit) for reader in READERS} for unit in ("10*3/uL", "10*9/L", "10^3/uL")}
for unit, told in found.items():
    print(f"one {unit} is, per microlitre:", told)
assert found["10*3/uL"] == {"pint": 30, "unyt": 30, "astropy": None, "ucumvert": 1000}, "the behaviour has changed"
assert found["10*9/L"] == {"pint": 9e-5, "unyt": 9e-5, "astropy": None, "ucumvert": 1000}, "the behaviour has changed"
assert found["10^3/uL"] == {"pint": 1000, "unyt": None, "astropy": 1000, "ucumvert": 1000}, "the behaviour has changed"
print("pint, 250 10*3/uL in 1/uL:", plain.Quantity("250 10*3/uL").to("1/uL").magnitude)
print("pint, 100 mg% in mg:", plain.Quantity(100, "mg%").to("mg").magnitude)
assert plain.Quantity(100, "mg%").check("[mass]"), "the behaviour has changed"
PYTHON
