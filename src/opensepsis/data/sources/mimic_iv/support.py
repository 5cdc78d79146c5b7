"""Organ support: intervals from what is charted again and again while it lasts. Its windows run beside the data, on few rows."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.mimic_iv.procedures import tube_moments
from opensepsis.data.sources.mimic_iv.tables import Tables

# a word charted once holds until the next, but not longer than this many hours, nor beyond the stay in intensive care
VENTILATION_HOLDS = 14
OXYGEN_HOLDS = 8
FLOW_HOLDS = 4
STRENGTH = {"off": 0, "high_flow": 1, "cpap": 2, "noninvasive": 3, "invasive": 4, "stop": 9}
_RULES = ("state", "charted", "code status")
_FROM_DEVICES = frozenset({"oxygen", "fio2"})
_FLOWS = frozenset({"dialysis", "ecmo", "mechanical_circulation"})


def speaks_of_support(concepts: frozenset[str]) -> pl.DataFrame:
    """The items of chartevents whose words or mere presence tell of the asked support."""
    asked = concepts | {"ventilation"} if concepts & _FROM_DEVICES else concepts
    found = items("chartevents", asked, *_RULES)
    devices_only = "ventilation" not in concepts
    with_device = set(read_map("ventilation").filter(pl.col("oxygen").is_not_null())["itemid"])
    return found.filter((pl.col("rule") != "state") | pl.col("itemid").is_in(with_device) | (not devices_only))


def charted_support(tables: Tables, concepts: frozenset[str], spoken: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Intervals of the asked support, from the rows that speak of it."""
    rules = items("chartevents", frozenset(read_map("items")["concept"]), *_RULES).select("itemid", "concept", "rule", "text")
    rows = tables.local(spoken.with_columns(pl.col("said").str.strip_chars().str.to_lowercase()).join(rules, on="itemid"))
    if "ventilation" in concepts:
        yield from tables.stream_local(_ventilation(tables, rows))
    if concepts & _FROM_DEVICES:
        devices = _devices(tables, rows)
        if "oxygen" in concepts:
            yield from tables.stream_local(devices)
        if "fio2" in concepts:
            yield from tables.stream_local(_room_air(devices))
    if concepts & _FLOWS:
        yield from tables.stream_local(_flows(tables, rows))
    if "comfort_care" in concepts:
        yield from tables.stream_local(_comfort(tables, rows))


def _ventilation(tables: Tables, rows: ir.Table) -> ir.Table:
    """Ventilation from one charted device or mode to the next; intubation starts it and extubation ends it."""
    strengths = pl.DataFrame({"ventilation": list(STRENGTH), "strength": list(STRENGTH.values())})
    states = _states(tables, rows, "ventilation", strengths)
    tubes = tube_moments(tables).with_columns(strength=pl.col("text").replace_strict(STRENGTH, return_dtype=pl.Int64))
    moments = tables.local(tubes.select("subject_id", "stay_id", "time", "known", "strength"))
    held = _held(tables, states.union(moments), VENTILATION_HOLDS)
    ventilated = held.filter(held.strength.between(STRENGTH["high_flow"], STRENGTH["invasive"]))
    words = [(ventilated.strength == rank, name) for name, rank in STRENGTH.items() if 0 < rank < STRENGTH["stop"]]
    return ventilated.select(
        "subject_id", "time", "end", "known", concept=ibis.literal("ventilation"), text=ibis.cases(*words),
        origin=ibis.literal("chartevents/ventilation"),
    )  # fmt: skip


def _devices(tables: Tables, rows: ir.Table) -> ir.Table:
    """Oxygen devices, the strongest of those charted at one minute, until the next; `air` where none is used."""
    named = read_map("ventilation").filter(pl.col("oxygen").is_not_null())["oxygen"].unique(maintain_order=True)
    strengths = pl.DataFrame({"oxygen": named.reverse(), "strength": pl.Series(range(named.len()), dtype=pl.Int64)})
    held = _held(tables, _states(tables, rows, "oxygen", strengths), OXYGEN_HOLDS)
    worn = held.join(tables.local(strengths), "strength")
    return worn.select(
        "subject_id", "time", "end", "known", concept=ibis.literal("oxygen"), text="oxygen",
        origin=ibis.literal("chartevents/226732"),
    )  # fmt: skip


def _room_air(devices: ir.Table) -> ir.Table:
    """Where only `None` is charted as device the patient breathes air: 21 % oxygen at that moment."""
    air = devices.filter(devices.text == "air")
    return air.select("subject_id", "time", "known", "origin", concept=ibis.literal("fio2"), value=ibis.literal(0.21))


def _states(tables: Tables, rows: ir.Table, column: str, strengths: pl.DataFrame) -> ir.Table:
    """Every charted word that says something about the column, with its strength."""
    words = read_map("ventilation").filter(pl.col(column).is_not_null()).join(strengths, on=column)
    listed = tables.local(words.select("itemid", "strength", said="word"))
    return rows.join(listed, ["itemid", "said"]).select("subject_id", "stay_id", "time", "known", "strength")


def _held(tables: Tables, states: ir.Table, hours: int, *groups: str) -> ir.Table:
    """Each state from its minute to the next of the patient; of several at one minute the strongest."""
    at_minute = states.group_by("subject_id", "time", *groups).aggregate(
        strength=states.strength.max(), known=states.known.max(), stay_id=states.stay_id.max()
    )
    within = at_minute.left_join(_departures(tables), "stay_id")
    by_patient = ibis.window(group_by=["subject_id", *groups], order_by="time")
    following = within.mutate(following=within.time.lead().over(by_patient))
    limit = following.time + ibis.interval(hours=hours)
    departs = ibis.ifelse(following.outtime > following.time, following.outtime, limit)
    end = ibis.least(ibis.coalesce(following.following, limit), limit, ibis.coalesce(departs, limit))
    return following.select("subject_id", "strength", "known", "time", *groups, end=end)


def _departures(tables: Tables) -> ir.Table:
    return tables.local(tables.fetch(tables.get("icustays", "stay_id", "outtime"), "icustays"))


def _flows(tables: Tables, rows: ir.Table) -> ir.Table:
    """Machines of which a setting or flow is charted: each charting holds until the next."""
    flowing = rows.filter(rows.rule == "charted").mutate(strength=ibis.literal(1), machine=ibis.coalesce(rows.text, ""))
    held = _held(tables, flowing, FLOW_HOLDS, "concept", "machine")
    return held.select(
        "subject_id", "concept", "time", "end", "known", text=held.machine.nullif(""), origin=ibis.literal("chartevents/flow")
    )


def _comfort(tables: Tables, rows: ir.Table) -> ir.Table:
    """Comfort measures only, from the charted code status until another is charted, or for good."""
    words = read_map("words").filter(pl.col("text") == "comfort").select("itemid", said="word", comfort=pl.lit(True))
    codes = rows.filter(rows.rule == "code status", rows.said.notnull())
    codes = codes.left_join(tables.local(words), ["itemid", "said"]).drop("itemid_right", "said_right")
    by_patient = ibis.window(group_by="subject_id", order_by="time")
    until = codes.mutate(following=codes.time.lead().over(by_patient))
    return until.filter(until.comfort.notnull()).select(
        "subject_id", "concept", "time", "known", end="following",
        origin=ibis.literal("chartevents/") + until.itemid.cast("string"),
    )  # fmt: skip
