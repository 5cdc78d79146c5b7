#!/usr/bin/env bash
# mapInArrow takes the columns of a returned Arrow batch by their position and not by their names, though the batch has names and the schema
# has the same ones: in Spark's own client and workers (4.3) and in Sail (0.7.2) a batch {temperature, heart_rate} under the schema
# "heart_rate double, temperature double" gives a heart rate of 37 and a temperature of 120, without a warning. mapInPandas, given
# the same columns as a pandas frame, takes them by name.
# Why it matters: the same function moved from pandas to Arrow, for speed, exchanges two vital signs that have the same type.
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

import pandas as pd
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
charted = {"temperature": [37.0], "heart_rate": [120.0]}
declared = "heart_rate double, temperature double"


def arrow(batches):
    for _ in batches:
        yield pa.RecordBatch.from_pydict(charted)


def frames(batches):
    for _ in batches:
        yield pd.DataFrame(charted)


one = spark.range(0, 1, 1, 1)
print(sys.argv[1], "mapInArrow", one.mapInArrow(arrow, declared).collect()[0])
print(sys.argv[1], "mapInPandas", one.mapInPandas(frames, declared).collect()[0])
PYTHON
for engine in spark sail; do "$folder/$engine/bin/python" -W ignore "$folder/program.py" $engine 2>/dev/null; done | tee "$folder/seen"
cat > "$folder/expected" <<'TEXT'
spark mapInArrow Row(heart_rate=37.0, temperature=120.0)
spark mapInPandas Row(heart_rate=120.0, temperature=37.0)
sail mapInArrow Row(heart_rate=37.0, temperature=120.0)
sail mapInPandas Row(heart_rate=120.0, temperature=37.0)
TEXT
diff "$folder/expected" "$folder/seen" || { echo "changed: see above"; exit 1; }
