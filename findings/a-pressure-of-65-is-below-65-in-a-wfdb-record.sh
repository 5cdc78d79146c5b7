#!/usr/bin/env bash
# WFDB 4.3.1 (`wrsamp`, the Python library of PhysioNet's waveform records) does not give a charted whole number back. Unless a gain is named, it spreads the lowest and highest
# value of the record over all bits, so where a value comes to lie depends on the others: a mean pressure of 65 becomes 65.0002 in 16 bits and 64.9999993 in 24,
# finer, bits; beside other values it is 65.0004, or exact. Rounded to the digits that were charted it is right.
# Why it matters: numerics of monitors (one value a minute) are kept in such records too, and definitions begin at round numbers. "Mean pressure below 65" holds
# for 65 in some patients and not in others, by what else their record holds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check wfdb==4.3.1 numpy==2.4.6 pandas==3.1.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import wfdb


def read_back(pressures, bits):
    """The 65 of a record of mean pressures, one a minute, as it is read again."""
    signal = np.array(pressures, float)[:, None]
    wfdb.wrsamp("monitor", fs=1 / 60, units=["mmHg"], sig_name=["MAP"], p_signal=signal, fmt=[bits])
    return float(wfdb.rdrecord("monitor").p_signal[pressures.index(65), 0])


print("wfdb", version("wfdb"))
seen = []
for pressures in ([64, 65, 66, 70, 90], [58, 65, 72, 118], [50, 65, 120]):
    for bits in ("16", "24"):
        value = read_back(pressures, bits)
        seen.append((round(value, 9), value < 65))
        print(f"{pressures!s:22} {bits} bits: 65 is read as {value:.9f}{', which is below 65' if value < 65 else ''}")
assert seen == [
    (65.000185973, False), (64.999999298, True), (65.000394639, False), (65.000001541, False), (65.0, False), (64.999999166, True),
], "the behaviour has changed"
print("a whole number comes back beside itself")
PYTHON
