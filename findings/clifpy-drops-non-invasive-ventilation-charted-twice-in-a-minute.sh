#!/usr/bin/env bash
# `process_resp_support_waterfall` of clifpy 2.1.0 makes the rows of a moment one. Before it keeps the first it removes every row of NIPPV (non-invasive ventilation) that shares its moment with another row, also
# where that other one is NIPPV too: FiO2 and PEEP of one mask, charted as two rows at 08:00, both go. The device before them is then filled forward: a patient on BiPAP from 08:00 is on a nasal cannula until 10:00.
# Two rows of invasive ventilation in the same minute leave one.
# Why it matters: charts of respiratory support are long (one row a setting), so several rows in a minute are the rule. Ventilated hours shrink, SOFA's 3 and 4 points for respiration, which need
# support, are lost, and NIV failure looks rarer than it is. Join the rows of a moment before calling it.
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

SETTINGS = ("lpm_set", "tidal_volume_set", "resp_rate_set", "resp_rate_obs", "pressure_support_set", "peak_inspiratory_pressure_set")


def row(time: str, device: str, fio2: float | None = None, peep: float | None = None) -> dict[str, object]:
    return {"hospitalization_id": "1", "recorded_dttm": pd.Timestamp(f"2026-03-02 {time}", tz="UTC"), "device_category": device, "device_name": device,
            "mode_category": None, "mode_name": None, "tracheostomy": 0, "fio2_set": fio2, "peep_set": peep} | dict.fromkeys(SETTINGS)


def course(device: str) -> dict[str, str]:
    """What the patient breathes by, hour by hour: a cannula at 07:00, the device in two rows at 08:00 and in one at 10:00."""
    table = pd.DataFrame([row("07:00", "Nasal Cannula"), row("08:00", device, fio2=0.5), row("08:00", device, peep=8), row("10:00", device, fio2=0.5)])
    filled = process_resp_support_waterfall(table, verbose=False)
    return {time.strftime("%H:%M"): name for time, name in zip(filled["recorded_dttm"], filled["device_category"]) if time.minute == 59}


print("clifpy", version("clifpy"))
found = {device: course(device) for device in ("NIPPV", "IMV")}
for device, hours in found.items():
    print(f"{device} from 08:00:", hours)
assert found["NIPPV"] == {"07:59": "nasal cannula", "08:59": "nasal cannula", "09:59": "nasal cannula", "10:59": "nippv"}, "the behaviour has changed"
assert found["IMV"] == {"07:59": "nasal cannula", "08:59": "imv", "09:59": "imv", "10:59": "imv"}, "the behaviour has changed"
PYTHON
