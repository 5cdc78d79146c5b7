"""Organ support of MIMIC-IV: intervals from procedures, and from what is charted again and again while it lasts."""

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.mimic_iv.shape import Query
from opensepsis.data.sources.mimic_iv.tables import Tables

# a word charted once holds until the next, but not longer than this many hours, nor beyond the stay in intensive care
VENTILATION_HOLDS = 14
OXYGEN_HOLDS = 8
FLOW_HOLDS = 4
_STRENGTH = {"off": 0, "high_flow": 1, "cpap": 2, "noninvasive": 3, "invasive": 4, "stop": 9}
_CONCEPTS = {"ventilation", "oxygen", "dialysis", "ecmo", "mechanical_circulation", "comfort_care", "sedative", "fio2"}


def support(tables: Tables, concepts: frozenset[str]) -> list[Query]:
    """Queries over procedureevents and the charted words, for the asked kinds of support."""
    if not concepts & _CONCEPTS:
        return []
    queries = _procedures(tables, concepts)
    charted = _charted(tables, concepts)
    if charted is None:
        return queries
    if "ventilation" in concepts:
        queries.append(Query("chartevents", _ventilation(tables, charted)))
    if concepts & {"oxygen", "fio2"}:
        devices = _devices(tables, charted)
        queries += [Query("chartevents", devices)] if "oxygen" in concepts else []
        queries += [Query("chartevents", _room_air(devices))] if "fio2" in concepts else []
    if concepts & {"dialysis", "ecmo", "mechanical_circulation"}:
        queries.append(Query("chartevents", _flows(tables, charted)))
    if "comfort_care" in concepts:
        queries.append(Query("chartevents", _comfort(tables, charted)))
    return queries


def _procedures(tables: Tables, concepts: frozenset[str]) -> list[Query]:
    listed = items("procedureevents", concepts, "interval")
    if listed.is_empty():
        return []
    rows = _done(tables).join(tables.lookup(listed.select("itemid", "concept", "text")), "itemid")
    # storetime is the last entry in the row, mostly its end, so the start is the best guess of when it was known
    intervals = rows.select("subject_id", "concept", "text", "origin", time="starttime", end="endtime")
    return [Query("procedureevents", intervals)]


def _done(tables: Tables) -> ir.Table:
    columns = ("subject_id", "stay_id", "itemid", "starttime", "endtime", "orderid", "statusdescription")
    rows = tables.get("procedureevents", *columns)
    rows = rows.filter(ibis.coalesce(rows.statusdescription, "") != "Rewritten")
    order = ibis.coalesce(ibis.literal("/") + rows.orderid.cast("string"), "")
    return rows.mutate(origin=ibis.literal("procedureevents/") + rows.itemid.cast("string") + order)


def _charted(tables: Tables, concepts: frozenset[str]) -> ir.Table | None:
    """The charted rows that speak of support, picked in one scan."""
    spoken = concepts | ({"ventilation"} if concepts & {"oxygen", "fio2"} else frozenset())
    listed = items("chartevents", frozenset(spoken), "state", "charted", "code status")
    if listed.is_empty():
        return None
    columns = ("subject_id", "stay_id", "itemid", "charttime", "storetime", "value")
    rows = tables.get("chartevents", *columns)
    picked = rows.join(tables.lookup(listed.select("itemid", "concept", "rule", "text")), "itemid")
    return tables.keep(picked)


def _ventilation(tables: Tables, charted: ir.Table) -> ir.Table:
    """Ventilation from one charted device or mode to the next; intubation starts it and extubation ends it."""
    states = _states(tables, charted, "ventilation")
    tubes = items("procedureevents", frozenset({"ventilation"}), "start", "stop")
    tubes = tubes.select("itemid", strength=pl.col("text").fill_null("stop").replace_strict(_STRENGTH, return_dtype=pl.Int64))
    tubes_done = _done(tables).join(tables.lookup(tubes), "itemid")
    moments = tubes_done.select(
        "subject_id", "stay_id", charttime="starttime", storetime=ibis.null("timestamp(6)"), strength="strength"
    )
    held = _held(tables, states.union(moments), VENTILATION_HOLDS)
    names = {rank: name for name, rank in _STRENGTH.items()}
    ventilated = held.filter(held.strength.between(1, 4))
    return ventilated.select(
        "subject_id", "time", "end", "known",
        concept=ibis.literal("ventilation"),
        text=ibis.cases(*((ventilated.strength == rank, names[rank]) for rank in range(1, 5))),
        origin=ibis.literal("chartevents/ventilation"),
    )  # fmt: skip


def _devices(tables: Tables, charted: ir.Table) -> ir.Table:
    """Oxygen devices, the strongest of those charted at one minute, until the next; `air` where none is used."""
    held = _held(tables, _states(tables, charted, "oxygen"), OXYGEN_HOLDS)
    named = held.join(tables.lookup(_oxygen_devices()), "strength")
    return named.select(
        "subject_id", "time", "end", "known",
        concept=ibis.literal("oxygen"),
        text="oxygen",
        origin=ibis.literal("chartevents/226732"),
    )  # fmt: skip


def _room_air(devices: ir.Table) -> ir.Table:
    """Where only `None` is charted as device the patient breathes air: 21 % oxygen at that moment."""
    air = devices.filter(devices.text == "air")
    return air.select("subject_id", "time", "known", "origin", concept=ibis.literal("fio2"), value=ibis.literal(0.21))


def _oxygen_devices() -> pl.DataFrame:
    """The devices in the order of the list, the last being air; a higher number is stronger."""
    named = read_map("ventilation").filter(pl.col("oxygen").is_not_null())["oxygen"].unique(maintain_order=True)
    return pl.DataFrame({"oxygen": named.reverse(), "strength": range(named.len())}, schema_overrides={"strength": pl.Int64})


def _states(tables: Tables, charted: ir.Table, column: str) -> ir.Table:
    """Every charted word that says something about the column, with its strength."""
    words = read_map("ventilation").filter(pl.col(column).is_not_null()).select("itemid", "word", column)
    if column == "oxygen":
        words = words.join(_oxygen_devices(), on="oxygen")
    else:
        words = words.with_columns(strength=pl.col(column).replace_strict(_STRENGTH, return_dtype=pl.Int64))
    said = charted.mutate(word=charted.value.strip().lower())
    meant = said.join(tables.lookup(words.select("itemid", "word", "strength")), ["itemid", "word"])
    return meant.select("subject_id", "stay_id", "charttime", "storetime", "strength")


def _held(tables: Tables, states: ir.Table, hours: int, *groups: str) -> ir.Table:
    """Each state from its minute to the next of the patient: `strength` the highest charted at that minute."""
    at_minute = states.group_by("subject_id", "charttime", *groups).aggregate(
        strength=states.strength.max(), known=states.storetime.max(), stay_id=states.stay_id.max()
    )
    stays = tables.get("icustays", "stay_id", "outtime")
    within = at_minute.left_join(stays, "stay_id")
    by_patient = ibis.window(group_by=["subject_id", *groups], order_by="charttime")
    ends = within.mutate(next=within.charttime.lead().over(by_patient))
    limit = ends.charttime + ibis.interval(hours=hours)
    leaves = ibis.ifelse(ends.outtime > ends.charttime, ends.outtime, limit)
    end = ibis.least(ibis.coalesce(ends.next, limit), limit, ibis.coalesce(leaves, limit))
    return ends.select("subject_id", "strength", "known", *groups, time="charttime", end=end)


def _flows(tables: Tables, charted: ir.Table) -> ir.Table:
    """Machines of which a setting or flow is charted: each charting holds until the next."""
    rows = charted.filter(charted.rule == "charted")
    states = rows.select(
        "subject_id", "stay_id", "charttime", "storetime", "concept", strength=ibis.literal(1),
        text=ibis.coalesce(rows.text, ""),
    )  # fmt: skip
    held = _held(tables, states, FLOW_HOLDS, "concept", "text")
    return held.select(
        "subject_id", "concept", "time", "end", "known", text=held.text.nullif(""), origin=ibis.literal("chartevents/flow")
    )


def _comfort(tables: Tables, charted: ir.Table) -> ir.Table:
    """Comfort measures only, from the charted code status until another is charted, or for good."""
    words = read_map("words").filter(pl.col("text") == "comfort")
    codes = charted.filter(charted.rule == "code status", charted.value.notnull())
    codes = codes.mutate(word=codes.value.strip().lower())
    listed = words.select("itemid", "word", comfort=pl.lit(True))
    said = codes.left_join(tables.lookup(listed), ["itemid", "word"])
    by_patient = ibis.window(group_by="subject_id", order_by="charttime")
    until = said.mutate(next=said.charttime.lead().over(by_patient))
    return until.filter(until.comfort.notnull()).select(
        "subject_id", "concept", time="charttime", end="next", known="storetime",
        origin=ibis.literal("chartevents/") + until.itemid.cast("string"),
    )  # fmt: skip
