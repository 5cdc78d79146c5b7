#!/usr/bin/env bash
# A limit in a task of es-aces 0.7.3 (ACES, the task language of MEDS) leaves the limit itself out. `value_min: 2` is "above 2" and `value_max: 100`
# is "below 100", unless `value_min_inclusive: True` stands beside it; in most libraries a plain minimum or range includes its ends.
# Why it matters: clinical definitions nearly always include the limit (lactate at least 2, systolic pressure at most 100), and charted values lie on
# round numbers. The labels of every patient exactly on a limit turn round, the cohort still looks right, and nothing warns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check es-aces==0.7.3 meds==0.4.1 polars==1.44.2 pyarrow==26.0.1 omegaconf==2.3.1
FOLDER=$folder "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import polars as pl
from aces.config import TaskExtractorConfig
from aces.predicates import get_predicates_df
from aces.query import query
from omegaconf import DictConfig

folder = Path(os.environ["FOLDER"])
admission = datetime(2026, 3, 2)
events = [
    (subject, admission + timedelta(hours=hour), code, value)
    for subject, lactate in ((1, 1.9), (2, 2.0), (3, 2.1))
    for hour, code, value in ((0, "ADMISSION", None), (4, "LACTATE", lactate), (30, "DISCHARGE", None))
]
schema = {"subject_id": pl.Int64, "time": pl.Datetime("us"), "code": pl.String, "numeric_value": pl.Float32}
pl.DataFrame(events, schema=schema, orient="row").write_parquet(folder / "events.parquet")

TASK = """
predicates:
  admission: {{code: ADMISSION}}
  lactate: {{code: LACTATE, {limit}}}
trigger: admission
windows:
  day: {{start: trigger, end: start + 24h, start_inclusive: False, end_inclusive: True, label: lactate}}
"""


def labels(limit):
    """The label of each patient: 1 where a lactate of the first day is within the limit."""
    (folder / "task.yaml").write_text(TASK.format(limit=limit))
    task = TaskExtractorConfig.load(str(folder / "task.yaml"))
    data = DictConfig({"path": str(folder / "events.parquet"), "standard": "meds", "ts_format": None})
    found = query(task, get_predicates_df(cfg=task, data_config=data))
    return dict(found.select("subject_id", "label").sort("subject_id").iter_rows())


print("es-aces", version("es-aces"), "| lactate of patients 1, 2, 3: 1.9, 2.0, 2.1")
seen = {limit: labels(limit) for limit in (
    "value_min: 2", "value_min: 2, value_min_inclusive: True", "value_max: 2", "value_max: 2, value_max_inclusive: True",
)}
for limit, found in seen.items():
    print(f"{limit:42} {found}")
assert list(seen.values()) == [{1: 0, 2: 0, 3: 1}, {1: 0, 2: 1, 3: 1}, {1: 1, 2: 0, 3: 0}, {1: 1, 2: 1, 3: 0}], "the behaviour has changed"
print("a plain limit leaves the limit out")
PYTHON
