#!/usr/bin/env bash
# Units of laboratories in ucumvert 0.3.2, the UCUM reader for Python. `K/uL`, in which most American laboratories send white cells and platelets,
# is read without a word as kelvin per microlitre (in UCUM that is what it says), while `[pH]`, the UCUM unit of every blood gas, is parsed
# by its grammar and then cannot be made a unit: Pint has no such unit.
# Why it matters: "it parses, so it is UCUM" lets a platelet count through as a temperature, to fail far away on conversion to 10*9/L, or
# never where the unit is only stored; and the pH of all blood gases is refused. Fold the spellings of laboratories before asking a UCUM library.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ucumvert==0.3.2 pint==0.25.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from ucumvert import PintUcumRegistry

registry = PintUcumRegistry()
print("ucumvert", version("ucumvert"), "pint", version("pint"))
for unit in ("K/uL", "10*3/uL"):
    print(f"{unit:8} {registry.from_ucum(unit)!s:32} {registry.from_ucum(unit).dimensionality}")
assert "[temperature]" in registry.from_ucum("K/uL").dimensionality, "K/uL is no temperature any more"
assert "[temperature]" not in registry.from_ucum("10*3/uL").dimensionality
try:
    registry.from_ucum("[pH]")
except Exception as problem:
    print(f"[pH]     {type(problem).__name__}")
else:
    raise SystemExit("[pH] is read now")
print("a count is a temperature, and pH is no unit")
PYTHON
