#!/usr/bin/env bash
# pandas 3.1 puts times into windows in two ways that read alike. `groupby("stay").resample("6h", origin="start")` begins the windows of each stay at that stay's first time;
# `groupby(["stay", pd.Grouper(key="time", freq="6h", origin="start")])` begins those of all stays at the first time of the whole table. Without an origin it goes the same way for windows that do not
# divide a day (5h). The documentation says "the first value of the timeseries" of both, and its examples have one series.
# Why it matters: a value falls into another window when another patient is added to the table or left out. The highest lactate of the first six hours of stay 2 is 2.4 in a table of its own and 1.5 beside stay 1.
# Cohorts that are worked through in batches get other scores than the whole, and a test on one stay does not show it. Subtract the admission from the times first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" -W error - <<'PYTHON'
from importlib.metadata import version

import pandas as pd

at = [pd.Timestamp(f"2026-03-{text}") for text in ("01 07:00", "02 10:00", "02 15:00", "02 17:00")]
rows = pd.DataFrame({"stay": [1, 2, 2, 2], "time": at, "lactate": [1.0, 1.5, 2.4, 1.8]})


def first_window(table: pd.DataFrame, hours: str, way: str, **options: str) -> tuple[str, float]:
    """When the first window of stay 2 begins, and the highest lactate in it."""
    if way == "Grouper":
        windows = table.groupby(["stay", pd.Grouper(key="time", freq=hours, **options)])
    else:
        windows = table.set_index("time").groupby("stay").resample(hours, **options)
    highest = windows["lactate"].max().loc[2].dropna()
    return f"{highest.index[0]:%H:%M}", float(highest.iloc[0])


print("pandas", version("pandas"))
found = []
for hours, options in (("6h", {"origin": "start"}), ("5h", {})):
    for way in ("Grouper", "resample"):
        beside, alone = (first_window(table, hours, way, **options) for table in (rows, rows[rows["stay"] == 2]))
        found.append((beside, alone))
        print(f"{hours} {way:8} {options or ''} first window of stay 2 beside stay 1: from {beside[0]} {beside[1]}, alone: from {alone[0]} {alone[1]}")
own, shared = ("10:00", 2.4), ("07:00", 1.5)
assert found == [(shared, own), (own, own), (("06:00", 1.5), ("10:00", 1.5)), (("10:00", 1.5), ("10:00", 1.5))], "the behaviour has changed"
PYTHON
