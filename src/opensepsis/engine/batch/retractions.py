"""Suspicions of infection that stood until a correction took them away, of many patients. Polars twin of `live/retractions.py`.

Every correction becomes a patient of its own who ends before it, so no rule is written twice.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import Charts, charts
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Infection

SUSPICIONS = {"pid": pl.UInt32, "time": pl.Int64, "known": pl.Int64, "withdrawn": pl.Int64}


def withdrawn_suspicions(
    infection: Infection,
    patients: Charts,
    standing: pl.DataFrame,
    read: Callable[[Infection, Charts], pl.DataFrame],
) -> pl.DataFrame:
    """pid, time, known, withdrawn of those that some state of a chart had and the last has not."""
    read_from = {c.name: c for c in (infection.antibiotic, infection.culture)}
    rows = np.concatenate([patients.rows[name].row for name in read_from])
    events = patients.events[rows]
    states = _states(events)
    if states.is_empty():
        return pl.DataFrame(schema=SUSPICIONS)
    seen = events.join(states, on="pid", maintain_order="left").filter(pl.col("known") < pl.col("moment"))
    seen = seen.with_columns(pid=pl.col("state")).select(events.columns)
    found = read(infection, charts(seen, read_from)).rename({"pid": "state"}).join(states, on="state")
    found = found.group_by("pid", "time").agg(pl.col("known").min(), withdrawn=pl.col("moment").max())
    return _outside(infection, found.sort("pid", "time"), standing)


def _states(events: pl.DataFrame) -> pl.DataFrame:
    """pid, moment, state: the moments at which an event was taken back, numbered."""
    empty = pl.col("origin").is_not_null() & pl.col("value").is_null() & pl.col("text").is_null()
    blank = events.filter(empty).select("pid", "concept", "time", "origin", moment="known")
    versions = events.join(blank, on=["pid", "concept", "time", "origin"])
    later = versions.filter(pl.col("moment") > pl.col("known"))
    moments = later.select("pid", "moment").unique().sort("pid", "moment")
    return moments.with_row_index("state").with_columns(pl.col("state").cast(pl.UInt32))


def _outside(infection: Infection, found: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """Those that lie in no course that stands."""
    last = standing.select("pid", "time", held="time").sort("pid", "time")
    found = found.join_asof(last, on="time", by="pid", check_sortedness=False)
    covered = (pl.col("time") - pl.col("held") < to_microseconds(infection.apart)).fill_null(False)
    return found.filter(~covered).select(*SUSPICIONS)
