"""What ran into a vein as CareVue charts it: a rate at a moment, until the next."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.sources.held_states import FLOW_HOLDS, held
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.pump_rates import per_kilogram
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS

TABLE = "inputevents_cv"
_WEIGHTS = (762, 763, 3580, 226512, 224639)  # in kg
_COLUMNS = ("subject_id", "stay_id", "charttime", "storetime", "rate", "rateuom", "stopped")
_UNKNOWN_UNIT = "unknown unit"


def carevue_infusions(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Rates from one charting to the next, at most four hours; 0 and *stopped* end them."""
    listed = read_map("infusions", "mimic_iii").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty() or not tables.has(TABLE):
        return
    departures = tables.fetch(tables.get("icustays", "stay_id", "outtime"), "icustays")
    weights = _weights(tables)
    rows = [
        batch.filter(pl.col("charttime").is_not_null())
        for batch in tables.of_codes(TABLE, "itemid", listed["itemid"].unique(), *_COLUMNS)
    ]
    if not rows:
        return
    running = _running(pl.concat(rows), departures).join(
        listed.with_columns(pl.col("concept").cast(pl.String)), on="itemid"
    )
    rated = pl.col("concept").is_in([name for name, concept in CONCEPTS.items() if concept.unit])
    yield _rates(running.filter(rated), weights)
    plain = running.filter(~rated)
    yield plain.select(
        "subject_id", "concept", "time", "end", "known", "text", origin=pl.format(TABLE + "/{}", "itemid")
    )


def _weights(tables: Tables) -> pl.DataFrame:
    """patient, time and weight of every charted weight that can be."""
    charted = tables.of_codes(
        "chartevents", "itemid", pl.Series(_WEIGHTS), "subject_id", "charttime", "valuenum"
    )
    found = [rows.select(patient="subject_id", time="charttime", weight="valuenum") for rows in charted]
    empty = pl.DataFrame(schema={"patient": pl.Int64, "time": pl.Datetime("us"), "weight": pl.Float64})
    weights = pl.concat([empty, *found]).drop_nulls()
    return weights.filter(pl.col("weight").is_between(0.3, 450)).sort("time")


def _running(rows: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Every charted rate above 0 with its end; of several at one minute the highest."""
    said = pl.col("stopped").fill_null("").str.to_lowercase()
    stops = (said == "stopped") | said.str.starts_with("d/c")
    # a row of the amount alone says nothing of the rate
    told = rows.filter(pl.col("rate").is_not_null() | stops)
    strength = pl.when(stops).then(0.0).otherwise("rate")
    states = told.select(
        "subject_id",
        "itemid",
        "stay_id",
        time="charttime",
        known="storetime",
        rate="rate",
        unit="rateuom",
        strength=strength,
    )
    return held(states, departures, FLOW_HOLDS, ("subject_id", "itemid"), "stay_id").filter(
        pl.col("strength") > 0
    )


def _rates(rows: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Rates in their concepts' units, by the weight charted last."""
    units = dict(read_map("rates", "mimic_iii").iter_rows())
    said = pl.col("unit").fill_null("").str.strip_chars().str.to_lowercase()
    named = rows.with_columns(
        patient="subject_id",
        value="rate",
        unit=said.replace_strict(units, default=None, return_dtype=pl.String),
    )
    weighed = per_kilogram(named, weights)
    read = read_values(named)
    by_weight = pl.Series(weighed["weighed"])
    lacking = pl.Series([_UNKNOWN_UNIT], dtype=pl.String).new_from_index(0, named.height)
    reason = (
        read["reason"].zip_with(~by_weight, weighed["reason"]).zip_with(named["unit"].is_not_null(), lacking)
    )
    return named.select(
        "subject_id", "concept", "time", "end", "known", origin=pl.format(TABLE + "/{}", "itemid")
    ).with_columns(value=read["value"].zip_with(~by_weight, weighed["rate"]), reason=reason)
