#!/usr/bin/env bash
# The whole hours between two times, `later.delta(earlier, unit="hour")` in Ibis 12.0.0, are another number in each database. DuckDB counts the full hours
# of the clock that are passed (08:59 to 09:01 is 1), PostgreSQL rounds (08:00 to 09:59 is 2), Sail, as Spark, cuts off (0 and 1). The expression is the same, its
# documentation says only "the number of parts between two timestamps", and nothing warns.
# Why it matters: hours since admission, since the first dose or between two measurements are the axis of every sepsis score. A cohort that was counted on
# extracts in DuckDB and is counted again in the hospital's PostgreSQL or Spark has other rows per hour, and windows of 24 h begin up to an hour apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  ibis-framework==12.0.0 duckdb==2.0.0 sqlglot==30.30.0 pysail==0.7.2 pyspark-client==4.2.0 pgserver==0.1.4 psycopg==3.3.9 packaging==26.3
FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2> "$folder/errors" <<'PYTHON' || { cat "$folder/errors"; exit 1; }
import os
from importlib.metadata import version

import duckdb
import ibis
import pgserver
import psycopg
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

SPANS = (("08:59", "09:01"), ("08:00", "09:59"), ("08:00", "08:29"), ("08:00", "08:30"))
rows = ", ".join(f"(TIMESTAMP '2026-03-02 {a}:00', TIMESTAMP '2026-03-02 {b}:00')" for a, b in SPANS)
table = f"SELECT * FROM (VALUES {rows}) AS v (earlier, later)"
spans = ibis.table({"earlier": "timestamp", "later": "timestamp"}, name="spans")
hours = spans.select(hours=spans.later.delta(spans.earlier, unit="hour"))

on_duckdb = duckdb.connect()
on_duckdb.execute(f"CREATE TABLE spans AS {table}")
found = {"duckdb": on_duckdb.execute(ibis.to_sql(hours, dialect="duckdb")).fetchall()}

server = pgserver.get_server(os.path.join(os.environ["FOLDER"], "postgresql"))
try:
    with psycopg.connect(server.get_uri()) as on_postgresql:
        release = on_postgresql.execute("SHOW server_version").fetchone()[0]
        on_postgresql.execute(f"CREATE TABLE spans AS {table}")
        found["postgres"] = on_postgresql.execute(ibis.to_sql(hours, dialect="postgres")).fetchall()
finally:
    server.cleanup()

sail = SparkConnectServer(ip="127.0.0.1", port=0)
sail.start(background=True)
session = SparkSession.builder.remote(f"sc://localhost:{sail.listening_address[1]}").getOrCreate()
session.sql(table).createOrReplaceTempView("spans")
found["pyspark"] = session.sql(ibis.to_sql(hours, dialect="pyspark")).collect()

print("ibis", version("ibis-framework"), "| duckdb", version("duckdb"), "| PostgreSQL", release, "| pysail", version("pysail"))
print("from, to:", *(f"{a}-{b}" for a, b in SPANS))
found = {name: [row[0] for row in told] for name, told in found.items()}
for name, told in found.items():
    print(f"{name:9}", told)
assert found == {"duckdb": [1, 1, 0, 0], "postgres": [0, 2, 0, 1], "pyspark": [0, 1, 0, 0]}, "the behaviour has changed"
print("one expression, three answers")
PYTHON
