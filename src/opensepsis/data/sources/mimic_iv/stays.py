"""Hospital and intensive care stays of MIMIC-IV."""

import ibis
import polars as pl

from opensepsis.data.sources.relational.expressions import Column, Query, coalesce
from opensepsis.data.sources.relational.stay_rows import with_rows
from opensepsis.data.sources.relational.tables import Tables

# kind of stay -> its table and identifier
TABLE_OF = {"hospital": ("admissions", "hadm_id"), "icu": ("icustays", "stay_id")}


def read_stays(tables: Tables) -> pl.DataFrame:
    """Every admission and every intensive care stay; age in years at its start, times as the naive local clock gives them."""
    admissions = _admissions(tables)
    return pl.concat(
        [
            tables.fetch(_hospital(admissions), "admissions"),
            tables.fetch(_icu(admissions, tables), "icustays"),
        ]
    )


def rows_of(tables: Tables, stays: pl.DataFrame) -> pl.DataFrame:
    """Rejected stays with their table and row."""
    return with_rows(tables, stays, TABLE_OF)


def groups(tables: Tables) -> pl.DataFrame | None:
    """stay, unit: the first unit of each intensive care stay, where the table names it."""
    if "first_careunit" not in tables.columns("icustays"):
        return None
    rows = tables.fetch(tables.get("icustays", "stay_id", "first_careunit"), "icustays")
    return rows.select(stay=pl.col("stay_id").cast(pl.String), unit="first_careunit")


def _admissions(tables: Tables) -> Query:
    admissions = tables.get(
        "admissions", "subject_id", "hadm_id", "admittime", "dischtime", "deathtime", "discharge_location"
    )
    patients = tables.get("patients", "subject_id", "gender", "anchor_age", "anchor_year", "dod")
    joined = admissions.left_join(patients, "subject_id")
    return joined.select(
        patient=joined.subject_id.cast("string"),
        hadm_id=joined.hadm_id,
        admitted=joined.admittime,
        discharged=joined.dischtime,
        birth_year=joined.anchor_year - joined.anchor_age,
        sex=joined.gender,
        # the date of death has no time of day: who left alive that day did not die before leaving. One before the
        # day of admission stays what it is, and the stay is rejected
        died=coalesce(
            joined.deathtime,
            ibis.ifelse(
                (joined.dischtime > joined.dod)
                & (joined.admittime.truncate("D") <= joined.dod.truncate("D")),
                joined.dischtime,
                joined.dod,
            ),
        ),
        discharged_to=joined.discharge_location,
        deathtime=joined.deathtime,
    )


def _hospital(admissions: Query) -> Query:
    return admissions.select(
        "patient",
        stay=admissions.hadm_id.cast("string"),
        kind=ibis.literal("hospital"),
        admitted=admissions.admitted,
        discharged=admissions.discharged,
        age=_age(admissions.admitted, admissions.birth_year),
        sex=admissions.sex,
        died=admissions.died,
        discharged_to=admissions.discharged_to,
    )


def _icu(admissions: Query, tables: Tables) -> Query:
    icu = tables.get("icustays", "subject_id", "hadm_id", "stay_id", "intime", "outtime")
    joined = icu.left_join(admissions, "hadm_id")
    discharged = coalesce(joined.outtime, joined.discharged)
    left_hospital = (discharged >= joined.discharged) | (joined.deathtime <= discharged)
    return joined.select(
        patient=joined.subject_id.cast("string"),
        stay=joined.stay_id.cast("string"),
        kind=ibis.literal("icu"),
        admitted=joined.intime,
        discharged=discharged,
        age=_age(joined.intime, joined.birth_year),
        sex=joined.sex,
        died=joined.died,
        discharged_to=ibis.cases((left_hospital, joined.discharged_to), else_=ibis.literal("WARD")),
    )


def _age(start: Column, birth_year: Column) -> Column:
    return (start.year() - birth_year).cast("float64")
