#!/usr/bin/env bash
# An ASOF JOIN of DuckDB 2.0 gives each row the latest one of another table. Where two of these share the latest time it takes the first of them for up to 63 rows on the left and the last from 64 rows on,
# as it then joins by another algorithm (`asof_loop_join_threshold`). Same table, same question, one thread. pandas 3.1 (`merge_asof`) and Polars 2.1 (`join_asof`) take the last of the table always.
# Why it matters: a laboratory that corrects a result files it again under the time of the draw, so two values of one minute are the rule for corrected ones. "The lactate of the hour" is 2.0 for a stay of 63 hours and 5.0
# for one of 64, and one patient looked up alone is another than in the cohort. Its documentation speaks of one match only, and its makers call the choice expected. Keep one row of each moment before the join.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pandas==3.1.1 polars==2.1.0 numpy==2.4.6 pyarrow==26.0.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl

START = datetime(2026, 3, 2, 9)
labs = pd.DataFrame({"taken": [START, START], "lactate": [2.0, 5.0]})  # filed at 09:00, then corrected
connection = duckdb.connect()
connection.sql("set threads = 1")
connection.sql("create table labs as select * from (values (timestamp '2026-03-02 09:00', 2.0), (timestamp '2026-03-02 09:00', 5.0)) t(taken, lactate)")


def seen(hours: int) -> tuple[set[float], set[float], set[float]]:
    """The latest lactate of so many hours, as each library has it."""
    axis = pd.DataFrame({"hour": [START + timedelta(hours=number + 1) for number in range(hours)]})
    connection.sql(f"create or replace table axis as select timestamp '2026-03-02 10:00' + interval (i) hour as hour from range({hours}) t(i)")
    duck = {float(row[0]) for row in connection.sql("select lactate from axis asof join labs on hour >= taken").fetchall()}
    pandas = set(pd.merge_asof(axis, labs, left_on="hour", right_on="taken")["lactate"])
    polars = set(pl.from_pandas(axis).join_asof(pl.from_pandas(labs), left_on="hour", right_on="taken")["lactate"])
    return duck, pandas, polars


print(" | ".join(f"{name} {version(name)}" for name in ("duckdb", "pandas", "polars")))
found = {hours: seen(hours) for hours in (1, 63, 64, 1000)}
for hours, values in found.items():
    print(f"latest lactate of {hours} hours:", *(sorted(value) for value in values))
corrected = {5.0}
assert found == {hours: ({2.0} if hours < 64 else corrected, corrected, corrected) for hours in found}, "the behaviour has changed"
print("the same measurement, by how many hours are asked about")
PYTHON
