"""The worst of a window up to any moments of many patients; `ticks.Grid` gives the same up to the hours of a stay. Polars."""

import polars as pl

from opensepsis.engine.ticks import NONE


class Behind:
    """The window (moment − window, moment] of each of these moments (pid, time, place)."""

    def __init__(self, moments: pl.DataFrame, window: int):
        self.moments, self.window = moments, window

    def worst(self, points: pl.DataFrame, segments: pl.DataFrame) -> pl.Series:
        """The highest key in each moment's window, in the order of the moments.

        `points`: place, key. `segments`: pid, time, until, place, key; they count all the while from time to until.
        Both lie in order of place; the segments of a patient do not overlap.
        """
        worst = self._started(points)
        if not segments.is_empty():
            begun, running = self._started(segments), self._running_before(segments)
            for others in (begun, running):
                worst = worst.zip_with(worst > others, others)
        return worst.to_frame("key").select(pl.when(pl.col("key") > NONE).then("key")).to_series()

    def _started(self, keyed: pl.DataFrame) -> pl.Series:
        """The highest key whose place lies in each window."""
        until = self.moments["place"]
        first = keyed["place"].search_sorted(until - self.window, side="right")
        behind = keyed["place"].search_sorted(until, side="right")
        return _highest_between(keyed["key"], first, behind)

    def _running_before(self, segments: pl.DataFrame) -> pl.Series:
        """The key of the segment that still runs when each window begins."""
        began = segments.select("place", "until", "key", whose="pid")
        asked = self.moments.select("pid", "time", place=pl.col("place") - self.window)
        found = asked.join_asof(began, on="place", check_sortedness=False)
        runs = (pl.col("whose") == pl.col("pid")) & (pl.col("until") - 1 > pl.col("time") - self.window)
        return found.select(key=pl.when(runs).then("key").fill_null(NONE)).to_series()


def _highest_between(keys: pl.Series, first: pl.Series, behind: pl.Series) -> pl.Series:
    """The highest of keys[first:behind] for each pair; NONE where that is empty.

    Two stretches of a power of 2 cover any stretch; each power's highest come from those of the power before.
    """
    asked = pl.DataFrame({"first": first, "behind": behind}).with_row_index("row")
    asked = asked.with_columns(length=pl.col("behind") - pl.col("first")).filter(
        pl.col("behind") > pl.col("first")
    )
    found, reach = pl.Series("key", [NONE], pl.Int8).new_from_index(0, len(first)), 1
    while asked.height:
        here = asked.filter(pl.col("length") < 2 * reach)
        if here.height:
            head, tail = keys.gather(here["first"]), keys.gather(here["behind"] - reach)
            found = found.scatter(here["row"], head.zip_with(head > tail, tail))
        asked = asked.filter(pl.col("length") >= 2 * reach)
        further = keys.shift(-reach, fill_value=NONE)
        keys = keys.zip_with(keys > further, further)
        reach *= 2
    return found
