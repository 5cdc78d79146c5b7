"""Stays of MIMIC-III: as those of MIMIC-IV, with dates of birth."""

import polars as pl

from opensepsis.data.sources.mimic_iv.stays import TABLE_OF, read_stays
from opensepsis.data.sources.relational.stay_rows import with_rows
from opensepsis.data.sources.relational.tables import Tables

# who was over 89 at the first admission was born 300 years before it; 91 stands for them, as in MIMIC-IV
_OLDEST, _OVER_89 = 200, 91.0
STAY_TABLES = {**TABLE_OF, "icu": ("icustays", "icustay_id")}


def read_births(tables: Tables) -> pl.DataFrame:
    """Every admission and stay in intensive care, with the birth where it is told and 91 years where it is hidden."""
    stays = read_stays(tables)
    births = tables.fetch(tables.get("patients", "subject_id", "dob"), "patients")
    births = births.select(patient=pl.col("subject_id").cast(pl.String), dob="dob").unique(
        "patient", keep="first"
    )
    joined = stays.join(births, on="patient", how="left", maintain_order="left")
    years = pl.col("admitted").dt.year() - pl.col("dob").dt.year()
    # a later stay of one whose birth is hidden may come after less or more than 300 years
    hidden = years >= _OLDEST
    return joined.with_columns(
        born=pl.when(~hidden).then("dob"), age=pl.when(hidden).then(_OVER_89).otherwise(None).cast(pl.Float64)
    ).drop("dob")


def rows_of(tables: Tables, stays: pl.DataFrame) -> pl.DataFrame:
    """Rejected stays with their table and row."""
    return with_rows(tables, stays, STAY_TABLES)
