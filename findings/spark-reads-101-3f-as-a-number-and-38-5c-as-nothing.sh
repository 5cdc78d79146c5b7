#!/usr/bin/env bash
# Spark 4.3.0 takes a letter F or D at the end of a text for the suffix of a Java number: `cast('101.3F' as double)` is 101.3 and '7d' is 7, while '38.5C', '7h' and '101.3 F' are no
# numbers (an error, NULL with try_cast, NULL in a CSV read with a schema). So it goes for columns of CSV too: one of '7d' and '10d' is inferred to be of doubles. Sail 0.7.2, which runs
# the same SQL, Python, Polars and DuckDB take none of them as a number.
# Why it matters: temperatures with their unit written behind lose it just where it is Fahrenheit: the column holds 101.3 beside nulls for all Celsius values, looks read, and the patient is at 101.3
# degrees. Courses of antibiotics of '7d' become 7 and those of '12h' nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v java >/dev/null || { echo "Spark needs Java 17"; exit 1; }
for engine in spark sail; do python3 -m venv "$folder/$engine"; done
"$folder/spark/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0
"$folder/sail/bin/pip" install --quiet --disable-pip-version-check pysail==0.7.2 pyspark-client==4.2.0
printf 'patient,temperature,course\n1,101.3F,7d\n2,38.5C,10d\n' > "$folder/charted.csv"
cat > "$folder/program.py" <<'PYTHON'
import sys

from pyspark.sql import SparkSession

engine, charted = sys.argv[1:]
if engine == "sail":
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
else:
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
texts = ("101.3F", "38.5C", "7d", "7h", "101.3 F", "101.3")
numbers = spark.sql(f"select {', '.join(f'''try_cast('{text}' as double)''' for text in texts)}").collect()[0]
print(engine, dict(zip(texts, numbers)))
if engine == "spark":
    read = spark.read.schema("patient int, temperature double, course string").csv(charted, header=True)
    print("spark, CSV with a schema:", [row.temperature for row in read.orderBy("patient").collect()])
    print("spark, CSV inferred:", dict(spark.read.csv(charted, header=True, inferSchema=True).dtypes))
PYTHON
for engine in spark sail; do "$folder/$engine/bin/python" -W ignore "$folder/program.py" $engine "$folder/charted.csv" 2>/dev/null; done | tee "$folder/seen"
cat > "$folder/expected" <<'TEXT'
spark {'101.3F': 101.3, '38.5C': None, '7d': 7.0, '7h': None, '101.3 F': None, '101.3': 101.3}
spark, CSV with a schema: [101.3, None]
spark, CSV inferred: {'patient': 'int', 'temperature': 'string', 'course': 'double'}
sail {'101.3F': None, '38.5C': None, '7d': None, '7h': None, '101.3 F': None, '101.3': 101.3}
TEXT
diff "$folder/expected" "$folder/seen" || { echo "changed: see above"; exit 1; }
