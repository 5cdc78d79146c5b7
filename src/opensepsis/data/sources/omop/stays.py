"""Stays of a CDM: visits in hospital, for emergency and observation, and times in intensive care."""

from datetime import timedelta

import polars as pl

from opensepsis.data.sources.omop.visits import NO_STAY, read_icu, read_visits
from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.data.sources.relational.stay_rows import with_rows
from opensepsis.data.sources.relational.tables import Tables

_TABLE_OF = {
    "hospital": ("visit_occurrence", "visit_occurrence_id"),
    "emergency": ("visit_occurrence", "visit_occurrence_id"),
    "observation": ("visit_occurrence", "visit_occurrence_id"),
    "icu": ("visit_detail", "visit_detail_id"),
}
_MALE, _FEMALE = 8507, 8532
_END_OF_DAY = timedelta(hours=23, minutes=59, seconds=59)
DETAIL = "d"  # the ids of visits and of their details are counted apart, so that one may be both


def read_stays(tables: Tables) -> pl.DataFrame:
    """Every stay, named by its visit, in intensive care by `d` and its first visit detail. Times as the tables give them."""
    visits = read_visits(tables)
    named = visits.filter(pl.col("kind") != NO_STAY).with_columns(stay=pl.col("stay").cast(pl.String))
    rows = pl.concat([named.drop("concept_id"), _in_icu(read_icu(tables), visits)], how="diagonal_relaxed")
    rows = rows.join(_persons(tables), on="person_id", how="left").join(
        _deaths(tables, visits), on="person_id", how="left"
    )
    return rows.select(
        "stay", "kind", "born", "sex", "died", "discharged_to",
        patient=pl.col("person_id").cast(pl.String), admitted="start", discharged="end",
        age=pl.when(pl.col("born").is_null()).then(pl.col("start").dt.year() - pl.col("year_of_birth")).cast(pl.Float64),
    )  # fmt: skip


def rows_of(tables: Tables, stays: pl.DataFrame) -> pl.DataFrame:
    """Rejected stays with their table and row."""
    details = (pl.col("kind") == "icu") & pl.col("stay").str.starts_with(DETAIL)
    plain = stays.with_columns(
        stay=pl.when(details).then(pl.col("stay").str.strip_prefix(DETAIL)).otherwise("stay")
    )
    return with_rows(tables, plain, _TABLE_OF).with_columns(stays["stay"])


def groups(tables: Tables) -> pl.DataFrame | None:
    """stay, site and ward: the care site of each visit, and that of the first visit detail of each time in intensive care."""
    if not tables.has("care_site"):
        return None
    sites = tables.get("care_site", "care_site_id", "care_site_name")
    visits = tables.get("visit_occurrence", "visit_occurrence_id", "care_site_id").left_join(
        sites, "care_site_id"
    )
    told = tables.fetch(visits.select(visit="visit_occurrence_id", site="care_site_name"), "visit_occurrence")
    stays = read_visits(tables).filter(pl.col("kind") != NO_STAY).select(visit="stay")
    hospital = stays.join(told, on="visit", how="left").select(
        stay=pl.col("visit").cast(pl.String), site="site", ward=pl.lit(None, pl.String)
    )
    units = read_icu(tables).select(
        visit="stay", stay=pl.format("{}{}", pl.lit(DETAIL), "detail"), ward="site"
    )
    return pl.concat([hospital, units.join(told, on="visit", how="left").select("stay", "site", "ward")])


def _in_icu(units: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Times in intensive care as stays; who leaves it before the hospital goes to a ward."""
    around = visits.select("stay", left="end", place="discharged_to")
    rows = units.join(around, on="stay", how="left", maintain_order="left")
    with_hospital = (pl.col("end") >= pl.col("left")) | pl.col("left").is_null()
    return rows.select(
        "person_id", "start", "end",
        stay=pl.format("{}{}", pl.lit(DETAIL), "detail"), kind=pl.lit("icu"),
        discharged_to=pl.when(with_hospital).then("place").otherwise(pl.lit("WARD")),
    )  # fmt: skip


def _persons(tables: Tables) -> pl.DataFrame:
    """person_id, year_of_birth, born where the day is told, and sex."""
    rows = tables.get(
        "person", "person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth", "birth_datetime",
        "gender_source_value",
    )  # fmt: skip
    persons = tables.fetch(rows, "person")
    day = pl.date("year_of_birth", "month_of_birth", "day_of_birth").cast(pl.Datetime("us"))
    told = pl.all_horizontal(pl.col("month_of_birth", "day_of_birth").is_not_null())
    listed = pl.col("gender_concept_id").replace_strict(
        {_MALE: "M", _FEMALE: "F"}, default=None, return_dtype=pl.String
    )
    return persons.select(
        "person_id",
        # the first of January stands for a birth of which only the year is known
        year_of_birth=pl.coalesce("year_of_birth", pl.col("birth_datetime").dt.year()),
        born=pl.when(told).then(pl.coalesce("birth_datetime", day)),
        sex=pl.coalesce(listed, "gender_source_value"),
    )  # fmt: skip


def _deaths(tables: Tables, visits: pl.DataFrame) -> pl.DataFrame:
    """person_id and died. A time of death that is the end of a visit is that of leaving: the death is known by its day only."""
    if not tables.has("death"):
        return pl.DataFrame(schema={"person_id": pl.Int64, "died": pl.Datetime("us")})
    rows = tables.get("death", "person_id", "death_date", "death_datetime")
    first = rows.group_by("person_id").aggregate(
        day=coalesce(rows.death_date, rows.death_datetime).min(), time=rows.death_datetime.min()
    )
    deaths = tables.fetch(first, "death").with_columns(pl.col("day").dt.truncate("1d"))
    ends = visits.select("person_id", time="end", leaves=pl.lit(True)).drop_nulls().unique()
    deaths = deaths.join(ends, on=["person_id", "time"], how="left")
    midnight = pl.col("time") == pl.col("time").dt.truncate("1d")
    by_day = pl.col("time").is_null() | midnight | pl.col("leaves").fill_null(False)
    # until the day has ended, for what was charted on it was charted on a living patient
    return deaths.select(
        "person_id", died=pl.when(by_day).then(pl.col("day") + _END_OF_DAY).otherwise("time")
    )
