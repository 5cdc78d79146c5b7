#!/usr/bin/env bash
# `rdann` of WFDB 4.3.1 (annotations of PhysioNet's records: beats, alarms, notes) has `sampfrom`, "the minimum sample number for annotations to be returned". Without `sampto` it is not looked at: all annotations of the record come back,
# and with `shift_samps=True` those of before have negative samples. With both it holds, and then the last sample counts too, while `rdrecord` of the same two numbers leaves it out and honours `sampfrom` alone.
# Why it matters: "from the start of the stay on" and "the last hours" are windows with one end. The alarms and beats of before are counted with those after, the signal read beside them begins where it was asked to, and rates, labels
# and outcomes of the window hold what came before it. Always give both ends, and one less for the last.
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

ALARMS = np.array([600, 1800, 3600, 5400])
wfdb.wrsamp("monitor", fs=1, units=["mmHg"], sig_name=["MAP"], p_signal=np.linspace(50, 90, 7200)[:, None], fmt=["16"])
wfdb.wrann("monitor", "alarm", ALARMS, symbol=['"'] * 4, aux_note=["MAP low"] * 4, fs=1)

print("wfdb", version("wfdb"), "| two hours, alarms at", *ALARMS, "s")
found = {}
for asked in ({"sampfrom": 3000}, {"sampfrom": 3000, "shift_samps": True}, {"sampfrom": 3000, "sampto": 7200}, {"sampfrom": 3000, "sampto": 5400}):
    alarms = wfdb.rdann("monitor", "alarm", **asked).sample.tolist()
    length = wfdb.rdrecord("monitor", **{name: value for name, value in asked.items() if name != "shift_samps"}).sig_len
    found[str(asked)] = alarms, length
    print(f"{asked}: {len(alarms)} alarms {alarms}, {length} samples of the signal")
assert list(found.values()) == [
    ([600, 1800, 3600, 5400], 4200), ([-2400, -1200, 600, 2400], 4200), ([3600, 5400], 4200), ([3600, 5400], 2400)], "the behaviour has changed"
PYTHON
