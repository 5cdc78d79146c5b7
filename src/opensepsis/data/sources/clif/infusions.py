"""What runs into a vein, from medication_admin_continuous: each row holds until the next of its order."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.intake.medicines import why_no_fluid
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.sources.clif.actions import ACTIONS, says
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.names import misnamed_drug
from opensepsis.data.sources.clif.words import RAW, infused, listed, read_map
from opensepsis.data.sources.pump_rates import per_kilogram
from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.definitions.concepts import CONCEPTS

TABLE = "medication_admin_continuous"
_ORDER = ("med_order_id", "med_name")
_CONVERTED = ("med_dose_converted", "med_dose_unit_converted", "convert_status")
_FAILED = "its conversion failed"


def infusions(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Rates from one row to the next, sedatives while they run, and volumes when they are in."""
    tables = hospital.tables
    wanted = infused(tables, TABLE).filter(pl.col("concept").is_in(sorted(concepts)))
    if tables.has("input"):
        # there they stand as volumes of their own
        wanted = wanted.filter(pl.col("concept") != "crystalloid")
    if wanted.is_empty() or not tables.has(TABLE):
        return
    used = listed(tables, TABLE, "med_category", wanted)
    if used.is_empty():
        return
    weights = hospital.weights
    running = _running(hospital, dict(used.select(RAW, "word").iter_rows()))
    for batch in tables.stream(running, TABLE):
        named = batch.join(used.rename({RAW: "med_category"}), on="med_category", maintain_order="left")
        rows = hospital.whose(named).with_columns(
            origin=pl.format(TABLE + "/{}/{}", "word", pl.coalesce("med_order_id", pl.lit("")))
        )
        yield _rates(rows.filter(pl.col("concept").is_in(_rated())), weights)
        yield _plain(rows.filter(~pl.col("concept").is_in([*_rated(), "crystalloid"])))
        yield _volumes(rows.filter(pl.col("concept") == "crystalloid"))


def _rated() -> list[str]:
    """The concepts whose infusions have a rate."""
    return [
        c.name
        for c in CONCEPTS.values()
        if c.unit and c.name in set(read_map("infusions")["concept"]) - {"crystalloid"}
    ]


def _running(hospital: Hospital, drugs: dict[str, str]) -> Query:
    """Every row that says that something runs, with the time of the next row of its order, and else of its drug.

    `drugs` has each category as it is written, with the drug that it names: one order may be written in several ways.
    """
    said = _said(hospital, list(drugs))
    rows = said.mutate(drug=said.med_category.substitute(drugs))
    key = coalesce(rows.med_order_id, ibis.literal(""))
    drug = [rows[ADMISSION], rows.drug]
    # in one minute the row that runs holds, of two the faster: a stop and the start of the next bag share it
    place = ibis.ifelse(rows.stops, 0, ibis.ifelse(rows.dose.isnull(), 1, 2))
    first = ibis.row_number().over(
        group_by=[*drug, key, rows.time],
        order_by=[place.desc(), coalesce(rows.dose, 0.0).desc(), coalesce(rows.unit, "")],
    )
    rows = rows.mutate(place=first, key=key)
    rows = rows.filter(rows.place == 0)
    own = rows.time.lead().over(group_by=[rows[ADMISSION], rows.drug, rows.key], order_by=rows.time)
    rows = hospital.tables.keep(rows.mutate(following=own), TABLE)
    moments = rows.select(ADMISSION, "drug", "time").distinct()
    later = moments.time.lead().over(group_by=[moments[ADMISSION], moments.drug], order_by=moments.time)
    moments = moments.mutate(next_of_drug=later)
    joined = rows.left_join(moments, [ADMISSION, "drug", "time"])
    running = joined.filter(~joined.stops)
    return running.select(
        ADMISSION, "med_category", *_ORDER, "dose", "unit", "failed", "time",
        end=coalesce(running.following, running.next_of_drug),
    )  # fmt: skip


def _said(hospital: Hospital, categories: list[str]) -> Query:
    """dose, unit and whether each row is a stop; rows that say nothing of the rate are left out."""
    tables = hospital.tables
    rows = tables.get(
        TABLE,
        ADMISSION,
        "med_category",
        "admin_dttm",
        "med_dose",
        "med_dose_unit",
        *_ORDER,
        *ACTIONS,
        *_CONVERTED,
    )
    rows = rows.filter(rows.med_category.isin(categories), rows.admin_dttm.notnull())
    # a bolus is no rate
    rows = rows.filter(~says(hospital, TABLE, rows, "given"))
    stops = says(hospital, TABLE, rows, "stops", "not given")
    success = coalesce(rows.convert_status, "").strip().lower() == "success"
    given = rows.med_dose.notnull()
    rows = rows.select(
        ADMISSION, "med_category", *_ORDER, time="admin_dttm",
        # the dose as charted; a converted one only where there is no other, and never one whose conversion failed
        dose=ibis.ifelse(given, rows.med_dose, ibis.ifelse(success, rows.med_dose_converted, ibis.null("float64"))),
        unit=ibis.ifelse(given, rows.med_dose_unit, rows.med_dose_unit_converted),
        failed=~given & rows.med_dose_converted.notnull() & ~success,
        stops=stops | (coalesce(rows.med_dose, 1.0) == 0),
        begins=says(hospital, TABLE, rows, "begins"),
    )  # fmt: skip
    return rows.filter(rows.stops | rows.dose.notnull() | rows.begins | rows.failed)


def _rates(rows: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Rates in their concepts' units, by the weight charted last where the unit needs one."""
    given = rows.rename({"dose": "value"})
    weighed = per_kilogram(given, weights)
    read = read_values(given)
    converted = pl.Series(weighed["weighed"])
    value = read["value"].zip_with(~converted, weighed["rate"])
    reason = read["reason"].zip_with(~converted, weighed["reason"])
    reason = reason.zip_with(
        ~given["failed"], pl.Series([_FAILED]).new_from_index(0, given.height) if given.height else reason
    )
    return given.select("patient", "concept", "time", "end", "origin").with_columns(
        value=value, reason=pl.select(pl.coalesce(misnamed_drug(given), reason)).to_series()
    )


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("patient", "concept", "time", "end", "text", "origin", reason=misnamed_drug(rows))


def _volumes(rows: pl.DataFrame) -> pl.DataFrame:
    """Millilitres at the end of each rate, so that nothing counts before it is in."""
    hours = (pl.col("end") - pl.col("time")).dt.total_microseconds() / 3.6e9
    per_hour = pl.col("unit").str.strip_chars().str.to_lowercase().is_in(["ml/hour", "ml/hr", "ml/h"])
    told = rows.filter(per_hour & pl.col("end").is_not_null() & pl.col("dose").is_not_null())
    return told.select(
        "patient", "concept", "text", "origin", time="end", known="end", value=pl.col("dose") * hours, reason=no_fluid(told)
    )  # fmt: skip


def no_fluid(rows: pl.DataFrame) -> pl.Series:
    """Why a fluid is no isotonic crystalloid, by the hospital's own name of it; empty where nothing says so."""
    named = rows["med_name"].drop_nulls().unique()
    return rows["med_name"].replace_strict(
        {n: why_no_fluid(n) or None for n in named}, default=None, return_dtype=pl.String
    )
