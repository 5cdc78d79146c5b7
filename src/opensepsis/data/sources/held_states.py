"""What is charted again and again while it lasts, as intervals: each charting holds until the next."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

# a word charted once holds until the next, but not longer than this, nor beyond the stay
VENTILATION_HOLDS = timedelta(hours=14)
OXYGEN_HOLDS = timedelta(hours=8)
FLOW_HOLDS = timedelta(hours=4)
STRENGTH = {"off": 0, "high_flow": 1, "cpap": 2, "noninvasive": 3, "invasive": 4, "stop": 9}


def held(
    states: pl.DataFrame, departures: pl.DataFrame, at_most: timedelta, owner: Sequence[str], stay: str
) -> pl.DataFrame:
    """Each state from its minute to the next of its owner, with `end`; of several at one minute the strongest.

    `states` has the columns of the owner, `stay`, time, known and strength; `departures` the stay and `outtime`.

    >>> from datetime import datetime
    >>> at = [datetime(2180, 1, 1, hour) for hour in (8, 9)]
    >>> states = pl.DataFrame({"patient": 1, "stay": 7, "time": at, "known": at, "strength": [4, 0]})
    >>> departures = pl.DataFrame({"stay": [7], "outtime": [datetime(2180, 1, 2)]})
    >>> held(states, departures, timedelta(hours=4), ["patient"], "stay")["end"].to_list()
    [datetime.datetime(2180, 1, 1, 9, 0), datetime.datetime(2180, 1, 1, 13, 0)]
    """
    # equally strong words at one minute: the earliest known stands, whatever the order in which the rows were read
    earliest_last = states.with_columns(waited=-pl.col("known").fill_null(pl.col("time")).to_physical())
    ordered = earliest_last.sort(*owner, "time", "strength", "waited", stay).drop("waited")
    strongest = ordered.filter(~pl.all_horizontal(_same_as_next(name) for name in (*owner, "time")))
    within = strongest.join(departures, on=stay, how="left", maintain_order="left")
    following = pl.when(pl.all_horizontal(_same_as_next(name) for name in owner)).then(
        pl.col("time").shift(-1)
    )
    departs = pl.when(pl.col("outtime") > pl.col("time")).then("outtime")
    return within.with_columns(end=pl.min_horizontal(following, pl.col("time") + at_most, departs))


def _same_as_next(name: str) -> pl.Expr:
    return pl.col(name).eq_missing(pl.col(name).shift(-1))
