#!/usr/bin/env bash
# vitaldb 1.7.2 (the library of VitalDB's perioperative records) brings tracks to a common grid with `to_pandas(names, interval, return_timestamp=True)`. A numeric that was measured within an interval stands at its beginning:
# at 60 s a mean pressure of 0:59 is that of 0:00, of several in one minute the last. A waveform is thinned by spreading its first and last sample over the rows, so it runs ahead of the times beside it,
# more with every row: of ten minutes the first row holds the sample of 0:00 and the last, whose time is 9:00, that of 9:59.99. The documentation says only "interval of samples in sec".
# Why it matters: whoever predicts hypotension at the time of a row has seen up to a minute of the future, in the numerics and, late in the record, in the waveform, and the two are not of the same moment. An onset of
# "mean pressure below 65" is up to one interval early. Take the records (`find_track(name).recs`), or move the rows one interval on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check vitaldb==1.7.2 numpy==2.4.6 pandas==2.3.3
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import vitaldb

START = 1772440200.0
NUMERIC, WAVE = "Solar8000/ART_MBP", "SNUADC/ART"
record = vitaldb.VitalFile()
record.dtstart, record.dtend, record.dgmt = START, START + 600, 0
# ten minutes: a numeric at 59 s of each minute, and a waveform that draws the seconds since the start
record.add_track(NUMERIC, [{"dt": START + 60 * minute + 59, "val": 70.0 - minute} for minute in range(10)], unit="mmHg")
record.add_track(WAVE, [{"dt": START + second, "val": second + np.arange(100, dtype=np.float32) / 100} for second in range(600)], srate=100)
record.to_vital("record.vital")
grid = vitaldb.VitalFile("record.vital").to_pandas([NUMERIC, WAVE], 60, return_timestamp=True)

print("vitaldb", version("vitaldb"))
seen = []
for row in (0, 5, 9):
    time, pressure, drawn = grid["Time"][row] - START, grid[NUMERIC][row], grid[WAVE][row]
    seen.append((time, pressure, round(float(drawn))))
    print(f"row of {time:3.0f} s: mean pressure {pressure:.0f}, measured at {60 * (70 - pressure) + 59:.0f} s; waveform of {drawn:.2f} s")
assert seen == [(0.0, 70.0, 0), (300.0, 65.0, 333), (540.0, 61.0, 600)], "the behaviour has changed"
low = grid["Time"][grid[NUMERIC] < 65].min() - START
print(f"mean pressure below 65 from {low:.0f} s on in the grid, measured at {6 * 60 + 59} s")
assert low == 360, "the behaviour has changed"
PYTHON
