#!/usr/bin/env bash
# A rate needs two beats, so the first has none. `signal_rate` of NeuroKit2 0.2.13 (also `ecg_rate`, `rsp_rate`, and the rate column of `ecg_process`) gives it the mean interval of all beats that follow, and holds that back to the
# start of the record: with one minute at 60/min and one at 150/min after it, the pulse of the first second is 105/min. Cut after the first minute the same beats give 60. The documentation does not say so.
# Why it matters: the heart rate at the start of a record tells what comes later, which is what an early warning is to find out; windows cut for training begin with the future of their window and those at the bedside do not have
# it. Above 90/min it is a criterion of SIRS in a patient at 60. Breaths, of which a minute has few, have it for longer. Drop all up to the second beat.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check neurokit2==0.2.13 numpy==2.4.6 pandas==2.3.3 scipy==1.17.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import neurokit2 as nk
import numpy as np

RATE = 250
calm = np.arange(1, 61) * RATE  # a beat a second for a minute
fast = calm[-1] + np.arange(1, 151) * RATE * 2 // 5  # 150 a minute for another


def pulse(beats: np.ndarray, length: int) -> list[int]:
    """Beats a minute at the start, in the middle of the first second, and after ten seconds."""
    rate = nk.ecg_rate(beats, sampling_rate=RATE, desired_length=length)
    return [round(float(rate[moment])) for moment in (0, RATE // 2, 10 * RATE)]


print("neurokit2", version("neurokit2"))
found = {"both minutes": pulse(np.r_[calm, fast], 121 * RATE), "first minute": pulse(calm, 61 * RATE)}
for name, rates in found.items():
    print(f"{name}: {rates[0]}/min at 0 s, {rates[1]}/min at 0.5 s, {rates[2]}/min at 10 s")
assert found == {"both minutes": [105, 105, 60], "first minute": [60, 60, 60]}, "the behaviour has changed"
PYTHON
