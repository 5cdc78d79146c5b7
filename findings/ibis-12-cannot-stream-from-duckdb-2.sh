#!/usr/bin/env bash
# Ibis 12 allows DuckDB 2 and reads whole results from it, but the one method that reads a large hospital table in bounded
# memory (to_pyarrow_batches) fails, as it asks for a method that DuckDB 2 no longer has; and a code list as a temporary table
# (create_table(temp=True) from a frame) is made by a statement that DuckDB 2 refuses, while the same from an expression works.
# Why it matters: a source over Ibis passes its small tests (execute, to_polars) and fails on the first table that must be
# streamed, such as chartevents with 330 million rows. Ask DuckDB itself: connection.con.sql(...).to_arrow_reader(rows).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'ibis-framework[duckdb]==12.0.0' duckdb==2.0.0 pyarrow==26.0.1 pyarrow-hotfix==0.7 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 rich==15.0.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import duckdb
import ibis
import polars as pl

connection = ibis.duckdb.connect()
connection.con.execute("create table labevents as select 1 as subject_id, 4.2 as valuenum union all select 2, 1.1")
labs = connection.table("labevents")
print("ibis", ibis.__version__, "duckdb", duckdb.__version__)


def tried(what, call):
    try:
        found = f"works: {call()}"
    except Exception as problem:
        found = f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
    print(f"{what:55} {found}")
    return found


codes = pl.DataFrame({"itemid": [50813]})
seen = [
    tried("to_polars()", lambda: labs.to_polars().height),
    tried("to_pyarrow_batches()", lambda: [batch.num_rows for batch in labs.to_pyarrow_batches()]),
    tried("create_table(temp=True) from an expression", lambda: connection.create_table("kept", labs, temp=True).count().execute()),
    tried("create_table(temp=True) from a frame", lambda: connection.create_table("codes", codes, temp=True).count().execute()),
    tried("DuckDB asked directly", lambda: [b.num_rows for b in connection.con.sql("select * from labevents").to_arrow_reader(1000)]),
]
expected = ["works", "AttributeError", "works", "ParserException", "works"]
if not all(found.startswith(start) for found, start in zip(seen, expected, strict=True)):
    sys.exit("changed: see above")
PYTHON
