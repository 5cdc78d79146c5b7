"""Organ support: intervals from what is charted again and again while it lasts."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from opensepsis.data.sources.held_states import (
    FLOW_HOLDS,
    OXYGEN_HOLDS,
    STRENGTH,
    VENTILATION_HOLDS,
    held,
)
from opensepsis.data.sources.mimic_iv.maps import items, of_both_systems
from opensepsis.data.sources.mimic_iv.procedures import tube_moments
from opensepsis.data.sources.relational.tables import Tables

_RULES = ("state", "charted", "circuit", "code status", "pupil", "ticked")
_FROM_DEVICES = frozenset({"oxygen", "fio2"})
_FLOWS = frozenset({"dialysis", "ecmo", "mechanical_circulation"})
_CHARTED = _FLOWS | {"fixed_pupils", "chronic_dialysis"}


def speaks_of_support(concepts: frozenset[str]) -> pl.DataFrame:
    """The items of chartevents whose words or mere presence tell of the asked support."""
    found = items("chartevents", concepts, *_RULES)
    if "ventilation" in concepts or not concepts & _FROM_DEVICES:
        return found
    devices = of_both_systems("ventilation").filter(pl.col("oxygen").is_not_null())["itemid"].unique()
    states = items("chartevents", frozenset({"ventilation"}), "state")
    return pl.concat([found, states.filter(pl.col("itemid").is_in(devices.implode()))])


def charted_support(tables: Tables, concepts: frozenset[str], spoken: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Intervals of the asked support, from the rows that speak of it (itemid, and the word in lower case in `said`)."""
    departures = tables.fetch(tables.get("icustays", "stay_id", "outtime"), "icustays")
    if "ventilation" in concepts:
        yield _ventilation(spoken, tube_moments(tables), departures)
    if concepts & _FROM_DEVICES:
        devices = _devices(spoken, departures)
        if "oxygen" in concepts:
            yield devices
        if "fio2" in concepts:
            yield _room_air(devices)
    if concepts & _FLOWS:
        yield _flows(spoken, departures)
    if "comfort_care" in concepts:
        yield _comfort(spoken)
    if "fixed_pupils" in concepts:
        yield _pupils(spoken)
    if "chronic_dialysis" in concepts:
        yield _ticked(spoken)


def _ventilation(spoken: pl.DataFrame, tubes: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Ventilation from one charted device or mode to the next; intubation starts it and extubation ends it."""
    states = _states(spoken, "ventilation", STRENGTH)
    moments = tubes.with_columns(strength=pl.col("text").replace_strict(STRENGTH, return_dtype=pl.Int64))
    lasting = _held(pl.concat([states, moments.select(states.columns)]), departures, VENTILATION_HOLDS)
    running = lasting.filter(pl.col("strength").is_between(STRENGTH["high_flow"], STRENGTH["invasive"]))
    names = {rank: name for name, rank in STRENGTH.items()}
    text = pl.col("strength").replace_strict(names, return_dtype=pl.String)
    named = {"text": text, "concept": pl.lit("ventilation"), "origin": pl.lit("chartevents/ventilation/")}
    return running.select("subject_id", "time", "end", "known", **named)


def _devices(spoken: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Oxygen devices, the strongest of those charted at one minute, until the next; `air` where none is used."""
    listed = of_both_systems("ventilation")["oxygen"].drop_nulls().unique(maintain_order=True).to_list()
    strengths = {device: rank for rank, device in enumerate(reversed(listed))}
    lasting = _held(_states(spoken, "oxygen", strengths), departures, OXYGEN_HOLDS)
    names = {rank: device for device, rank in strengths.items()}
    text = pl.col("strength").replace_strict(names, return_dtype=pl.String)
    named = {"text": text, "concept": pl.lit("oxygen"), "origin": pl.lit("chartevents/226732/")}
    return lasting.select("subject_id", "time", "end", "known", **named)


def _room_air(devices: pl.DataFrame) -> pl.DataFrame:
    """Where only `None` is charted as device the patient breathes air: 21 % oxygen at that moment."""
    air = devices.filter(pl.col("text") == "air").select("subject_id", "time", "known", "origin")
    return air.with_columns(concept=pl.lit("fio2"), value=pl.lit(0.21))


def _flows(spoken: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Machines of which a setting or flow is charted: each charting holds until the next, in the mode its word says.

    Why ECMO runs is told by its circuit, which is charted more seldom than its flow: the last one of the stay counts.
    """
    machines = _listed("charted", "circuit").rename({"text": "machine"})
    words = of_both_systems("words").select("itemid", said="word", mode="text").drop_nulls("mode")
    flowing = spoken.join(machines, on="itemid").join(words, on=["itemid", "said"], how="left")
    circuit = pl.col("mode").forward_fill().over("subject_id", "stay_id", order_by="time")
    reason = pl.when(pl.col("concept") == "ecmo").then(circuit).otherwise("mode")
    flowing = flowing.with_columns(text=pl.coalesce(reason, "machine"))
    flowing = flowing.with_columns(strength=pl.col("text").is_not_null().cast(pl.Int64))
    lasting = _held(flowing, departures, FLOW_HOLDS, "concept", "machine")
    return lasting.select(
        "subject_id", "concept", "time", "end", "known", "text", origin=pl.lit("chartevents/flow/")
    )


def _pupils(spoken: pl.DataFrame) -> pl.DataFrame:
    """Whether both pupils are fixed, at minutes at which both are charted or one that is charted reacts."""
    words = of_both_systems("words").select("itemid", said="word", fixed="value")
    sides = spoken.join(_listed("pupil"), on="itemid").join(words, on=["itemid", "said"])
    both = sides.group_by("subject_id", "time").agg(
        pl.col("known").max(), value=pl.col("fixed").min(), sides=pl.col("itemid").n_unique()
    )
    told = both.filter((pl.col("sides") == 2) | (pl.col("value") == 0)).drop("sides")
    return told.with_columns(concept=pl.lit("fixed_pupils"), origin=pl.lit("chartevents/pupils/"))


def _ticked(spoken: pl.DataFrame) -> pl.DataFrame:
    """Long-term dialysis as ticked in the history, from the first tick of a stay in intensive care to the stay's end."""
    words = of_both_systems("words").filter(pl.col("value") == 1).select("itemid", said="word")
    ticks = spoken.join(_listed("ticked"), on="itemid").join(words, on=["itemid", "said"])
    first = ticks.sort("time", "known").group_by("subject_id", "stay_id", "itemid", "concept").first()
    return first.select(
        "subject_id", "concept", "time", "known", origin=pl.format("chartevents/{}/", "itemid")
    )


def _listed(*rules: str) -> pl.DataFrame:
    listed = items("chartevents", _CHARTED, *rules)
    return listed.select("itemid", "concept", "text")


def _comfort(spoken: pl.DataFrame) -> pl.DataFrame:
    """Comfort measures only, from the charted code status until another is charted, or for good."""
    asked = of_both_systems("items").filter(pl.col("rule") == "code status")["itemid"]
    comfort = (
        of_both_systems("words")
        .filter(pl.col("text") == "comfort")
        .select("itemid", said="word", comfort=pl.lit(True))
    )
    codes = spoken.filter(pl.col("itemid").is_in(asked.implode()), pl.col("said") != "").sort(
        "subject_id", "time", "known", "said"
    )
    codes = codes.with_columns(end=pl.col("time").shift(-1).over("subject_id")).join(
        comfort, on=["itemid", "said"]
    )
    origin = pl.format("chartevents/{}/", "itemid")
    return codes.select("subject_id", "time", "end", "known", concept=pl.lit("comfort_care"), origin=origin)


def _states(spoken: pl.DataFrame, column: str, strengths: dict[str, int]) -> pl.DataFrame:
    """Every charted word that says something about the column, with its strength."""
    words = of_both_systems("ventilation").filter(pl.col(column).is_not_null())
    strength = pl.col(column).replace_strict(strengths, return_dtype=pl.Int64)
    listed = words.select("itemid", said="word", strength=strength)
    return spoken.join(listed, on=["itemid", "said"]).select(
        "subject_id", "stay_id", "time", "known", "strength"
    )


def _held(states: pl.DataFrame, departures: pl.DataFrame, at_most: timedelta, *groups: str) -> pl.DataFrame:
    """Each state of a patient to the next, at most to the end of its stay in intensive care."""
    return held(states, departures, at_most, ("subject_id", *groups), "stay_id")
