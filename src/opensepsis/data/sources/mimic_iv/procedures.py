"""Support that is recorded as a procedure with a start and an end."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items
from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (
    "subject_id",
    "stay_id",
    "itemid",
    "starttime",
    "endtime",
    "storetime",
    "orderid",
    "statusdescription",
)


def procedures(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Support, lines, tubes and inhaled sedatives from start to end; what was done at the bedside at its start."""
    for rule in ("interval", "event"):
        listed = items("procedureevents", concepts, rule)
        if listed.is_empty():
            continue
        rows = _done(tables, listed)
        # storetime is the last entry in the row, mostly that of its end, so the start is the best guess of when it was known
        columns = {"time": "starttime"} | ({"end": "endtime"} if rule == "interval" else {})
        yield from tables.stream(
            rows.select("subject_id", "concept", "text", "origin", **columns), "procedureevents"
        )


def tube_moments(tables: Tables) -> pl.DataFrame:
    """When a tube went in (text invasive) or came out (text stop)."""
    listed = items("procedureevents", frozenset({"ventilation"}), "start", "stop")
    rows = _done(tables, listed.with_columns(pl.col("text").fill_null("stop")))
    return tables.fetch(
        rows.select("subject_id", "stay_id", "text", time="starttime", known="storetime"), "procedureevents"
    )


def _done(tables: Tables, listed: pl.DataFrame) -> Query:
    """The listed procedures that were really done: a row that was rewritten is replaced by others."""
    rows = tables.get("procedureevents", *_COLUMNS)
    rows = rows.filter(coalesce(rows.statusdescription, "") != "Rewritten")
    order = coalesce(ibis.literal("/") + rows.orderid.cast("string"), "")
    rows = rows.mutate(origin=ibis.literal("procedureevents/") + rows.itemid.cast("string") + order)
    return rows.join(tables.lookup(listed.select("itemid", "concept", "text")), "itemid")
