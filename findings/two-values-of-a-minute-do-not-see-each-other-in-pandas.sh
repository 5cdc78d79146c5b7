#!/usr/bin/env bash
# A window over time ("the highest of the last 24 hours", `rolling("24h", on="time")`) ends in pandas 3.1 with the row, not with its time: of two rows of 09:00 the first does not see the second. Its highest lactate of the last day is
# 2 and that of the other 5; with the rows the other way round both are 5. Polars 2.1 (`rolling_max_by`) and DuckDB 2.0 (`range between interval 24 hours preceding and current row`) give both rows 5. The documentation
# of pandas says "based on the observations included in the time-period".
# Why it matters: a panel of a laboratory comes as several rows of one minute, and so do two monitors. Sums of fluid or urine of the last hours, worst values and counts then differ between rows of one moment; a
# later sort, which need not keep their order, changes results, and a first crossing of a limit is found or not by the row that is taken. Make one row of each time first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 polars==2.1.0 duckdb==2.0.0 numpy==2.4.6 pyarrow==26.0.1
"$folder/venv/bin/python" -W error - <<'PYTHON'
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl

at = pd.to_datetime(["2026-03-02 08:00", "2026-03-02 09:00", "2026-03-02 09:00"])
WINDOW = "select lactate, max(lactate) over (order by time range between interval 24 hours preceding and current row) from {table}"


def highest(lactates: list[float]) -> tuple[dict[float, float], ...]:
    """The highest lactate of the last day, by the lactate of the row, in each library."""
    rows = pd.DataFrame({"time": at, "lactate": lactates})
    frame = pl.from_pandas(rows)
    values = "(values " + ", ".join(f"(timestamp '{time}', {lactate}::double)" for time, lactate in zip(at, lactates)) + ") t(time, lactate)"
    return (
        dict(zip(lactates, rows.rolling("24h", on="time")["lactate"].max().tolist())),
        dict(zip(lactates, frame.select(pl.col("lactate").rolling_max_by("time", "24h")).to_series().to_list())),
        dict(duckdb.sql(WINDOW.format(table=values)).fetchall()),
    )


print(" | ".join(f"{name} {version(name)}" for name in ("pandas", "polars", "duckdb")))
found = [highest(lactates) for lactates in ([1.0, 2.0, 5.0], [1.0, 5.0, 2.0])]
for order, rows in zip(("2 before 5", "5 before 2"), found):
    print(f"{order}: highest of the last day at the rows of 09:00:", *(f"{name} {sorted({row[2.0], row[5.0]})}" for name, row in zip(("pandas", "Polars", "DuckDB"), rows)))
both = {1.0: 1.0, 2.0: 5.0, 5.0: 5.0}
assert found == [({1.0: 1.0, 2.0: 2.0, 5.0: 5.0}, both, both), (both, both, both)], "the behaviour has changed"
PYTHON
