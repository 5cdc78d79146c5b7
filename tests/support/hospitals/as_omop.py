"""Made-up patients, given as frames of the csv source, written as tables of the OMOP CDM 5.4."""

import csv
from datetime import datetime
from pathlib import Path

import polars as pl

CANNOT_HOLD: frozenset[str] = frozenset()
_MEASURED = {
    "heart_rate": (3027018, "/min"), "respiratory_rate": (3024171, "/min"), "spo2": (40762499, "%"), "mean_pressure": (3027598, "mm[Hg]"),
    "temperature": (3020891, "Cel"), "weight": (3025315, "kg"), "creatinine": (3016723, "mg/dL"), "bilirubin": (3024128, "mg/dL"),
    "platelets": (3024929, "10*3/uL"), "lactate": (3018405, "mmol/L"), "pao2": (3027801, "mm[Hg]"), "gcs_eye": (3016335, "{score}"),
    "gcs_verbal": (3009094, "{score}"), "gcs_motor": (3008223, "{score}"), "urine_output": (3014315, "mL"), "fio2": (3020716, "{ratio}"),
}  # fmt: skip
_HEIGHT = "8302-2"  # LOINC
_CULTURE = "600-7"
_CEFTRIAXONE, _NOREPINEPHRINE, _VENTILATED, _IV, _GIVEN, _ORDERED = (
    1777806,
    1321341,
    44790095,
    4171047,
    32818,
    32833,
)
_COLUMNS = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime gender_source_value",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_start_datetime visit_end_date "
    "visit_end_datetime visit_type_concept_id admitted_from_concept_id admitted_from_source_value discharged_to_concept_id "
    "discharged_to_source_value",
    "visit_detail": "visit_detail_id person_id visit_detail_concept_id visit_detail_start_date visit_detail_start_datetime "
    "visit_detail_end_date visit_detail_end_datetime care_site_id visit_occurrence_id",
    "death": "person_id death_date death_datetime",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_datetime operator_concept_id "
    "value_as_number value_as_concept_id unit_concept_id visit_occurrence_id measurement_source_value "
    "measurement_source_concept_id unit_source_value value_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_start_datetime "
    "drug_exposure_end_date drug_exposure_end_datetime drug_type_concept_id quantity route_concept_id drug_source_value "
    "drug_source_concept_id route_source_value dose_unit_source_value visit_occurrence_id",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_datetime procedure_end_date "
    "procedure_end_datetime procedure_source_value procedure_source_concept_id visit_occurrence_id",
}  # fmt: skip


def write(folder: Path, stays: pl.DataFrame, events: pl.DataFrame) -> Path:
    """The tables as CSV."""
    tables: dict[str, list[dict]] = {name: [] for name in _COLUMNS}
    visits = dict(stays.filter(pl.col("kind") == "hospital").select("patient", "stay").iter_rows())
    for stay in stays.iter_rows(named=True):
        _stay(tables, stay, visits)
    for event in events.filter(pl.col("concept") != "organism").iter_rows(named=True):  # told by its culture
        table, row = _row(event)
        owned = {"person_id": event["patient"], "visit_occurrence_id": visits[event["patient"]]}
        tables[table].append(owned | {f"{table}_id": len(tables[table]) + 1} | row)
    folder.mkdir(parents=True, exist_ok=True)
    for table, columns in _COLUMNS.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns.split())
            writer.writeheader()
            writer.writerows(tables[table])
    return folder


def _moment(prefix: str, time: datetime) -> dict:
    return {f"{prefix}_date": f"{time:%Y-%m-%d}", f"{prefix}_datetime": f"{time:%Y-%m-%d %H:%M:%S}"}


def _stay(tables: dict[str, list[dict]], stay: dict, visits: dict[str, str]) -> None:
    owned = {"person_id": stay["patient"], "visit_occurrence_id": visits[stay["patient"]]}
    if stay["kind"] == "icu":
        row = owned | {"visit_detail_id": stay["stay"], "visit_detail_concept_id": 32037}
        row |= _moment("visit_detail_start", stay["admitted"]) | _moment(
            "visit_detail_end", stay["discharged"]
        )
        tables["visit_detail"].append(row)
        return
    begin = stay["admitted"]
    born = begin.replace(year=begin.year - int(stay["age"]))
    gender = 8532 if stay["sex"] == "Female" else 8507
    person = {"person_id": stay["patient"], "gender_concept_id": gender, "year_of_birth": born.year}
    tables["person"].append(person | {"month_of_birth": born.month, "day_of_birth": born.day})
    row = owned | {"visit_concept_id": 9201, "discharged_to_concept_id": 4216643 if stay["died"] else 8536}
    row |= _moment("visit_start", begin) | _moment("visit_end", stay["discharged"])
    tables["visit_occurrence"].append(row)
    if stay["died"] is not None:
        tables["death"].append({"person_id": stay["patient"]} | _moment("death", stay["died"]))


def _row(event: dict) -> tuple[str, dict]:
    concept, time, value = event["concept"], event["time"], event["value"]
    measured = _moment("measurement", time)
    if concept in _MEASURED:
        number, unit = _MEASURED[concept]
        return "measurement", measured | {
            "measurement_concept_id": number,
            "value_as_number": value,
            "unit_source_value": unit,
        }
    match concept:
        case "height":
            told = {
                "measurement_concept_id": 0,
                "measurement_source_value": _HEIGHT,
                "unit_source_value": "cm",
            }
            return "measurement", measured | told | {"value_as_number": value}
        case "culture":
            told = {"measurement_concept_id": 0, "measurement_source_value": _CULTURE}
            return "measurement", measured | told | {
                "value_source_value": "ESCHERICHIA COLI" if value else "NO GROWTH"
            }
        case "ventilation":
            row = (
                {"procedure_concept_id": _VENTILATED}
                | _moment("procedure", time)
                | _moment("procedure_end", event["end"])
            )
            return "procedure_occurrence", row
        case "norepinephrine":
            row = {
                "drug_concept_id": _NOREPINEPHRINE,
                "drug_type_concept_id": _GIVEN,
                "route_concept_id": _IV,
            }
            row |= {"quantity": value, "dose_unit_source_value": "mcg/kg/min"}
            return "drug_exposure", row | _moment("drug_exposure_start", time) | _moment(
                "drug_exposure_end", event["end"]
            )
        case "antibiotic" | "antibiotic_order":
            kind = _GIVEN if concept == "antibiotic" else _ORDERED
            row = {"drug_concept_id": _CEFTRIAXONE, "drug_type_concept_id": kind, "route_concept_id": _IV}
            return "drug_exposure", row | _moment("drug_exposure_start", time)
    raise KeyError(concept)
