"""The hours of each stay at which batch scores, and the worst of a window at each of them."""

from dataclasses import dataclass

import polars as pl

from opensepsis.engine.charts import ORDER
from opensepsis.engine.running import HOUR


@dataclass(frozen=True)
class Ticks:
    """Stays (sid, pid, admitted, hours) and their ticks: sid, pid, hour, time, sorted by patient and time."""

    stays: pl.DataFrame
    ticks: pl.DataFrame


def hourly(stays: pl.DataFrame) -> Ticks:
    """Every hour after `admitted`, to the first tick at or after `discharged`; at least one.

    `stays`: sid, pid, admitted, discharged, in microseconds.
    """
    length = pl.col("discharged") - pl.col("admitted")
    stays = stays.with_columns(hours=((length + HOUR - 1) // HOUR).clip(1))
    ticks = stays.select("sid", "pid", "admitted", hour=pl.int_ranges(1, pl.col("hours") + 1)).explode("hour")
    ticks = ticks.select("sid", "pid", "hour", time=pl.col("admitted") + pl.col("hour") * HOUR)
    return Ticks(stays, ticks.sort("pid", "time", "sid"))


def daily(stays: pl.DataFrame, midnight: int | None = None) -> Ticks:
    """The end of each 24 hours after `admitted`; with `midnight`, of each calendar day, which begins so many
    microseconds after 00:00 UTC. There a score with a window of 24 hours is the score of that day.

    >>> stay = pl.DataFrame({"sid": [0], "pid": [0], "admitted": [30 * HOUR], "discharged": [60 * HOUR]})
    >>> [t // HOUR for t in daily(stay).ticks["time"]], [t // HOUR for t in daily(stay, 0).ticks["time"]]
    ([54, 78], [48, 72])
    """
    if midnight is not None:
        since = (pl.col("admitted") - midnight) % (24 * HOUR)
        stays = stays.with_columns(admitted=pl.col("admitted") - since)
    days = ((pl.col("discharged") - pl.col("admitted") + 24 * HOUR - 1) // (24 * HOUR)).clip(1)
    ticks = hourly(stays.with_columns(discharged=pl.col("admitted") + days * 24 * HOUR))
    return Ticks(ticks.stays, ticks.ticks.filter(pl.col("hour") % 24 == 0))


class Grid:
    """One cell per stay and hour, with the hours before admission that the first window looks back on."""

    def __init__(self, ticks: Ticks, window: int):
        self.window = window // HOUR
        if self.window * HOUR != window:
            raise ValueError("a score's window must be whole hours")
        self.first = 2 - self.window  # the first hour the window of tick 1 reaches
        size = pl.col("hours") + 1 - self.first
        self.stays = ticks.stays.with_columns(offset=size.cum_sum() - size, size=size)
        self.cells = int(self.stays["size"].sum())
        position = pl.col("offset") + pl.col("hour") - self.first
        self.positions = ticks.ticks.join(
            self.stays.select("sid", "offset"), on="sid", maintain_order="left"
        ).select(position=position)["position"]

    def worst(self, points: pl.DataFrame, segments: pl.DataFrame) -> pl.Series:
        """The highest key in each tick's window, in the order of the ticks.

        `points`: pid, time, key. `segments`: pid, time, until, key; they count all the while from time to until.
        """
        parts = [self._cells(points, pl.col("time"))]
        if not segments.is_empty():
            parts.append(self._cells(segments, pl.col("until") - 1))
        best = pl.concat(parts).group_by("position").agg(pl.col("key").max())
        column = pl.DataFrame({"position": pl.int_range(self.cells, eager=True)})
        column = column.join(best, on="position", how="left", maintain_order="left")["key"]
        return column.rolling_max(self.window, min_samples=1).gather(self.positions)

    def _cells(self, keyed: pl.DataFrame, until: pl.Expr) -> pl.DataFrame:
        """The cells that moments, or segments up to their last moment `until`, touch."""
        stays = self.stays.select("pid", "admitted", "hours", "offset")
        found = keyed.join(stays, on="pid")
        hour = (pl.col("time") - pl.col("admitted") + HOUR - 1) // HOUR
        last = (until - pl.col("admitted") + HOUR - 1) // HOUR
        found = found.select(
            "key",
            "offset",
            first=hour.clip(self.first),
            last=pl.min_horizontal(last, pl.col("hours")),
            hour=hour,
        ).filter(pl.col("first") <= pl.col("last"))
        if "until" in keyed.columns:
            found = found.with_columns(hour=pl.int_ranges("first", pl.col("last") + 1)).explode("hour")
        else:
            found = found.filter(pl.col("hour") >= self.first)
        return found.select("key", position=pl.col("offset") + pl.col("hour") - self.first)


def at_ticks(ticks: Ticks) -> pl.DataFrame:
    """The moments of all ticks, in their order: pid, time."""
    return ticks.ticks.select(ORDER)
