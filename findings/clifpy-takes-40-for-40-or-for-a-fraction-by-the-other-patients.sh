#!/usr/bin/env bash
# CLIF asks for FiO2 as a fraction, and sites send 40 too. `process_resp_support_waterfall` of clifpy 2.1.0 mends that by the mean of the whole table: above 1, every value above 1 is divided by 100;
# otherwise all are left as they are. One patient's 40 among 20 others at 0.4 is 0.4, among 100 others it stays 40: the fraction of oxygen of a patient depends on who else is in the file.
# Why it matters: PaO2/FiO2 of 80 mmHg at 40 % is 200, and 2 with an FiO2 of 40: the worst respiratory SOFA. A few monitors that send percent in a large, clean table are the usual
# case, and it is the one that is left; the same patient read in a small extract is right, so a test on one does not show it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check clifpy==2.1.0 duckdb==2.0.1 pandas==2.3.3 pyarrow==26.0.1 polars==1.44.2
cd "$folder"
"$folder/venv/bin/python" -W ignore - 2> "$folder/log" <<'PYTHON' || { tail -5 "$folder/log"; exit 1; }
from importlib.metadata import version

import pandas as pd
from clifpy.utils.waterfall import process_resp_support_waterfall

SETTINGS = ("lpm_set", "peep_set", "tidal_volume_set", "resp_rate_set", "resp_rate_obs", "pressure_support_set", "peak_inspiratory_pressure_set")


def row(stay: str, fio2: float) -> dict[str, object]:
    return {"hospitalization_id": stay, "recorded_dttm": pd.Timestamp("2026-03-02 08:00", tz="UTC"), "device_category": "IMV", "device_name": "ventilator",
            "mode_category": None, "mode_name": None, "tracheostomy": 0, "fio2_set": fio2} | dict.fromkeys(SETTINGS)


def read(others: int) -> float:
    table = pd.DataFrame([row("one", 40), *(row(f"other {number}", 0.4) for number in range(others))])
    filled = process_resp_support_waterfall(table, verbose=False)
    return float(filled.loc[(filled["hospitalization_id"] == "one") & ~filled["is_scaffold"], "fio2_set"].iloc[0])


print("clifpy", version("clifpy"))
found = {others: read(others) for others in (0, 20, 100)}
for others, fio2 in found.items():
    print(f"40 beside {others} others at 0.4 is read as {fio2}")
assert found == {0: 0.4, 20: 0.4, 100: 40.0}, "the behaviour has changed"
PYTHON
