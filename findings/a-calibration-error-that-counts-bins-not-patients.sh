#!/usr/bin/env bash
# meds-evaluation 0.0.6 reports `calibration_error` as the plain mean over the bins that hold a prediction, not weighted by how many
# each holds, as the expected calibration error is. 9,999 predictions of 0.05 with an outcome in 5 % of them, and one of 0.95
# without, give 0.475, where the expected calibration error is 0.0001; leaving that one row out gives 0.
# Why it matters: sepsis is rare and few predictions are high, so the figure is that of the few in the emptiest bin: it cannot be set
# beside the calibration errors of papers, and models are ranked by single patients. The metric's name and its docs say nothing of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  meds-evaluation==0.0.6 meds==0.4.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6 scikit-learn==1.9.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version

import numpy as np
import polars as pl
from meds_evaluation.evaluate import evaluate_binary_classification

print("meds-evaluation", version("meds-evaluation"), "meds", version("meds"))
low = 9_999
outcome = [row % 20 == 0 for row in range(low)] + [False]
foreseen = [sum(outcome) / low] * low + [0.95]


def reported(rows: int) -> float:
    """What the package says of the first so many rows, one subject each."""
    frame = pl.DataFrame({"subject_id": range(rows), "prediction_time": [datetime(2026, 3, 2)] * rows, "boolean_value": outcome[:rows]})
    frame = frame.with_columns(
        predicted_boolean_value=pl.Series(foreseen[:rows]) >= 0.5,
        predicted_boolean_probability=pl.Series(foreseen[:rows], dtype=pl.Float32),
    )
    return evaluate_binary_classification(frame)["samples_equally_weighted"]["calibration_error"]


def expected(rows: int) -> float:
    """The expected calibration error: each of ten bins weighs as many as it holds."""
    probability, truth = np.array(foreseen[:rows]), np.array(outcome[:rows])
    bins = np.minimum((probability * 10).astype(int), 9)
    return float(sum(abs(truth[bins == b].mean() - probability[bins == b].mean()) * (bins == b).mean() for b in set(bins)))


found = {rows: (round(reported(rows), 4), round(expected(rows), 4)) for rows in (low, low + 1)}
for rows, (theirs, ours) in found.items():
    print(f"{rows:,} predictions: calibration_error {theirs}, expected calibration error {ours}")
if found != {low: (0.0, 0.0), low + 1: (0.475, 0.0001)}:
    sys.exit("changed: see above")
PYTHON
