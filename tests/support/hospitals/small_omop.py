"""A made-up hospital in the OMOP CDM: each test writes the rows it needs. Identifiers pass 2^53, as hashes of keys do."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from opensepsis.data.schema import EVENTS
from opensepsis.data.sources.omop import open_omop

PERSON, VISIT, DETAIL = 9_007_199_254_740_993, -9_007_199_254_740_995, 4_611_686_018_427_387_905
COLUMNS = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime gender_source_value",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_start_datetime visit_end_date "
    "visit_end_datetime visit_type_concept_id admitting_source_value discharge_to_concept_id discharge_to_source_value",
    "visit_detail": "visit_detail_id person_id visit_detail_concept_id visit_detail_start_date visit_detail_start_datetime "
    "visit_detail_end_date visit_detail_end_datetime care_site_id visit_occurrence_id",
    "care_site": "care_site_id care_site_name place_of_service_concept_id",
    "death": "person_id death_date death_datetime",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_datetime operator_concept_id "
    "value_as_number value_as_concept_id unit_concept_id visit_occurrence_id measurement_source_value "
    "measurement_source_concept_id unit_source_value value_source_value",
    "observation": "observation_id person_id observation_concept_id observation_date observation_datetime value_as_number "
    "value_as_string value_as_concept_id unit_concept_id visit_occurrence_id observation_source_value "
    "observation_source_concept_id unit_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_start_datetime "
    "drug_exposure_end_date drug_exposure_end_datetime drug_type_concept_id quantity route_concept_id drug_source_value "
    "drug_source_concept_id route_source_value dose_unit_source_value stop_reason sig",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_datetime "
    "procedure_end_datetime "
    "procedure_source_value procedure_source_concept_id visit_occurrence_id",
    "device_exposure": "device_exposure_id person_id device_concept_id device_exposure_start_date device_exposure_start_datetime "
    "device_exposure_end_date device_exposure_end_datetime device_source_value device_source_concept_id visit_occurrence_id",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
    "condition_start_datetime condition_source_value condition_source_concept_id visit_occurrence_id condition_status_concept_id",
    "specimen": "specimen_id person_id specimen_concept_id specimen_date specimen_datetime specimen_source_value",
    "concept": "concept_id concept_name domain_id vocabulary_id concept_code standard_concept",
    "concept_relationship": "concept_id_1 concept_id_2 relationship_id",
    "concept_ancestor": "ancestor_concept_id descendant_concept_id",
}  # fmt: skip
SOMEBODY = {
    "person": [{"gender_concept_id": 8532, "year_of_birth": 1951}],
    "visit_occurrence": [
        {"visit_concept_id": 9201, "visit_start_date": "2021-03-01", "visit_start_datetime": "2021-03-01 08:00:00",
         "visit_end_date": "2021-03-09", "visit_end_datetime": "2021-03-09 12:00:00", "discharge_to_source_value": "HOME"}
    ],
    "visit_detail": [
        {"visit_detail_concept_id": 32037, "visit_detail_start_date": "2021-03-01",
         "visit_detail_start_datetime": "2021-03-01 10:00:00", "visit_detail_end_date": "2021-03-05",
         "visit_detail_end_datetime": "2021-03-05 10:00:00"}
    ],
}  # fmt: skip
ALWAYS = ("person", "visit_occurrence", "visit_detail", "measurement")


def at(clock: str, day: int = 1) -> str:
    """A time on a day of March 2021, as the files write it."""
    return f"2021-03-{day:02} {clock}:00"


def moment(clock: str, day: int = 1) -> datetime:
    return datetime.fromisoformat(at(clock, day)).replace(tzinfo=UTC)


def lab(concept: int, clock: str = "12:00", **more) -> dict:
    """A row of measurement."""
    return {
        "measurement_concept_id": concept,
        "measurement_date": at(clock)[:10],
        "measurement_datetime": at(clock),
    } | more


def dose(concept: int, kind: int, clock: str = "12:00", **more) -> dict:
    """A row of drug_exposure."""
    when = {"drug_exposure_start_date": at(clock)[:10], "drug_exposure_start_datetime": at(clock)}
    return {"drug_concept_id": concept, "drug_type_concept_id": kind} | when | more


def rows_of(**tables: list[dict]) -> dict[str, tuple[list[str], list[dict]]]:
    """The columns and rows of every table that is asked for or always there; ids are filled in."""
    whole = {}
    for name, columns in COLUMNS.items():
        if name not in tables and name not in ALWAYS:
            continue
        names = columns.split()
        ids = {"person_id": PERSON, "visit_occurrence_id": VISIT, "visit_detail_id": DETAIL}
        numbered = {f"{name}_id": None} if f"{name}_id" not in ids else {}
        rows = [
            {**ids, **{key: number for key in numbered}, **row}
            for number, row in enumerate(tables.get(name, SOMEBODY.get(name, [])), 1)
        ]
        whole[name] = names, [{k: v for k, v in row.items() if k in names} for row in rows]
    return whole


def write(path: Path, **tables: list[dict]) -> Path:
    """The tables as CSV in a folder; `measurement=[{...}]` gives its rows."""
    path.mkdir(parents=True, exist_ok=True)
    for name, (columns, rows) in rows_of(**tables).items():
        with (path / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, columns)
            writer.writeheader()
            writer.writerows(rows)
    return path


def read_all(place, *concepts: str, timezone: str | None = None) -> pl.DataFrame:
    """The asked events with their reason, in the order of concept, time and origin."""
    batches = [*open_omop(place, timezone).events(frozenset(concepts) or None)]
    empty = pl.DataFrame(schema={**EVENTS, "reason": pl.String})
    return pl.concat([empty, *batches], how="diagonal").sort("concept", "time", "known", "origin")


def read(place, *concepts: str) -> pl.DataFrame:
    return read_all(place, *concepts).filter(pl.col("reason").is_null())


def values(place, concept: str) -> list[float | None]:
    return read(place, concept)["value"].to_list()


def texts(place, concept: str) -> list[str | None]:
    return read(place, concept)["text"].to_list()


def reasons(place, concept: str) -> list[str | None]:
    return read_all(place, concept)["reason"].to_list()


def visit(concept, start, end, number=VISIT, **more) -> dict:
    when = {
        "visit_start_datetime": start,
        "visit_end_datetime": end,
        "visit_start_date": start[:10],
        "visit_end_date": (end or start)[:10],
    }
    return {"visit_concept_id": concept, "visit_occurrence_id": number} | when | more


def detail(concept, start, end, number=DETAIL, **more) -> dict:
    when = {
        "visit_detail_start_datetime": start, "visit_detail_end_datetime": end, "visit_detail_start_date": start[:10],
        "visit_detail_end_date": end[:10],
    }  # fmt: skip
    return {"visit_detail_concept_id": concept, "visit_detail_id": number} | when | more
