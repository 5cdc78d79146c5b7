"""What was read of each table and what no list maps, by category and volume; the version and the clock."""

import polars as pl

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.version import spelled_as, version_of
from opensepsis.data.sources.clif.words import RAW, infused, numbers, read_map, spellings
from opensepsis.data.sources.relational.counting import count_codes
from opensepsis.definitions.concepts import CONCEPTS

_CATEGORIES = {
    "vitals": "vital_category",
    "labs": "lab_category",
    "patient_assessments": "assessment_category",
    "respiratory_support": "device_category",
    "medication_admin_continuous": "med_category",
    "medication_admin_intermittent": "med_category",
    "output": "output_category",
    "input": "input_category",
    "ecmo_mcs": "device_category",
    "mcs": "support_category",
}
NOTES = (
    "times are UTC as CLIF specifies, even where a file does not state it; none is shifted",
    "days are those of --timezone, without it those of UTC; a death at midnight there names its day only",
    "laboratory results are known at lab_result_dttm, cultures at result_dttm, diagnoses and procedures at discharge, vital signs of "
    "3.0 at recorded_dttm; everything else has one time, and is known at it",
    "laboratory results of urine and other fluids are left out; a limit (<0.2) is a limit",
    "stays in intensive care are runs of locations of that category, named after their admission; in the emergency department likewise",
    "rates hold to the next row of their order, else of their drug; dose 0 and a stop end them; in one minute the row that runs holds",
    "rates are converted from the unit as charted, with the weight charted last; a converted column counts only where there is no other "
    "and its status says success",
    "a charted device or mode holds to the next, at most 14 h for ventilation and 8 h for oxygen; machines 4 h; scaffold rows are left out",
    "a verbal score of 0 or of a tube is no score, and no GCS total stands beside it",
    "crystalloids are those of the table input where there is one, else rates in mL/h and boluses in mL",
    "home medication and orders are not read: what is given is",
)


def counter(hospital: Hospital):
    """What `counts` tells of one hospital's tables."""
    return lambda _: _counts(hospital)


def _counts(hospital: Hospital) -> dict:
    tables = hospital.tables
    version, told_by = version_of(hospital)
    rows, unmapped, mapped = {}, {}, {}
    for table in sorted(tables.read):
        column = _CATEGORIES.get(table)
        if column is None:
            rows[table] = _rows(hospital, table)
            continue
        counted = tables.names(table, column).rename({"name": "code"})
        rows[table], mapped[table], unmapped[table] = count_codes(counted, _mapped(hospital, table, column))
    return {
        "read": rows,
        "mapped_rows": mapped,
        "unmapped": unmapped,
        "clif": {
            "version": version,
            "told_by": told_by,
            "words": spelled_as(hospital),
            "timezone": hospital.timezone or "UTC",
            "absent": [name for name in tables.form.tables if not tables.has(name)],
        },
    }


def _rows(hospital: Hospital, table: str) -> int:
    tables = hospital.tables
    owner = next(name for name in (ADMISSION, "patient_id") if name in tables.columns(table))
    return int(tables.fetch(tables.get(table, owner).count().as_table(), table)[:, 0].item())


def _mapped(hospital: Hospital, table: str, column: str) -> pl.Series:
    """The categories that some list has, as the table writes them."""
    tables = hospital.tables
    used = spellings(tables, table, column)
    if column == "med_category":
        listed = set(infused(tables, table)["category"])
        known = [w in listed or find_medicine(w.replace("_", " ")) is not None for w in used["word"]]
    elif table in ("output", "input"):
        known = (
            used["word"]
            .is_in(read_map("volumes").filter(pl.col("table") == table)["word"].implode())
            .to_list()
        )
    elif table == "respiratory_support":
        known = used["word"].is_in(read_map("devices")["word"].implode()).to_list()
    elif table in ("ecmo_mcs", "mcs"):
        known = (
            used["word"]
            .is_in(read_map("machines").filter(pl.col("table") == table)["word"].implode())
            .to_list()
        )
    else:
        known = (
            used["word"].is_in(numbers(tables, table, frozenset(CONCEPTS))["category"].implode()).to_list()
        )
    return used.filter(pl.Series(known, dtype=pl.Boolean))[RAW]
