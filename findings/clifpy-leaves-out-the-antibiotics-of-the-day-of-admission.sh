#!/usr/bin/env bash
# clifpy 2.1.0 computes CDC's Adult Sepsis Event (`compute_ase`). It turns the time of each antibiotic dose into its calendar day, which DuckDB compares as midnight with the time of admission
# (`med_admin_day >= admission_dttm`): every dose of the day of admission is "before admission" and left out, unless the patient came at 00:00:00. A patient who is admitted at 09:00, has blood
# cultured at 10:00 and ceftriaxone at 11:00 on that day and the three after it has four qualifying days by the toolkit (days are counted by the calendar) and three in clifpy: no sepsis.
# The same patient admitted at midnight has four and sepsis. A course of five days keeps its label and begins a day late.
# (`apply_rit=False`, as one patient has no repeat infections.) Why it matters: most sepsis is there on arrival, and short courses are what stewardship asks for. Rates and onsets of community-onset events come out too low and too late, and depend on the hour of admission.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check clifpy==2.1.0 duckdb==2.0.1 pandas==2.3.3 pyarrow==26.0.1 polars==1.44.2
cd "$folder"
FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2> "$folder/log" <<'PYTHON' | grep -v tables. | grep -v utils.io || { tail -5 "$folder/log"; exit 1; }
import os
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from clifpy.utils.ase import compute_ase

STAY = {"hospitalization_id": "1"}


def at(day: int, time: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-{day:02d} {time}", tz="UTC")


def event(admitted: str, days: int) -> tuple[int, int, str]:
    """Qualifying days, sepsis and first day of one patient of 2 March, by clifpy."""
    folder = Path(os.environ["FOLDER"], f"clif-{admitted}-{days}".replace(":", ""))
    folder.mkdir()
    leaves = at(12, "12:00")
    dose = {"med_name": "ceftriaxone", "med_category": "ceftriaxone", "med_group": "CMS_sepsis_qualifying_antibiotics",
            "med_route_category": "iv", "med_dose": 2.0, "med_dose_unit": "g"}
    pressor = {"med_name": "norepinephrine", "med_category": "norepinephrine", "med_group": "vasoactives", "med_dose": 0.1,
               "med_dose_unit": "mcg/kg/min", "mar_action_name": "start", "mar_action_category": "start", "admin_dttm": at(2, "13:00")}
    lactate = {"lab_category": "lactate", "lab_value": "4.0", "lab_value_numeric": 4.0, "lab_collect_dttm": at(2, "11:00"),
               "lab_order_dttm": at(2, "11:00"), "lab_result_dttm": at(2, "12:00")}
    breathing = {"recorded_dttm": at(2, "13:00"), "device_category": "Room Air", "device_name": "Room Air", "mode_category": None,
                 "mode_name": None, "tracheostomy": 0, "fio2_set": 0.21}
    culture = {"fluid_category": "blood_buffy", "order_dttm": at(2, "10:00"), "collect_dttm": at(2, "10:00"),
               "result_dttm": at(4, "10:00"), "organism_category": "escherichia_coli"}
    tables = {
        "patient": [{"patient_id": "1", "death_dttm": pd.NaT}],
        "hospitalization": [{"patient_id": "1", **STAY, "admission_dttm": at(2, admitted), "discharge_dttm": leaves, "discharge_category": "Home"}],
        "microbiology_culture": [STAY | culture],
        "medication_admin_intermittent": [STAY | dose | {"admin_dttm": at(2 + day, "11:00")} for day in range(days)],
        "labs": [STAY | lactate],
        "hospital_diagnosis": [STAY | {"diagnosis_code": "A41.9"}],
        "medication_admin_continuous": [STAY | pressor],
        "adt": [STAY | {"in_dttm": at(2, admitted), "out_dttm": leaves, "location_category": "icu"}],
        "respiratory_support": [STAY | breathing],
    }
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        if name == "patient":
            frame["death_dttm"] = frame["death_dttm"].dt.tz_localize("UTC")
        frame.to_parquet(folder / f"clif_{name}.parquet")
    found = compute_ase(["1"], data_directory=str(folder), include_lactate=True, apply_rit=False, verbose=False).iloc[0]
    return int(found["total_qad"]), int(found["sepsis"]), found["qad_start_date"].strftime("%d %B")


print("clifpy", version("clifpy"), "| duckdb", version("duckdb"))
asked = {("00:00", 4): (4, 1, "02 March"), ("09:00", 4): (3, 0, "03 March"), ("00:00", 5): (5, 1, "02 March"), ("09:00", 5): (4, 1, "03 March")}
found = {case: event(*case) for case in asked}
for (admitted, days), (qualifying, sepsis, first) in found.items():
    print(f"admitted 2 March {admitted}, ceftriaxone daily from 11:00 for {days} days: {qualifying} qualifying days from {first}, sepsis {sepsis}")
assert found == asked, "the behaviour has changed"
PYTHON
