#!/usr/bin/env bash
# DuckDB 2.0 reads a text with an offset as TIMESTAMP by leaving the offset out, without a warning: 12:00-05:00 becomes 12:00 and not 17:00, in a
# cast as in read_csv with that type for the column. Cast to TIMESTAMPTZ the same text is the right instant. PyArrow 26 refuses such
# a column, Polars 2.1 takes 17:00.
# Why it matters: times of two hospitals, or of summer and winter, that were written with their offsets are compared as if they had none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 polars==2.1.0 pyarrow==26.0.1
"$folder/env/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.csv

file = Path(sys.argv[1]) / "times.csv"
file.write_text("charted\n2026-03-02T12:00:00-05:00\n2026-03-02T12:00:00Z\n")
store = duckdb.connect()
store.execute("set timezone = 'UTC'")
print("duckdb", duckdb.__version__, "polars", pl.__version__, "pyarrow", pa.__version__)
read = store.execute(f"select charted from read_csv('{file}', columns = {{charted: 'TIMESTAMP'}})").fetchall()
cast = store.execute("select '2026-03-02T12:00:00-05:00'::timestamp").fetchone()[0]
zoned = store.execute("select timezone('UTC', '2026-03-02T12:00:00-05:00'::timestamptz)").fetchone()[0]
print("DuckDB as TIMESTAMP:", [row[0].hour for row in read], "cast:", cast.hour, "as TIMESTAMPTZ:", zoned.hour)
polars = pl.Series(["2026-03-02T12:00:00-05:00"]).str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_zone="UTC")[0]
print("Polars:", polars.hour)
try:
    options = pyarrow.csv.ConvertOptions(column_types={"charted": pa.timestamp("us")})
    arrow = [t.hour for t in pyarrow.csv.read_csv(file, convert_options=options)["charted"].to_pylist()]
except pa.ArrowInvalid:
    arrow = "refused"
print("PyArrow:", arrow)
assert [row[0].hour for row in read] == [12, 12] and cast.hour == 12 and zoned.hour == 17
assert polars.hour == 17 and arrow == "refused"
PYTHON
