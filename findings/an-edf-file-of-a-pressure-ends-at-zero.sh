#!/usr/bin/env bash
# An EDF file is made of whole data records, one second each by default. pyEDFlib 0.1.42 fills what a signal lacks to a whole record with zeros, of the physical unit and without a word, in `write_edf` as in `writeSamples`:
# an arterial pressure of ten and a half seconds ends with half a second at 0 mmHg. Blocks that are written as they come from a monitor, shorter than a record, are filled up one by one: 1,000 samples of 125 Hz
# in blocks of 100 become ten seconds instead of eight, with 0 mmHg in each. edfio 0.4.18 refuses such a signal.
# Why it matters: zero is a pressure, not a gap. The lowest mean pressure of every such record is near 0, "below 65" ends every stay, the times of all later samples are late by up to a quarter, and the file is valid EDF.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyedflib==0.1.42 edfio==0.4.18 numpy==2.4.6
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from importlib.metadata import version

import edfio
import numpy as np
import pyedflib
from pyedflib import highlevel

RATE = 125
header = highlevel.make_signal_header("ABP", "mmHg", RATE, physical_min=0, physical_max=300)


def told(name: str) -> tuple[int, float, int]:
    """Samples, lowest pressure and how many samples are below 65 mmHg."""
    pressure = highlevel.read_edf(name)[0][0]
    return len(pressure), float(pressure.min().round(1)), int((pressure < 65).sum())


print("pyEDFlib", version("pyedflib"), "| edfio", version("edfio"))
steady = np.full(int(10.5 * RATE), 80.0)
highlevel.write_edf("whole.edf", steady[None], [header])
writer = pyedflib.EdfWriter("blocks.edf", 1)
writer.setSignalHeaders([header])
for start in range(0, 1000, 100):
    writer.writeSamples([steady[start : start + 100]])
writer.close()
found = {name: told(f"{name}.edf") for name in ("whole", "blocks")}
for name, (samples, lowest, low) in found.items():
    print(f"80 mmHg throughout, {name}: {samples} samples read, lowest {lowest}, below 65 mmHg {low}")
assert found == {"whole": (1375, 0.0, 63), "blocks": (1250, 0.0, 250)}, "the behaviour has changed"
try:
    edfio.Edf([edfio.EdfSignal(steady, RATE, physical_range=(0, 300))], data_record_duration=1).write("edfio.edf")
except ValueError as refusal:
    print("edfio:", refusal)
else:
    raise SystemExit("the behaviour has changed")
PYTHON
