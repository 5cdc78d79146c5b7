"""Urine from outputevents, with bladder irrigation taken off."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items
from opensepsis.data.sources.relational.tables import Tables


def urine(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every charted volume in mL; what flows out under irrigation is netted with what was let in at the same minute, not below 0."""
    wanted = items("outputevents", concepts)
    if wanted.is_empty():
        return
    listed = wanted.select(
        "itemid", "concept", "factor", "rule", origin=pl.format("outputevents/{}/", "itemid")
    )
    charted = tables.get("outputevents", "subject_id", "itemid", "charttime", "storetime", "value")
    rows = charted.join(tables.lookup(listed), "itemid")
    rows = rows.filter(rows.value.notnull())
    plain = rows.filter(rows.rule == "number").select(
        "subject_id", "concept", "origin", time="charttime", known="storetime", value="value"
    )
    yield from tables.stream(plain, "outputevents")
    yield from tables.stream(_net(rows.filter(rows.rule == "irrigation")), "outputevents")


def _net(flows):
    net = flows.group_by("subject_id", "concept", "charttime").aggregate(
        known=flows.storetime.max(),
        volume=(flows.value * flows.factor).sum(),
        # irrigant let in and not yet charted out is no urine at all
        out=(flows.factor > 0).any(),
    )
    return net.filter(net.out).select(
        "subject_id",
        "concept",
        time="charttime",
        known="known",
        value=ibis.greatest(net.volume, 0.0),
        origin=ibis.literal("outputevents/irrigation/"),
    )
