"""The hours of each stay at which batch scores, and the worst of a window at each of them."""

from dataclasses import dataclass

import polars as pl

from opensepsis.engine.charts import ORDER
from opensepsis.engine.running import HOUR

NONE = -128  # in place of null, which is slow to compare


@dataclass(frozen=True)
class Ticks:
    """Stays (sid, pid, admitted, hours), numbered from 0, and their ticks: sid, pid, hour, time, by patient and time."""

    stays: pl.DataFrame
    ticks: pl.DataFrame


def hourly(stays: pl.DataFrame) -> Ticks:
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
    return Ticks(stays, ticks)


def daily(stays: pl.DataFrame, midnight: int | pl.Expr | None = None) -> Ticks:
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
    return Ticks(ticks.stays, ends)


class Grid:
    """One cell per stay and hour, with the hours before admission that the first window looks back on."""

    def __init__(self, ticks: Ticks, window: int):
        self.window = window // HOUR
        if self.window * HOUR != window:
            raise ValueError("a score's window must be whole hours")
        self.first = 2 - self.window  # the first hour the window of tick 1 reaches
        size = pl.col("hours") + 1 - self.first
        stays = ticks.stays
        if "until" not in stays.columns:
            stays = stays.with_columns(until=pl.col("admitted") + pl.col("hours") * HOUR)
        self.stays = stays.with_columns(offset=size.cum_sum() - size, size=size)
        self.cells = int(self.stays["size"].sum())
        offset = pl.lit(self.stays["offset"]).gather("sid")
        self.positions = ticks.ticks.select(offset + pl.col("hour") - self.first).to_series()

    def worst(self, points: pl.DataFrame, segments: pl.DataFrame) -> pl.Series:
        """The highest key in each tick's window, in the order of the ticks.

        `points`: pid, time, key. `segments`: pid, time, until, key; they count all the while from time to until.
        """
        cells = self._highest(self._of_moments(points))
        if not segments.is_empty():
            lasting = self._highest(self._of_segments(segments))
            cells = _higher(cells, lasting)
        worst = _worst_behind(cells, self.window).gather(self.positions)
        return worst.to_frame().select(pl.when(pl.col("key") > NONE).then("key")).to_series()

    def _highest(self, keyed: pl.DataFrame) -> pl.Series:
        """The highest key in each cell, NONE without one. `keyed` is in order of position.

        So the highest (position, key) so far is, at the last of a cell, the highest of that cell.
        """
        packed = (
            keyed.select(pl.col("position") * 256 + pl.col("key").cast(pl.Int64) - NONE).to_series().cum_max()
        )
        best = pl.DataFrame({"position": packed // 256, "key": (packed % 256 + NONE).cast(pl.Int8)})
        best = best.filter((pl.col("position") != pl.col("position").shift(-1)).fill_null(True))
        cells = pl.Series("key", [NONE], pl.Int8).new_from_index(0, self.cells)
        return cells.scatter(best["position"], best["key"])

    def _of_moments(self, points: pl.DataFrame) -> pl.DataFrame:
        """The cell of each moment: a stay's moments lie side by side, so only their first and last are searched for."""
        shift = (pl.col("place") - pl.col("time")).alias("shift")  # the same at all moments of a patient
        patients = points.filter((pl.col("pid") != pl.col("pid").shift()).fill_null(True)).select(
            "pid", shift
        )
        stays = self.stays.join(patients, on="pid", maintain_order="left")
        after = stays["admitted"] + stays["shift"]
        begin = points["place"].search_sorted(after + (self.first - 1) * HOUR, side="right")
        end = points["place"].search_sorted(stays["until"] + stays["shift"], side="right")
        rows = pl.int_ranges(begin, end, dtype=pl.UInt32)
        found = stays.select("pid", "admitted", "offset", row=rows).filter(begin < end).explode("row")
        found = found.hstack(points[found["row"]].select("time", "key", whose="pid"))
        return found.filter(pl.col("pid") == pl.col("whose")).select("key", position=self._position())

    def _of_segments(self, segments: pl.DataFrame) -> pl.DataFrame:
        """Every cell that a segment touches, up to its last moment `until` - 1."""
        found = segments.join(self.stays.select("pid", "admitted", "offset", ends="until"), on="pid")
        hour = (pl.col("time") - pl.col("admitted") + HOUR - 1) // HOUR
        found = found.filter(pl.col("time") <= pl.col("ends"))
        last = pl.min_horizontal(pl.col("until") - 1, "ends")
        last = (last - pl.col("admitted") + HOUR - 1) // HOUR
        found = found.select("key", "offset", hour=hour.clip(self.first), last=last)
        found = found.filter(pl.col("hour") <= pl.col("last"))
        found = found.with_columns(pl.int_ranges("hour", pl.col("last") + 1)).explode("hour")
        return found.select("key", position=pl.col("offset") + pl.col("hour") - self.first).sort("position")

    def _position(self) -> pl.Expr:
        """The cell of `time`."""
        return pl.col("offset") + (pl.col("time") - pl.col("admitted") + HOUR - 1) // HOUR - self.first


def _higher(some: pl.Series, others: pl.Series) -> pl.Series:
    return some.zip_with(some > others, others)


def _worst_behind(cells: pl.Series, window: int) -> pl.Series:
    """The highest of each cell and those before it in the window: reach doubles, so few steps are needed."""
    reach = 1
    while reach < window:
        step = min(reach, window - reach)
        cells = _higher(cells, cells.shift(step, fill_value=NONE))
        reach += step
    return cells


def at_ticks(ticks: Ticks) -> pl.DataFrame:
    """The moments of all ticks, in their order: pid, time."""
    return ticks.ticks.select(ORDER)
