#!/usr/bin/env bash
# A CSV with an empty cell in quotes ("") and one without: Polars 2.1 reads a text and a null, DuckDB 2.0 and pandas 3.1 two nulls,
# PyArrow 26 two texts (with strings_can_be_null two nulls), each by its defaults. PostgreSQL's COPY reads them as Polars does.
# Why it matters: the eICU release quotes its empty texts. Counted as "an organism is named", a culture without one has grown in
# Polars, PyArrow and a PostgreSQL loaded by the official scripts, and has not in DuckDB and pandas; ages, routes and drug names
# behave likewise. Make empty texts nothing yourself, whatever read them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  duckdb==2.0.0 pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6
cd "$folder"
printf 'stay,organism\n1,"E. coli"\n2,""\n3,\n' > micro.csv
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv

print("polars", pl.__version__, "duckdb", duckdb.__version__, "pyarrow", pa.__version__, "pandas", pd.__version__)
may_be_null = pa.csv.ConvertOptions(strings_can_be_null=True)
read = {
    "polars": pl.read_csv("micro.csv")["organism"].to_list(),
    "duckdb": [row[0] for row in duckdb.sql("select organism from 'micro.csv'").fetchall()],
    "duckdb, allow_quoted_nulls=false": [
        row[0] for row in duckdb.sql("select organism from read_csv('micro.csv', allow_quoted_nulls=false)").fetchall()
    ],
    "pandas": [None if pd.isna(said) else said for said in pd.read_csv("micro.csv")["organism"]],
    "pyarrow": pa.csv.read_csv("micro.csv")["organism"].to_pylist(),
    "pyarrow, strings_can_be_null": pa.csv.read_csv("micro.csv", convert_options=may_be_null)["organism"].to_pylist(),
}
for reader, cells in read.items():
    grown = sum(cell is not None for cell in cells)
    print(f"{reader:35} {cells!s:25} {grown} of 3 cultures name an organism")
if [sum(cell is not None for cell in cells) for cells in read.values()] != [2, 1, 2, 1, 3, 1]:
    sys.exit("changed: see above")
PYTHON
