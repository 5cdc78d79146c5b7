"""Visits and their details: which of them are stays in hospital, in intensive care, for emergency or observation."""

from datetime import timedelta

import ibis
import polars as pl

from opensepsis.data.sources.omop.maps import ids_that_mean, read_map
from opensepsis.data.sources.omop.vocabulary import vocabulary_of
from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.data.timeline.observed import settle_observation

NO_STAY = "no stay"
_A_DAY = timedelta(days=1)
_ICU = r"(?i)\b(?:icu|itu|[cmnpst]icu|cvicu|tsicu|ccu|intensive care|critical care)\b"
_NOT_ICU = r"(?i)step ?-?down|intermediate|high dependency|outpatient|emergency"


def read_visits(tables: Tables) -> pl.DataFrame:
    """person_id, stay, concept_id, start, end, discharged_to and kind of every visit; `no stay` for an outpatient's visit."""
    return tables.once(("visits",), lambda: _read(tables))


def _read(tables: Tables) -> pl.DataFrame:
    rows = tables.get(
        "visit_occurrence", "visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date",
        "visit_start_datetime", "visit_end_date", "visit_end_datetime", "discharged_to_concept_id", "discharged_to_source_value",
    )  # fmt: skip
    visits = tables.fetch(
        rows.select(
            "person_id", stay="visit_occurrence_id", concept_id="visit_concept_id", start_day="visit_start_date",
            start="visit_start_datetime", end_day="visit_end_date", end="visit_end_datetime",
            place_id="discharged_to_concept_id", discharged_to="discharged_to_source_value",
        ),
        "visit_occurrence",
    )  # fmt: skip
    visits = _with_times(visits).join(_places(tables), on="stay", how="left")
    places = read_map("places").select(place_id="concept_id", place="place")
    visits = visits.join(places, on="place_id", how="left")
    means = read_map("visits").select("concept_id", "means")
    visits = visits.join(means, on="concept_id", how="left").with_columns(
        kind=_kind(),
        discharged_to=pl.coalesce("discharged_to", "place"),
        housed=pl.col("housed").fill_null(False),
    )
    names = {"patient": "person_id", "admitted": "start", "discharged": "end"}
    told = visits.select(
        *names.values(), "stay", "concept_id", "discharged_to", "kind", "housed", open_end="day_only"
    )
    settled = settle_observation(told.rename({theirs: ours for ours, theirs in names.items()})).rename(names)
    return settled.select("person_id", "stay", "concept_id", "start", "end", "discharged_to", "kind")


def _with_times(rows: pl.DataFrame) -> pl.DataFrame:
    """`start` and `end` of each row; what has days only lasts to the end of its last day, and says so in `day_only`."""
    day_only = pl.col("start").is_null() | (
        (pl.col("start") == pl.col("start").dt.truncate("1d")) & (pl.col("end") == pl.col("end").dt.truncate("1d"))
    )  # fmt: skip
    last = pl.coalesce("end_day", pl.col("end").dt.truncate("1d")) + _A_DAY
    return rows.with_columns(
        start=pl.coalesce("start", "start_day"),
        end=pl.when(day_only | pl.col("end").is_null()).then(last).otherwise("end"),
        day_only=day_only | pl.col("end").is_null(),
    ).drop("start_day", "end_day")


def _kind() -> pl.Expr:
    """Inpatients are in hospital; so is a visit to an emergency department or clinic that led to a bed, or lasted a day.

    A visit for observation stays one here: `settle_observation` tells which is the whole of a stay in hospital.
    """
    means, lasts = pl.col("means"), pl.col("end") - pl.col("start")
    bed = pl.col("in_bed").fill_null(False)
    emergency = means == "emergency"
    return (
        pl.when(means.is_in(("icu", "observation"))).then(means)
        .when((means == "inpatient") | bed | (emergency & (lasts >= _A_DAY))).then(pl.lit("hospital"))
        .when(emergency).then(pl.lit("emergency"))
        .when(means == "outpatient").then(pl.lit(NO_STAY))
        .when(lasts > timedelta(0)).then(pl.lit("hospital"))
        .when(pl.col("end").is_null()).then(pl.lit("hospital"))
        .otherwise(pl.lit(NO_STAY))
    )  # fmt: skip


def _details(tables: Tables) -> pl.DataFrame:
    """Details of visits, but those of clinics; empty where the CDM has none.

    person_id, detail, stay, concept_id, site, start, end.
    """
    return tables.once(("details",), lambda: _read_details(tables))


def _read_details(tables: Tables) -> pl.DataFrame:
    if not tables.has("visit_detail"):
        names = ("person_id", "detail", "stay", "concept_id")
        times = {"start": pl.Datetime("us"), "end": pl.Datetime("us")}
        return pl.DataFrame(schema={n: pl.Int64 for n in names} | {"site": pl.String} | times)
    rows = tables.get(
        "visit_detail", "visit_detail_id", "person_id", "visit_detail_concept_id", "visit_detail_start_date",
        "visit_detail_start_datetime", "visit_detail_end_date", "visit_detail_end_datetime", "visit_occurrence_id",
        "care_site_id",
    )  # fmt: skip
    if tables.has("care_site"):
        sites = tables.get("care_site", "care_site_id", "care_site_name")
        rows = rows.left_join(sites, "care_site_id").mutate(site=ibis._.care_site_name)
    else:
        rows = rows.mutate(site=ibis.null("string"))
    clinics = ids_that_mean("visits", "outpatient")
    rows = rows.filter(~coalesce(rows.visit_detail_concept_id, 0).isin(clinics))  # most details are of them
    found = tables.fetch(
        rows.select(
            "person_id", "site", detail="visit_detail_id", stay="visit_occurrence_id", concept_id="visit_detail_concept_id",
            start_day="visit_detail_start_date", start="visit_detail_start_datetime", end_day="visit_detail_end_date",
            end="visit_detail_end_datetime",
        ),
        "visit_detail",
    )  # fmt: skip
    return _with_times(found)


def _places(tables: Tables) -> pl.DataFrame:
    """stay, and of its details that last: `in_bed`, one is not of an emergency department; `housed`, one is not of observation."""
    details = _details(tables).filter(pl.col("stay").is_not_null(), pl.col("end") > pl.col("start"))
    told = {"in_bed": "emergency", "housed": "observation"}
    elsewhere = [
        (~pl.col("concept_id").fill_null(0).is_in(ids_that_mean("visits", means))).any().alias(name)
        for name, means in told.items()
    ]
    return details.group_by("stay").agg(elsewhere)


def read_icu(tables: Tables) -> pl.DataFrame:
    """person_id, detail, stay, site, start and end of each time in intensive care; units that follow on one another are one."""
    details = _details(tables).filter(pl.col("end") > pl.col("start"))
    names = {number: concept.name for number, concept in vocabulary_of(tables).concepts.items()}
    listed = pl.col("concept_id").is_in(ids_that_mean("visits", "icu"))
    name = pl.col("concept_id").replace_strict(names, default="", return_dtype=pl.String)
    told = [
        column.str.contains(_ICU) & ~column.str.contains(_NOT_ICU)
        for column in (name, pl.col("site").fill_null(""))
    ]
    units = details.filter(listed | told[0] | told[1]).sort("person_id", "start", "end", "detail")
    before = pl.col("end").cum_max().shift(1).over("person_id", "stay")
    number = (before.is_null() | (pl.col("start") > before)).cast(pl.UInt32).cum_sum()
    return (
        units.with_columns(number=number)
        .group_by("person_id", "stay", "number", maintain_order=True)
        .agg(pl.col("detail").first(), pl.col("site").first(), pl.col("start").min(), pl.col("end").max())
        .drop("number")
    )
