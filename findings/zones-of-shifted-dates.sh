#!/usr/bin/env bash
# Summer time ends with the tables of some libraries: from 2100 on in Polars 2.1, from 2038 on in PyArrow 26, never in DuckDB 2.0,
# pandas 3.1 and Python's zoneinfo. Noon UTC on 1 July in New York is 8 o'clock for these and 7 o'clock for those.
# Why it matters: research data of hospitals are shifted to years such as 2110 to 2201 (MIMIC-IV). Who turns FHIR or CLIF times with
# an offset into local ones, or local ones into UTC, with Polars or Arrow is an hour wrong all summer, moves events over midnight,
# and finds the same patients in two editions apart by an hour in about half of the rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 tzdata==2025.2
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

ZONE, YEARS = "America/New_York", (2037, 2038, 2099, 2100, 2150)
noons = [datetime(year, 7, 1, 12, tzinfo=UTC) for year in YEARS]
seen = {
    "zoneinfo": [noon.astimezone(ZoneInfo(ZONE)).hour for noon in noons],
    f"polars {pl.__version__}": pl.Series(noons).dt.convert_time_zone(ZONE).dt.hour().to_list(),
    f"pyarrow {pa.__version__}": pc.hour(pa.array(noons, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", ZONE))).to_pylist(),
    f"duckdb {duckdb.__version__}": [
        duckdb.sql(f"select hour(timestamptz '{noon:%Y-%m-%d %H:%M}+00' at time zone '{ZONE}')").fetchall()[0][0] for noon in noons
    ],
    f"pandas {pd.__version__}": pd.Series(noons).dt.tz_convert(ZONE).dt.hour.tolist(),
}
print("noon UTC on 1 July of", *YEARS, f"is in {ZONE}:")
for name, hours in seen.items():
    print(f"  {name:16}", hours)
expected = [[8] * 5, [8, 8, 8, 7, 7], [8, 7, 7, 7, 7], [8] * 5, [8] * 5]
sys.exit(list(seen.values()) != expected)
PYTHON
