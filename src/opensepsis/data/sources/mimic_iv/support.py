"""Organ support: intervals from what is charted again and again while it lasts."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.mimic_iv.procedures import tube_moments
from opensepsis.data.sources.mimic_iv.tables import Tables

# a word charted once holds until the next, but not longer than this, nor beyond the stay in intensive care
VENTILATION_HOLDS = timedelta(hours=14)
OXYGEN_HOLDS = timedelta(hours=8)
FLOW_HOLDS = timedelta(hours=4)
STRENGTH = {"off": 0, "high_flow": 1, "cpap": 2, "noninvasive": 3, "invasive": 4, "stop": 9}
_RULES = ("state", "charted", "code status")
_FROM_DEVICES = frozenset({"oxygen", "fio2"})
_FLOWS = frozenset({"dialysis", "ecmo", "mechanical_circulation"})
_INTERVAL = ("subject_id", "concept", "time", "end", "known", "text", "origin")


def speaks_of_support(concepts: frozenset[str]) -> pl.DataFrame:
    """The items of chartevents whose words or mere presence tell of the asked support."""
    found = items("chartevents", concepts, *_RULES)
    if "ventilation" in concepts or not concepts & _FROM_DEVICES:
        return found
    devices = read_map("ventilation").filter(pl.col("oxygen").is_not_null())["itemid"].unique()
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


def _ventilation(spoken: pl.DataFrame, tubes: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Ventilation from one charted device or mode to the next; intubation starts it and extubation ends it."""
    states = _states(spoken, "ventilation", STRENGTH)
    moments = tubes.with_columns(strength=pl.col("text").replace_strict(STRENGTH, return_dtype=pl.Int64))
    held = _held(pl.concat([states, moments.select(states.columns)]), departures, VENTILATION_HOLDS)
    running = held.filter(pl.col("strength").is_between(STRENGTH["high_flow"], STRENGTH["invasive"]))
    names = {rank: name for name, rank in STRENGTH.items()}
    text = pl.col("strength").replace_strict(names, return_dtype=pl.String)
    return running.select(_INTERVAL[0], *_INTERVAL[2:5], text=text, concept=pl.lit("ventilation"), origin=pl.lit("chartevents/ventilation"))


def _devices(spoken: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Oxygen devices, the strongest of those charted at one minute, until the next; `air` where none is used."""
    listed = read_map("ventilation")["oxygen"].drop_nulls().unique(maintain_order=True).to_list()
    strengths = {device: rank for rank, device in enumerate(reversed(listed))}
    held = _held(_states(spoken, "oxygen", strengths), departures, OXYGEN_HOLDS)
    names = {rank: device for device, rank in strengths.items()}
    text = pl.col("strength").replace_strict(names, return_dtype=pl.String)
    return held.select(_INTERVAL[0], *_INTERVAL[2:5], text=text, concept=pl.lit("oxygen"), origin=pl.lit("chartevents/226732"))


def _room_air(devices: pl.DataFrame) -> pl.DataFrame:
    """Where only `None` is charted as device the patient breathes air: 21 % oxygen at that moment."""
    air = devices.filter(pl.col("text") == "air").select("subject_id", "time", "known", "origin")
    return air.with_columns(concept=pl.lit("fio2"), value=pl.lit(0.21))


def _flows(spoken: pl.DataFrame, departures: pl.DataFrame) -> pl.DataFrame:
    """Machines of which a setting or flow is charted: each charting holds until the next."""
    machines = read_map("items").filter(pl.col("rule") == "charted").select("itemid", "concept", "text")
    flowing = spoken.join(machines, on="itemid").with_columns(strength=pl.lit(1, pl.Int64))
    held = _held(flowing, departures, FLOW_HOLDS, "concept", "text")
    return held.with_columns(origin=pl.lit("chartevents/flow")).select(_INTERVAL)


def _comfort(spoken: pl.DataFrame) -> pl.DataFrame:
    """Comfort measures only, from the charted code status until another is charted, or for good."""
    asked = read_map("items").filter(pl.col("rule") == "code status")["itemid"]
    comfort = read_map("words").filter(pl.col("text") == "comfort").select("itemid", said="word", comfort=pl.lit(True))
    codes = spoken.filter(pl.col("itemid").is_in(asked.implode()), pl.col("said") != "").sort("subject_id", "time")
    codes = codes.with_columns(end=pl.col("time").shift(-1).over("subject_id")).join(comfort, on=["itemid", "said"])
    origin = pl.format("chartevents/{}", "itemid")
    return codes.select("subject_id", "time", "end", "known", concept=pl.lit("comfort_care"), origin=origin)


def _states(spoken: pl.DataFrame, column: str, strengths: dict[str, int]) -> pl.DataFrame:
    """Every charted word that says something about the column, with its strength."""
    words = read_map("ventilation").filter(pl.col(column).is_not_null())
    strength = pl.col(column).replace_strict(strengths, return_dtype=pl.Int64)
    listed = words.select("itemid", said="word", strength=strength)
    return spoken.join(listed, on=["itemid", "said"]).select("subject_id", "stay_id", "time", "known", "strength")


def _held(states: pl.DataFrame, departures: pl.DataFrame, at_most: timedelta, *groups: str) -> pl.DataFrame:
    """Each state from its minute to the next of the patient; of several at one minute the strongest."""
    at_minute = states.group_by("subject_id", "time", *groups).agg(pl.col("strength", "known", "stay_id").max())
    ordered = at_minute.join(departures, on="stay_id", how="left").sort("subject_id", *groups, "time")
    departs = pl.when(pl.col("outtime") > pl.col("time")).then("outtime")
    following = pl.col("time").shift(-1).over("subject_id", *groups)
    return ordered.with_columns(end=pl.min_horizontal(following, pl.col("time") + at_most, departs))
