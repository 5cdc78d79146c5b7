"""The hours of each stay at which batch scores, and the worst of a window at each of them."""

from dataclasses import dataclass

import polars as pl

from opensepsis.engine.semantics.time import HOUR


@dataclass(frozen=True)
class EvaluationTimes:
    """Stays (sid, pid, admitted, hours), numbered from 0, and their ticks: sid, pid, hour, time, by patient and time."""

    stays: pl.DataFrame
    ticks: pl.DataFrame


def hourly(stays: pl.DataFrame) -> EvaluationTimes:
    """Every hour after `admitted`, to the first tick at or after `discharged`; at least one.

    `stays`: sid, pid, admitted, discharged, in microseconds.
    """
    length = pl.col("discharged") - pl.col("admitted")
    stays = stays.with_columns(hours=((length + HOUR - 1) // HOUR).clip(1))
    ordered = stays.sort("pid", "admitted", "sid")
    ticks = ordered.select("sid", "pid", "admitted", hour=pl.int_ranges(1, pl.col("hours") + 1)).explode(
        "hour"
    )
    ticks = ticks.select("sid", "pid", "hour", time=pl.col("admitted") + pl.col("hour") * HOUR)
    earlier = (pl.col("time") < pl.col("time").shift()) & (pl.col("pid") == pl.col("pid").shift())
    together = (pl.col("time") == pl.col("time").shift()) & (pl.col("sid") != pl.col("sid").shift())
    if ticks.select((earlier | together).any()).item():  # stays overlap
        ticks = ticks.sort("pid", "time", "sid")
    return EvaluationTimes(stays, ticks)


def daily(stays: pl.DataFrame, midnight: int | pl.Expr | None = None) -> EvaluationTimes:
    """The last moment of each 24 hours from `admitted` on; with `midnight`, of each calendar day, which begins so many
    microseconds after 00:00 UTC. There a score with a window of 24 hours is the score of that day, from its first
    moment on. Nothing after `discharged` counts.

    >>> stay = pl.DataFrame({"sid": [0], "pid": [0], "admitted": [30 * HOUR], "discharged": [60 * HOUR]})
    >>> [(t + 1) // HOUR for t in daily(stay).ticks["time"]], [(t + 1) // HOUR for t in daily(stay, 0).ticks["time"]]
    ([54, 78], [48, 72])
    """
    since = 0 if midnight is None else (pl.col("admitted") - midnight) % (24 * HOUR)
    stays = stays.with_columns(admitted=pl.col("admitted") - since - 1, until="discharged")
    days = (pl.col("discharged") - pl.col("admitted") + 24 * HOUR - 2) // (24 * HOUR)
    whole = stays.with_columns(discharged=pl.col("admitted") + days.clip(1) * 24 * HOUR)
    ticks = hourly(whole)
    ends = ticks.ticks.filter(pl.col("hour") % 24 == 0)
    ends = ends.join(stays.select("sid", last="until"), on="sid", how="left", maintain_order="left")
    ends = ends.with_columns(until=pl.min_horizontal("time", "last")).drop("last")
    return EvaluationTimes(ticks.stays, ends)
