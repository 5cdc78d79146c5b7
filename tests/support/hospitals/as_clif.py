"""Made-up patients, given as frames of the csv source, written as tables of CLIF."""

from datetime import timedelta
from pathlib import Path

import polars as pl

CANNOT_HOLD = frozenset({"antibiotic_order"})  # orders are not in CLIF
_VITALS = {
    "heart_rate": "heart_rate", "respiratory_rate": "respiratory_rate", "spo2": "spo2", "mean_pressure": "map", "temperature": "temp_c",
    "weight": "weight_kg", "height": "height_cm",
}  # fmt: skip
_LABS = {
    "creatinine": ("creatinine", "mg/dL"), "bilirubin": ("bilirubin_total", "mg/dL"), "platelets": ("platelet_count", "10*3/uL"),
    "lactate": ("lactate", "mmol/L"), "pao2": ("po2_arterial", "mmHg"),
}  # fmt: skip
_DEVICE_AFTER = "nasal cannula"  # a row of another device ends ventilation; it is carried for eight hours
_CARRIED = timedelta(hours=8)
_ASSESSED = ("gcs_eye", "gcs_verbal", "gcs_motor")


def added(events: pl.DataFrame) -> pl.DataFrame:
    """What the form says beside: each device is one of oxygen, the tube while ventilated, a cannula after it."""
    tube = events.filter(pl.col("concept") == "ventilation").with_columns(concept=pl.lit("oxygen"))
    after = tube.with_columns(time="end", end=pl.col("end") + _CARRIED, text=pl.lit(_DEVICE_AFTER))
    return pl.concat([tube.with_columns(text=pl.lit("endotracheal tube")), after])


def write(folder: Path, stays: pl.DataFrame, events: pl.DataFrame) -> Path:
    """The tables as Parquet."""
    tables: dict[str, list[dict]] = {}
    whole = stays.filter(pl.col("kind") == "hospital")
    admissions = dict(whole.select("patient", "stay").iter_rows())
    for stay in stays.iter_rows(named=True):
        admission = {"hospitalization_id": admissions[stay["patient"]]}
        if stay["kind"] == "icu":
            place = {"location_category": "icu", "in_dttm": stay["admitted"], "out_dttm": stay["discharged"]}
            tables.setdefault("adt", []).append(admission | place)
            continue
        who = {
            "patient_id": stay["patient"],
            "sex_category": stay["sex"],
            "birth_date": None,
            "death_dttm": stay["died"],
        }
        tables.setdefault("patient", []).append(who)
        told = {
            "patient_id": stay["patient"], "age_at_admission": int(stay["age"]), "admission_dttm": stay["admitted"],
            "discharge_dttm": stay["discharged"], "discharge_category": "Expired" if stay["died"] else "Home",
        }  # fmt: skip
        tables.setdefault("hospitalization", []).append(admission | told)
    for event in events.filter(~pl.col("concept").is_in(list(CANNOT_HOLD))).iter_rows(named=True):
        admission = {"hospitalization_id": admissions[event["patient"]]}
        for table, row in _rows(event):
            tables.setdefault(table, []).append(admission | row)
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        frame = pl.DataFrame(rows, infer_schema_length=None)
        if table == "patient":
            frame = frame.drop("hospitalization_id", strict=False).with_columns(
                pl.col("birth_date").cast(pl.Date)
            )
        frame.write_parquet(folder / f"clif_{table}.parquet")
    return folder


def _rows(event: dict) -> list[tuple[str, dict]]:
    concept, time, value = event["concept"], event["time"], event["value"]
    if concept in _VITALS:
        return [("vitals", {"recorded_dttm": time, "vital_category": _VITALS[concept], "vital_value": value})]
    if concept in _LABS:
        category, unit = _LABS[concept]
        told = {
            "lab_category": category,
            "lab_value": f"{value}",
            "lab_value_numeric": value,
            "reference_unit": unit,
        }
        return [
            (
                "labs",
                {"lab_collect_dttm": time, "lab_result_dttm": time, "lab_specimen_category": "blood", **told},
            )
        ]
    if concept in _ASSESSED:
        told = {"assessment_category": concept, "numerical_value": value, "categorical_value": None}
        return [("patient_assessments", {"recorded_dttm": time, **told})]
    match concept:
        case "urine_output":
            told = {
                "output_group": "urine",
                "output_category": "voided",
                "output_value": value,
                "output_unit": "mL",
            }
            return [("output", {"recorded_dttm": time, **told})]
        case "ventilation":
            on = {"recorded_dttm": time, "device_category": "IMV", "fio2_set": None}
            return [
                ("respiratory_support", on),
                (
                    "respiratory_support",
                    on | {"recorded_dttm": event["end"], "device_category": "Nasal Cannula"},
                ),
            ]
        case "fio2":
            return [
                ("respiratory_support", {"recorded_dttm": time, "device_category": "IMV", "fio2_set": value})
            ]
        case "norepinephrine":
            row = {
                "med_category": concept, "med_order_id": "1", "admin_dttm": time, "med_dose": value, "med_dose_unit": "mcg/kg/min",
                "mar_action_category": "start",
            }  # fmt: skip
            stop = row | {"admin_dttm": event["end"], "med_dose": 0.0, "mar_action_category": "stop"}
            return [("medication_admin_continuous", row), ("medication_admin_continuous", stop)]
        case "antibiotic":
            row = {
                "med_category": "ceftriaxone", "med_group": "CMS_sepsis_qualifying_antibiotics", "med_order_id": "1", "admin_dttm": time,
                "med_dose": 2.0, "med_dose_unit": "g", "med_route_category": "iv", "mar_action_category": "given",
            }  # fmt: skip
            return [("medication_admin_intermittent", row)]
        case "culture":
            told = {
                "fluid_category": "blood_buffy", "method_category": "culture",
                "organism_category": "escherichia_coli" if value else "no_growth",
            }  # fmt: skip
            moments = {"order_dttm": time, "collect_dttm": time, "result_dttm": time}
            return [("microbiology_culture", moments | told)]
        case "organism":
            return []  # told by its culture
    raise KeyError(concept)
