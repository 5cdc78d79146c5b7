#!/usr/bin/env bash
# NaN in a Parquet file, asked by DuckDB 2.0.0. In its own tables NaN equals itself and is greater than every number, as its documentation
# says. Of a Parquet file it judges a condition by the file's statistics, which leave NaN out: `where isnan(x)`, `x = 'nan'`,
# `nullif(x, 'nan') is null` and `x > 100` find none of the same rows.
# Why it matters: writers that know no empty numbers store a value that was not measured as NaN. Who counts or drops those rows finds none
# and goes on with NaN as a value. `case when isnan(x) then null else x end` is right for both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

file = f"{sys.argv[1]}/x.parquet"
rows = pa.table({"x": [float("nan"), 80.0]})
pq.write_table(rows, file)
store = duckdb.connect()
store.execute(f"create table x as select * from '{file}'")
print("duckdb", duckdb.__version__, "pyarrow", pa.__version__)
ASKED = {"equal": "x = 'nan'::double", "nullif": "nullif(x, 'nan'::double) is null", "greater": "x > 100", "isnan": "isnan(x)",
         "case": "case when isnan(x) then null else x end is null"}
seen = {}
for name, test in ASKED.items():
    seen[name] = tuple(store.execute(f"select count(*) from {place} where {test}").fetchone()[0] for place in ("x", f"'{file}'"))
    print(f"{test:50} table {seen[name][0]}, Parquet {seen[name][1]}")
if seen != {"equal": (1, 0), "nullif": (1, 0), "greater": (1, 0), "isnan": (1, 0), "case": (1, 1)}:
    sys.exit("changed: see above")
PYTHON
