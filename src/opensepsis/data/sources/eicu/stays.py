"""Hospital and unit stays of eICU."""

import polars as pl

from opensepsis.data.intake.age import read_age
from opensepsis.data.intake.death import NOT_TOLD_WHETHER_DEAD
from opensepsis.data.intake.text_codes import sex_of
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, unit_stays
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.stay_rows import with_rows
from opensepsis.data.sources.relational.tables import Tables

_TABLE_OF = {"hospital": ("patient", PATIENT), "icu": ("patient", STAY)}
STAY_TABLES = {"icu": _TABLE_OF["icu"]}  # a row of the table is a unit stay
_DIED = "expired"


def read_stays(tables: Tables) -> pl.DataFrame:
    """Every unit stay, and every stay in hospital that has one."""
    rows = unit_stays(tables)
    ages = {said: read_age(said, "") for said in rows["age"].unique().drop_nulls()}
    sexes = {said: sex_of(said) for said in rows["gender"].unique().drop_nulls()}
    rows = rows.with_columns(
        patient=pl.col(PATIENT).cast(pl.String),
        age=pl.col("age").replace_strict(ages, default=None, return_dtype=pl.Float64),
        sex=pl.col("gender").replace_strict(sexes, default=None, return_dtype=pl.String),
        died=_death().max().over(PATIENT),
        unitdischargelocation=_place("unit", pl.col("unitdischargelocation").replace(_places())),
        hospitaldischargelocation=_place("hospital", pl.col("hospitaldischargelocation")),
    )
    unit = rows.select(
        "patient", "age", "sex", "died", stay=pl.col(STAY).cast(pl.String), kind=pl.lit("icu"), admitted="entered",
        discharged="left", discharged_to="unitdischargelocation",
    )  # fmt: skip
    first = rows.sort(PATIENT, "entered").group_by(PATIENT, maintain_order=True).first()
    hospital = first.select(
        "patient", "age", "sex", "died", stay="patient", kind=pl.lit("hospital"), admitted="hospital_entered",
        discharged="hospital_left", discharged_to="hospitaldischargelocation",
    )  # fmt: skip
    return pl.concat([hospital, unit.select(hospital.columns)])


def _place(of: str, place: pl.Expr) -> pl.Expr:
    """Where a patient went; where neither that nor whether they lived is told, that it is not."""
    status = pl.col(f"{of}dischargestatus").str.strip_chars()
    told = (status != "").fill_null(False) | (place.str.strip_chars() != "").fill_null(False)
    return pl.when(told).then(place).otherwise(pl.lit(NOT_TOLD_WHETHER_DEAD))


def _places() -> dict[str, str]:
    """Where a patient goes within the hospital, in one word."""
    return dict(read_map("places").iter_rows())


def _death() -> pl.Expr:
    """The end of the unit stay that a patient did not survive, or of the stay in hospital: eICU tells no other time of death."""
    died = {
        of: pl.col(f"{of}dischargestatus").str.strip_chars().str.to_lowercase() == _DIED
        for of in ("unit", "hospital")
    }
    in_unit, in_hospital = pl.when(died["unit"]).then("left"), pl.when(died["hospital"]).then("hospital_left")
    return pl.when(died["unit"].any().over(PATIENT)).then(in_unit).otherwise(in_hospital)


def groups(tables: Tables) -> pl.DataFrame:
    """stay, site, ward, unit: hospital, ward and kind of unit of each unit stay, the hospital of each stay in hospital."""
    rows = unit_stays(tables)
    site = pl.col("hospitalid").cast(pl.String)
    told = {"ward": pl.col("wardid").cast(pl.String), "unit": pl.col("unittype").cast(pl.String)}
    nothing = dict.fromkeys(told, pl.lit(None, pl.String))
    units = rows.select(stay=pl.col(STAY).cast(pl.String), site=site, **told)
    hospitals = rows.unique(PATIENT).select(stay=pl.col(PATIENT).cast(pl.String), site=site, **nothing)
    return pl.concat([units, hospitals])


def rows_of(tables: Tables, stays: pl.DataFrame) -> pl.DataFrame:
    """Rejected stays with their table, kind of identifier and row."""
    return with_rows(tables, stays, _TABLE_OF).unique(["kind", "stay"], keep="first", maintain_order=True)
