#!/usr/bin/env bash
# The difference of two instants (TIMESTAMPTZ) is a difference of calendars in DuckDB 2.0: `later - earlier` counts days on the clock of the session's zone, and the machine's zone is the default. In Berlin, over the night in
# which summer time ends, 48.5 hours are "1 day 23:30", which compares and converts as 47.5 hours; over the one in which it begins 23.5 hours are 24.5. In the zone UTC, and in columns of
# pandas 3.1 and Polars 2.1 in any zone, they are the hours that have passed. `date_diff('minute', earlier, later)`, `epoch(later) - epoch(earlier)` and `earlier + interval 48 hour` are right everywhere.
# Why it matters: "a culture and an antibiotic within 48 hours", "lactate again within 6", "hours since admission" are written as a subtraction. Twice a year pairs at the limit get or lose their sepsis, for every stay that
# lies across the night its hours shift by one, and a server in UTC gives other labels than the laptop that the study was written on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pandas==3.1.1 polars==2.1.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl

NIGHTS = {"October": ("2026-10-24 12:00:00+00:00", "2026-10-26 12:30:00+00:00", 48), "March": ("2026-03-28 20:00:00+00:00", "2026-03-29 19:30:00+00:00", 24)}
ASKED = """select epoch(later - earlier) / 3600, later - earlier <= to_hours({limit}), date_diff('minute', earlier, later) / 60.0
from (select timestamptz '{culture}' as earlier, timestamptz '{antibiotic}' as later)"""
print(" | ".join(f"{name} {version(name)}" for name in ("duckdb", "pandas", "polars")))
found = {}
for night, (culture, antibiotic, limit) in NIGHTS.items():
    for zone in ("UTC", "Europe/Berlin"):
        connection = duckdb.connect()
        connection.sql(f"set timezone = '{zone}'")
        hours, within, passed = connection.sql(ASKED.format(culture=culture, antibiotic=antibiotic, limit=limit)).fetchall()[0]
        stamps = [pd.Timestamp(text).tz_convert(zone) for text in (culture, antibiotic)]
        times = pl.Series([datetime.fromisoformat(text) for text in (culture, antibiotic)]).dt.convert_time_zone(zone)
        others = (stamps[1] - stamps[0]).total_seconds() / 3600, times.diff()[1].total_seconds() / 3600
        found[night, zone] = hours, within, float(passed), *others
        print(f"{night}, {zone}: later - earlier {hours} h, within {limit} h: {within} | date_diff {float(passed)} h | pandas {others[0]} h, Polars {others[1]} h")
assert found == {
    ("October", "UTC"): (48.5, False, 48.5, 48.5, 48.5),
    ("October", "Europe/Berlin"): (47.5, True, 48.5, 48.5, 48.5),
    ("March", "UTC"): (23.5, True, 23.5, 23.5, 23.5),
    ("March", "Europe/Berlin"): (24.5, False, 23.5, 23.5, 23.5),
}, "the behaviour has changed"
PYTHON
