#!/usr/bin/env bash
# LightGBM 4.7.0 keeps the names of the columns it was trained on and does not look at them when it predicts: a pandas frame with the same names in another order, or with other names, is taken by position
# without a warning. `validate_features=True` refuses such a frame, and lets an Arrow table with the same fault through: its names are not compared even then.
# Why it matters: a ward writes its columns in another order than the research table did. A patient with a pulse of 140 and 36.5 °C has a pulse of 36.5 and 140 °C for the model, gets the risk of a slow pulse, and nothing fails, for
# trees take any number. Moving from pandas to Arrow for speed switches off the one check that there is. Compare `feature_name()` with the columns yourself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6 pandas==3.1.0 pyarrow==26.0.1 cffi==2.1.0
"$folder/venv/bin/python" -W error - <<'PYTHON'
from importlib.metadata import version

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa

drawn = np.random.default_rng(1)
known = pd.DataFrame({"heart_rate": drawn.uniform(50, 150, 2000), "temperature": drawn.uniform(35, 40, 2000)})
settings = {"objective": "binary", "num_leaves": 4, "verbosity": -1, "deterministic": True, "num_threads": 1, "seed": 1}
model = lgb.train(settings, lgb.Dataset(known, (known["heart_rate"] > 110).astype(int)), 20)
patient = pd.DataFrame({"heart_rate": [140.0], "temperature": [36.5]})
turned = patient[["temperature", "heart_rate"]]


def risk(table, **options) -> float:
    return round(float(model.predict(table, **options)[0]), 2)


print("lightgbm", version("lightgbm"), "| trained on", model.feature_name())
found = {
    "in the order of training": risk(patient),
    "columns turned round": risk(turned),
    "columns turned round, Arrow": risk(pa.Table.from_pandas(turned, preserve_index=False)),
    "columns turned round, Arrow, validate_features=True": risk(pa.Table.from_pandas(turned, preserve_index=False), validate_features=True),
}
for name, value in found.items():
    print(f"risk with a heart rate of 140, {name}: {value}")
right, *wrong = found.values()
assert right > 0.9 and max(wrong) < 0.1, "the behaviour has changed"
try:
    risk(turned, validate_features=True)
except lgb.basic.LightGBMError:
    print("columns turned round, pandas, validate_features=True: refused")
else:
    raise SystemExit("the behaviour has changed")
PYTHON
