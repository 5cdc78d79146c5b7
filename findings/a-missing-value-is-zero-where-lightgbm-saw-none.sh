#!/usr/bin/env bash
# LightGBM 4.7.0 reads a missing value as 0 in every feature that had no missing value in training. The side that rows without a value take is learned only
# where training had some; elsewhere NaN is replaced by 0 before it is compared, without a warning. One single row with NaN in training changes that.
# Why it matters: research tables are often filled or complete, and the live ward is not. A model of heart rate that never saw a patient without one takes a
# patient whose monitor is off for one whose heart stands still, and gives the risk of that.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import lightgbm as lgb
import numpy as np

beats = np.tile(np.arange(40.0, 160.0), 40)
ill = ((beats < 50) | (beats > 120)).astype(int)
settings = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "deterministic": True, "num_threads": 1, "seed": 1}
asked = np.array([[np.nan], [0.0], [80.0]])


def risks(heart_rate):
    """The risk of a patient without a heart rate, with 0 and with 80 beats a minute."""
    return lgb.train(settings, lgb.Dataset(heart_rate[:, None], ill), 30).predict(asked).round(3).tolist()


complete = risks(beats)
one_missing = beats.copy()
one_missing[np.flatnonzero(ill == 0)[0]] = np.nan
seen = risks(one_missing)
print("lightgbm", version("lightgbm"), "| heart rate missing, 0, 80")
print("no value missing in training ", complete)
print("one value missing in training", seen)
assert complete[0] == complete[1] > 0.9 and complete[2] < 0.1, "the behaviour has changed"
assert seen[0] < 0.1 < 0.9 < seen[1], "the behaviour has changed"
print("a missing value is 0 where none was missing in training")
PYTHON
