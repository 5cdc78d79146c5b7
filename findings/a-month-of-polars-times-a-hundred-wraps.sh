#!/usr/bin/env bash
# In Polars 2.1 dt.month(), dt.day() and dt.weekday() are 8-bit, and a literal takes the width of its column: month * 100 + day, the usual
# way to ask whether a birthday has come, wraps around without a word. pandas 3.1 (32-bit) and DuckDB 2.0 (64-bit) give the number.
# Why it matters: ages in whole years then are wrong by one for many pairs of dates, so that adults are taken for children and a
# score made for adults is not given, or the other way round. Cast the month to 32 bits first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  polars==2.1.0 pandas==3.1.1 duckdb==2.0.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from datetime import date

import duckdb
import pandas as pd
import polars as pl

print("polars", pl.__version__, "pandas", pd.__version__, "duckdb", duckdb.__version__)
born, seen = date(2008, 4, 15), date(2026, 3, 2)  # 17 years old: the birthday is ahead


def years(polars: bool, wide: bool = False) -> int:
    if polars:
        day = lambda c: (pl.col(c).dt.month().cast(pl.Int32) if wide else pl.col(c).dt.month()) * 100 + pl.col(c).dt.day()
        age = pl.col("seen").dt.year() - pl.col("born").dt.year() - (day("seen") < day("born")).cast(pl.Int32)
        return pl.DataFrame({"born": [born], "seen": [seen]}).select(age).item()
    two = pd.Series([born, seen]).astype("datetime64[us]").dt
    number = two.month * 100 + two.day
    return int(two.year[1] - two.year[0] - (number[1] < number[0]))


query = "select year(s) - year(b) - (month(s) * 100 + day(s) < month(b) * 100 + day(b))::int from (values (?::date, ?::date)) t(b, s)"
found = {
    "polars": years(polars=True),
    "polars, month cast to 32 bits": years(polars=True, wide=True),
    "pandas": years(polars=False),
    "duckdb": duckdb.execute(query, [born, seen]).fetchone()[0],
}
for reader, age in found.items():
    print(f"{reader:32} born {born}, seen {seen}: {age} years")
if list(found.values()) != [18, 17, 17, 17]:
    sys.exit("changed: see above")
PYTHON
