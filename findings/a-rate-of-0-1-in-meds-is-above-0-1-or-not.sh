#!/usr/bin/env bash
# MEDS keeps values as 32-bit numbers (`numeric_value`, in the schema of meds 0.4.1), and the 32-bit number nearest to 0.1 lies above 0.1, that nearest to 0.7 below 0.7. Whether a condition minds depends on how the
# limit reaches the engine. DuckDB 2.0 and Sail 0.7.2 compare a limit that is written in SQL in 32 bits (0.1 > 0.1 is false), and in 64 bits (true) where it comes as a bound parameter or through the DataFrame API. PyArrow 26
# and PostgreSQL 16 compare in 64 bits always, Polars 2.1 and pandas 3.1 in 32; one and the same Ibis 12 expression differs between DuckDB and PostgreSQL. Nothing warns.
# Why it matters: SOFA gives 4 points for noradrenaline above 0.1 µg/kg/min, and 0.1 is one of the commonest rates; an FiO2 of 0.7, a bilirubin of 5.9 and a temperature of 38.3 lie on one side or the other likewise. Two
# pipelines over one MEDS extract disagree exactly on the limits, and moving a limit from the text of a query into a parameter changes patients.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check meds==0.4.1 duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0 pandas==3.1.0 \
  ibis-framework==12.0.0 sqlglot==30.30.0 pysail==0.7.2 pyspark-client==4.2.0 pgserver==0.1.4 psycopg==3.3.9 packaging==26.3
FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2> "$folder/errors" <<'PYTHON' || { tail -5 "$folder/errors"; exit 1; }
import os
from importlib.metadata import version

import duckdb
import ibis
import pgserver
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from meds import DataSchema
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

LIMITS = (0.1, 0.7)
kind = DataSchema.schema().field("numeric_value").type
events = pa.table({"numeric_value": pa.array(LIMITS, kind)})
queries = [f"SELECT numeric_value > {limit}, numeric_value < {limit} FROM extract" for limit in LIMITS]
found = {}

on_duckdb = duckdb.connect()
on_duckdb.execute("CREATE TABLE extract AS FROM events")
found["DuckDB, in the query"] = [on_duckdb.execute(query).fetchall()[row] for row, query in enumerate(queries)]
bound = "SELECT numeric_value > ?, numeric_value < ? FROM extract"
found["DuckDB, as parameters"] = [on_duckdb.execute(bound, [limit, limit]).fetchall()[row] for row, limit in enumerate(LIMITS)]
extract = ibis.table({"numeric_value": "float32"}, name="extract")
expressions = [extract.select(above=extract.numeric_value > limit, below=extract.numeric_value < limit) for limit in LIMITS]
found["Ibis on DuckDB"] = [on_duckdb.execute(ibis.to_sql(asked, dialect="duckdb")).fetchall()[row] for row, asked in enumerate(expressions)]

values = events["numeric_value"]
found["PyArrow"] = [(pc.greater(values[row], limit).as_py(), pc.less(values[row], limit).as_py()) for row, limit in enumerate(LIMITS)]
column = pl.from_arrow(events)["numeric_value"]
found["Polars"] = [((column > limit)[row], (column < limit)[row]) for row, limit in enumerate(LIMITS)]
series = events.to_pandas()["numeric_value"]
found["pandas"] = [(bool((series > limit)[row]), bool((series < limit)[row])) for row, limit in enumerate(LIMITS)]

server = pgserver.get_server(os.path.join(os.environ["FOLDER"], "postgresql"))
try:
    with psycopg.connect(server.get_uri()) as on_postgresql:
        release = on_postgresql.execute("SHOW server_version").fetchone()[0]
        on_postgresql.execute("CREATE TABLE extract AS SELECT unnest(ARRAY[0.1, 0.7]::real[]) AS numeric_value")
        found["PostgreSQL"] = [on_postgresql.execute(query).fetchall()[row] for row, query in enumerate(queries)]
        found["Ibis on PostgreSQL"] = [on_postgresql.execute(ibis.to_sql(asked, dialect="postgres")).fetchall()[row] for row, asked in enumerate(expressions)]
finally:
    server.cleanup()

sail = SparkConnectServer(ip="127.0.0.1", port=0)
sail.start(background=True)
session = SparkSession.builder.remote(f"sc://localhost:{sail.listening_address[1]}").getOrCreate()
session.sql("SELECT CAST(v AS float) AS numeric_value FROM VALUES (0.1), (0.7) AS t (v)").createOrReplaceTempView("extract")
found["Sail, in the query"] = [tuple(session.sql(query).collect()[row]) for row, query in enumerate(queries)]
number = col("numeric_value")
found["Sail, DataFrame"] = [tuple(session.table("extract").select(number > limit, number < limit).collect()[row]) for row, limit in enumerate(LIMITS)]

print("meds", version("meds"), kind, "| duckdb", version("duckdb"), "| ibis", version("ibis-framework"), "| pyarrow", version("pyarrow"),
      "| polars", version("polars"), "| pandas", version("pandas"), "| PostgreSQL", release, "| pysail", version("pysail"))
for name, (tenth, seventh) in found.items():
    print(f"{name:22} 0.1 > 0.1: {tenth[0]!s:5}  0.7 < 0.7: {seventh[1]}")
in_32, in_64 = [(False, False), (False, False)], [(True, False), (False, True)]
assert str(kind) == "float"
for name, told in found.items():
    narrow = name in ("DuckDB, in the query", "Ibis on DuckDB", "Polars", "pandas", "Sail, in the query")
    assert told == (in_32 if narrow else in_64), f"the behaviour of {name} has changed"
PYTHON
