#!/usr/bin/env bash
# Spark 4.3 copies a Parquet table (read, write) and its times of the zone UTC come out without one: they are written as INT96, which has
# no zone, by default, though the format calls INT96 deprecated. PyArrow and Polars read them as local times. A time without a
# zone (timestamp_ntz) stays what it was. With spark.sql.parquet.outputTimestampType = TIMESTAMP_MICROS the zone is kept.
# Why it matters: who reads the copy and takes times without a zone as the hospital's own moves every event by its offset.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v java >/dev/null || { echo "Spark needs Java 17"; exit 1; }
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1 polars==2.1.0
cat > "$folder/program.py" <<'PYTHON'
import sys
from datetime import UTC, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

folder = sys.argv[1]
noon = datetime(2026, 7, 1, 12)
rows = {
    "taken": pa.array([noon.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")),
    "local": pa.array([noon], pa.timestamp("us")),
}
pq.write_table(pa.table(rows), f"{folder}/original.parquet")
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()


def told(name):
    read = pl.read_parquet(f"{folder}/{name}" + ("" if name.endswith(".parquet") else "/*.parquet"))
    arrow = pq.read_table(f"{folder}/{name}").schema.field("taken").type
    print(name, *(f"{column} zone {read.schema[column].time_zone}" for column in ("taken", "local")), "| PyArrow", arrow)


told("original.parquet")
for name, kind in (("copy", None), ("micros", "TIMESTAMP_MICROS")):
    if kind:
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
    spark.read.parquet(f"{folder}/original.parquet").write.parquet(f"{folder}/{name}")
    told(name)
PYTHON
"$folder/env/bin/python" -W ignore "$folder/program.py" "$folder" 2>/dev/null | tee "$folder/seen"
cat > "$folder/expected" <<'TEXT'
original.parquet taken zone UTC local zone None | PyArrow timestamp[us, tz=UTC]
copy taken zone None local zone None | PyArrow timestamp[ns]
micros taken zone UTC local zone None | PyArrow timestamp[us, tz=UTC]
TEXT
diff "$folder/expected" "$folder/seen" || { echo "changed: see above"; exit 1; }
