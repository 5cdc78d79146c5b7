#!/usr/bin/env bash
# `weekday` of Sail 0.7.2 gives -1 for a Sunday; in Spark 4.3.0, whose SQL it runs, the days are 0 (Monday) to 6 (Sunday). `percentile_approx` differs too: Spark
# gives a value that was measured, Sail one between two: the median of 1, 2, 3 and 4 is 2 in one and 2.5 in the other.
# Why it matters: care at weekends is a standard question about sepsis bundles, and `weekday(t) >= 5` silently loses every Sunday; a median of whole points (SOFA, GCS)
# becomes one that no patient had. Both are seen only by running both engines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v java >/dev/null || { echo "Spark needs Java 17"; exit 1; }
for engine in spark sail; do python3 -m venv "$folder/$engine"; done
"$folder/spark/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0
"$folder/sail/bin/pip" install --quiet --disable-pip-version-check pysail==0.7.2 pyspark-client==4.2.0
cat > "$folder/program.py" <<'PYTHON'
import sys

from pyspark.sql import SparkSession

if sys.argv[1] == "sail":
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
else:
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
days = spark.sql("select weekday(day) as number from values (date'2026-03-06'), (date'2026-03-07'), (date'2026-03-08'), (date'2026-03-09') as days (day)")
print(sys.argv[1], "Friday to Monday:", [row.number for row in days.collect()])
median = spark.sql("select percentile_approx(points, 0.5) as points from values (1), (2), (3), (4) as scored (points)").collect()[0].points
print(sys.argv[1], "median of 1, 2, 3, 4:", float(median))
PYTHON
for engine in spark sail; do "$folder/$engine/bin/python" -W ignore "$folder/program.py" $engine 2>/dev/null; done | tee "$folder/seen"
cat > "$folder/expected" <<'TEXT'
spark Friday to Monday: [4, 5, 6, 0]
spark median of 1, 2, 3, 4: 2.0
sail Friday to Monday: [4, 5, -1, 0]
sail median of 1, 2, 3, 4: 2.5
TEXT
diff "$folder/expected" "$folder/seen" || { echo "changed: see above"; exit 1; }
