#!/usr/bin/env bash
# Parquet files of one table, read by DuckDB 2.0.0 (`read_parquet` of a list or a pattern). It reads all of them by the columns and types of the
# first: where that has whole numbers, 1.7 of a later file is 2, and a column that only later files have is not there. Nothing is said.
# `union_by_name = true` reads every value as it is. Polars refuses such files, pyarrow refuses to make 1.7 whole.
# Why it matters: writers choose the type by what they see (pandas, exports by month), so a file whose values all happen to be whole has
# integers. A lactate of 2.4 in the next file is 2, below a limit of 2 mmol/L; a column of units that was added later is ignored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import duckdb
import pandas as pd

folder = sys.argv[1]
pd.DataFrame({"stay": ["a", "b"], "lactate": [4, 2]}).to_parquet(f"{folder}/2026-01.parquet")
pd.DataFrame({"stay": ["c", "d"], "lactate": [2.4, 1.7], "unit": "mmol/L"}).to_parquet(f"{folder}/2026-02.parquet")
print("duckdb", duckdb.__version__, "pandas", pd.__version__)
seen = {}
for how in ("", ", union_by_name = true"):
    rows = duckdb.sql(f"from read_parquet('{folder}/*.parquet'{how}) order by stay")
    seen[how] = (rows.columns, [row[1] for row in rows.fetchall()])
    print(f"read_parquet('*.parquet'{how}): {seen[how]}")
if seen != {"": (["stay", "lactate"], [4, 2, 2, 2]), ", union_by_name = true": (["stay", "lactate", "unit"], [4, 2, 2.4, 1.7])}:
    sys.exit("changed: see above")
PYTHON
