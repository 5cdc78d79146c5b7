#!/usr/bin/env bash
# Summer time in the years that de-identified hospital data live in (MIMIC-IV: 2100 to 2214). PyArrow 26 knows none after 2037,
# Polars 2.1 none after 2099; Python's zoneinfo, pandas 3.1 and DuckDB 2.0 go on by the zone's rule. MIMIC-IV on FHIR writes
# "2180-07-23T12:36:00-04:00": turned to UTC and back to Boston's clock by Polars or PyArrow it is 11:36.
# Why it matters: joins with the original's tables lose every row of the summer half (in the demo 55 % of all values), and
# events within the hour before midnight fall on another calendar day. Nothing warns. Convert such years with zoneinfo.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6 duckdb==2.0.0 pytz==2025.2 tzdata==2025.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

BOSTON = "America/New_York"
print("polars", pl.__version__, "pyarrow", pa.__version__, "pandas", pd.__version__, "duckdb", duckdb.__version__)


def hours(year):
    """16:00 UTC on the first of July, as each library gives Boston's hour: 12 in summer time."""
    moment = datetime(year, 7, 1, 16, tzinfo=timezone.utc)
    arrow = pa.array([moment], pa.timestamp("us", "UTC")).cast(pa.timestamp("us", BOSTON))
    asked = f"select hour(timestamptz '{moment:%Y-%m-%d %H:%M:%S}+00' at time zone '{BOSTON}')"
    return {
        "zoneinfo": moment.astimezone(ZoneInfo(BOSTON)).hour,
        "pandas": pd.Timestamp(moment).tz_convert(BOSTON).hour,
        "duckdb": duckdb.connect().execute(asked).fetchall()[0][0],
        "polars": pl.Series([moment]).dt.convert_time_zone(BOSTON).dt.hour()[0],
        "pyarrow": pc.hour(arrow)[0].as_py(),
    }


seen = {year: hours(year) for year in (2037, 2038, 2099, 2100, 2180)}
for year, found in seen.items():
    print(year, found)
right = dict.fromkeys(("zoneinfo", "pandas", "duckdb", "polars", "pyarrow"), 12)
expected = {2037: right, **{y: {**right, "pyarrow": 11} for y in (2038, 2099)}, **{y: {**right, "pyarrow": 11, "polars": 11} for y in (2100, 2180)}}
if seen != expected:
    sys.exit("changed: see above")
PYTHON
