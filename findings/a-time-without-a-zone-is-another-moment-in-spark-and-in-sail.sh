#!/usr/bin/env bash
# A time without a zone that mapInArrow returns for a column declared `timestamp` is taken as UTC by Spark 4.3, and as a time of the
# session's zone by Sail 0.7.2, which runs the same program: noon in Berlin is 14:00 on one and 12:00 on the other. Neither says a word.
# (In createDataFrame and in SQL Spark takes such a time as one of the session's zone.) Declared `timestamp_ntz` it is noon on both.
# Why it matters: antibiotics two hours late or early against the blood culture, after a change of the engine only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v java >/dev/null || { echo "Spark needs Java 17"; exit 1; }
for engine in spark sail; do python3 -m venv "$folder/$engine"; done
"$folder/spark/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
"$folder/sail/bin/pip" install --quiet --disable-pip-version-check pysail==0.7.2 pyspark-client==4.2.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
cat > "$folder/program.py" <<'PYTHON'
import os
import sys
from datetime import datetime

import pyarrow as pa
from pyspark.sql import SparkSession

os.environ["PYSPARK_PYTHON"] = sys.executable
if sys.argv[1] == "sail":
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
else:
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
noon = datetime(2026, 7, 1, 12)


def culture(batches):
    for _ in batches:
        yield pa.RecordBatch.from_pydict({"taken": pa.array([noon], pa.timestamp("us"))})


for kind in ("timestamp", "timestamp_ntz"):
    taken = spark.range(0, 1, 1, 1).mapInArrow(culture, f"taken {kind}").selectExpr("cast(taken as string)").collect()
    print(sys.argv[1], kind, taken[0][0])
PYTHON
for engine in spark sail; do "$folder/$engine/bin/python" -W ignore "$folder/program.py" $engine 2>/dev/null; done | tee "$folder/seen"
cat > "$folder/expected" <<'TEXT'
spark timestamp 2026-07-01 14:00:00
spark timestamp_ntz 2026-07-01 12:00:00
sail timestamp 2026-07-01 12:00:00
sail timestamp_ntz 2026-07-01 12:00:00
TEXT
diff "$folder/expected" "$folder/seen" || { echo "changed: see above"; exit 1; }
