"""When something charted was taken back or given another value, and the patients as they were known around then. Polars."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import Charts, Recorded

VERSION = ["pid", "concept", "time", "origin"]
CORRECTIONS = {"pid": pl.UInt32, "moment": pl.Int64}


def corrections(events: pl.DataFrame, patients: Charts, names: Iterable[str]) -> pl.DataFrame:
    """pid, moment: when a later-known version of a row of these concepts said something else. `events`: of the charts.

    Only rows that share their moment with another are read: most data have none.
    """
    recorded = {name: patients.rows[name] for name in names}
    parts = [
        _said_again(events, rows).with_columns(concept=pl.lit(name))
        for name, rows in recorded.items()
        if (rows.place[1:] == rows.place[:-1]).any()
    ]
    versions = pl.concat(parts).drop_nulls("origin").sort(*VERSION, "known") if parts else pl.DataFrame()
    if versions.is_empty():
        return pl.DataFrame(schema=CORRECTIONS)
    again = pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in VERSION)
    later = pl.col("known") > pl.col("known").shift()
    other = pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift()) for c in ("value", "text"))
    return versions.filter(again & later & other).select("pid", moment="known").unique().sort("pid", "moment")


def _said_again(events: pl.DataFrame, recorded: Recorded) -> pl.DataFrame:
    """The rows of moments that have several, not all known at once."""
    again = recorded.place[1:] == recorded.place[:-1]
    tied = np.append(again, False) | np.append(False, again) if len(recorded.row) else again
    rows = recorded.row[tied]
    known = pl.DataFrame({"row": rows, "place": recorded.place[tied]})
    known = known.with_columns(events["known"].gather(rows))
    several = pl.col("known").min() != pl.col("known").max()
    chosen = known.filter(several.over("place"))["row"] if len(rows) else rows
    return events.select("pid", "time", "known", "value", "text", "origin")[chosen]


def as_it_stood(events: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """The events known before each moment of `states` (pid, moment, state, with_it), or `with_it` also at it, each state a patient."""
    seen = events.join(states, on="pid", maintain_order="left")
    known = (pl.col("known") < pl.col("moment")) | (pl.col("with_it") & (pl.col("known") == pl.col("moment")))
    return seen.filter(known).with_columns(pid=pl.col("state").cast(pl.UInt32)).select(events.columns)
