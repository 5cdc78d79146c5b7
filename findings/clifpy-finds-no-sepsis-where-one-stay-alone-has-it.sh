#!/usr/bin/env bash
# `compute_ase` of clifpy 2.1.0 (CDC's Adult Sepsis Event), with its defaults, loses the sepsis of a hospital stay that is the only one with sepsis among those asked for. To leave out repeat infections it asks
# `groupby("hospitalization_id").apply` for one mark a row; for a single group pandas 2.3.3 (the version that clifpy asks for) gives these marks as columns, not as rows, and selecting by them empties the row.
# Asked for two stays with sepsis, both have it; asked for each of them alone, the same stays have none, "no_blood_culture", and an empty row more. With `apply_rit=False` it is there.
# Why it matters: large hospitals are worked through in batches, down to one stay at a time, and a review of one patient asks for that one. In such runs sepsis is never found, nothing fails, and the reason that is
# given (no blood culture) looks like data.
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

FOLDER = Path(os.environ["FOLDER"], "clif")
STAYS = ("1", "2")


def at(day: int, time: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-{day:02d} {time}", tz="UTC")


def tables(stay: str) -> dict[str, list[dict[str, object]]]:
    """One stay from 2 to 12 March: a blood culture and six days of ceftriaxone from the 4th, noradrenaline on the 4th."""
    id = {"hospitalization_id": stay}
    dose = {"med_name": "ceftriaxone", "med_category": "ceftriaxone", "med_group": "CMS_sepsis_qualifying_antibiotics",
            "med_route_category": "iv", "med_dose": 2.0, "med_dose_unit": "g"}
    pressor = {"med_name": "norepinephrine", "med_category": "norepinephrine", "med_group": "vasoactives", "med_dose": 0.1,
               "med_dose_unit": "mcg/kg/min", "mar_action_name": "start", "mar_action_category": "start", "admin_dttm": at(4, "13:00")}
    lactate = {"lab_category": "lactate", "lab_value": "4.0", "lab_value_numeric": 4.0, "lab_collect_dttm": at(4, "11:00"),
               "lab_order_dttm": at(4, "11:00"), "lab_result_dttm": at(4, "12:00")}
    breathing = {"recorded_dttm": at(4, "13:00"), "device_category": "Room Air", "device_name": "Room Air", "mode_category": None,
                 "mode_name": None, "tracheostomy": 0, "fio2_set": 0.21}
    culture = {"fluid_category": "blood_buffy", "order_dttm": at(4, "10:00"), "collect_dttm": at(4, "10:00"),
               "result_dttm": at(6, "10:00"), "organism_category": "escherichia_coli"}
    return {
        "patient": [{"patient_id": stay, "death_dttm": pd.NaT}],
        "hospitalization": [{"patient_id": stay, **id, "admission_dttm": at(2, "09:00"), "discharge_dttm": at(12, "12:00"), "discharge_category": "Home"}],
        "microbiology_culture": [id | culture],
        "medication_admin_intermittent": [id | dose | {"admin_dttm": at(4 + day, "11:00")} for day in range(6)],
        "labs": [id | lactate],
        "hospital_diagnosis": [id | {"diagnosis_code": "A41.9"}],
        "medication_admin_continuous": [id | pressor],
        "adt": [id | {"in_dttm": at(2, "09:00"), "out_dttm": at(12, "12:00"), "location_category": "icu"}],
        "respiratory_support": [id | breathing],
    }


FOLDER.mkdir()
told = [tables(stay) for stay in STAYS]
for name in told[0]:
    frame = pd.DataFrame([row for one in told for row in one[name]])
    if name == "patient":
        frame["death_dttm"] = frame["death_dttm"].dt.tz_localize("UTC")
    frame.to_parquet(FOLDER / f"clif_{name}.parquet")


def sepsis(*stays: str, **options: bool) -> tuple[int, int, list[str]]:
    """Rows, how many have sepsis, and the reasons against it."""
    rows = compute_ase(list(stays), data_directory=str(FOLDER), include_lactate=True, verbose=False, **options)
    return len(rows), int(rows["sepsis"].fillna(0).sum()), rows["no_sepsis_reason"].dropna().tolist()


print("clifpy", version("clifpy"), "| pandas", version("pandas"))
found = {"both": sepsis("1", "2"), "1 alone": sepsis("1"), "2 alone": sepsis("2"), "1 alone, apply_rit=False": sepsis("1", apply_rit=False)}
for asked, (rows, events, reasons) in found.items():
    print(f"{asked}: {rows} rows, sepsis {events}", *reasons)
lost = (2, 0, ["no_blood_culture"])
assert found == {"both": (2, 2, []), "1 alone": lost, "2 alone": lost, "1 alone, apply_rit=False": (1, 1, [])}, "the behaviour has changed"
PYTHON
