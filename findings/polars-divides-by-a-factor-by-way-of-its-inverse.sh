#!/usr/bin/env bash
# Polars 2.1.0 divides a column by one number by multiplying with 1 / that number. The quotient is not the nearest double, as it is in Python, NumPy and DuckDB: of the creatinines
# from 0.1 to 1199.9 µmol/L a quarter differ in the last digit when divided by 88.4, and 132.6 / 88.4 is 1.5 in Polars and 1.4999999999999998 in the others.
# Dividing by a column that holds the same number gives the quotient of the others.
# Why it matters: laboratories report in round numbers, converted limits lie on them, and definitions compare with "at least". The patient exactly on the limit
# is on the other side of it, and two implementations of one definition disagree although both divide by the same factor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.4.6 duckdb==2.0.0 pyarrow==26.0.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import duckdb
import numpy as np
import polars as pl

FACTOR = 88.4  # µmol/L in 1 mg/dL of creatinine
creatinine = [tenths / 10 for tenths in range(1, 12000)]
frame = pl.DataFrame({"creatinine": creatinine, "factor": [FACTOR] * len(creatinine)})
python = [value / FACTOR for value in creatinine]
found = {
    "polars, one number": frame.select(pl.col("creatinine") / FACTOR).to_series().to_list(),
    "polars, a column": frame.select(pl.col("creatinine") / pl.col("factor")).to_series().to_list(),
    "numpy": (np.array(creatinine) / FACTOR).tolist(),
    "duckdb": [row[0] for row in duckdb.sql("SELECT creatinine / 88.4::DOUBLE FROM frame").fetchall()],
}
print("polars", version("polars"), "| numpy", version("numpy"), "| duckdb", version("duckdb"))
place = creatinine.index(132.6)
print("python              132.6 / 88.4 =", python[place])
different = {}
for name, told in found.items():
    different[name] = sum(a != b for a, b in zip(told, python))
    print(f"{name:19} 132.6 / 88.4 = {told[place]!r:20} {different[name]:,} of {len(python):,} differ from Python")
assert python[place] == 1.4999999999999998 and found["polars, one number"][place] == 1.5, "the behaviour has changed"
assert different == {"polars, one number": 2993, "polars, a column": 0, "numpy": 0, "duckdb": 0}, "the behaviour has changed"
print("a division by one number is a multiplication with its inverse")
PYTHON
