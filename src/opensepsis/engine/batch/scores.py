"""Many patients at once: every score at every tick of every stay, or at any moments."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.hourly_grid import Grid
from opensepsis.engine.batch.moments import Moments, last_before, moments_of_frame
from opensepsis.engine.batch.row_keys import Keyed, RowInputs, keys_and_tops, limited, row_inputs
from opensepsis.engine.batch.score_tables import UNKNOWN, joined
from opensepsis.engine.batch.sliding_window import SlidingWindowMax
from opensepsis.engine.semantics.basis import ASSUMED, BASES, CARRIED
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Score

BASIS = pl.Enum(BASES)


def score_ticks(score: Score, ticks: EvaluationTimes, charts: Charts) -> pl.DataFrame:
    """total, rows_known, then points and basis of each row, one row per tick in the order of the ticks."""
    grid = Grid(ticks, to_microseconds(score.window), charts.axis) if score.window else None
    return _score(score, moments_of_frame(ticks.ticks, charts.axis), charts, grid)


def score_moments(score: Score, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    """As `score_ticks`, at any moments (pid, time), in order of patient and time."""
    at = moments_of_frame(moments, charts.axis)
    return _score(
        score, at, charts, SlidingWindowMax(at, to_microseconds(score.window)) if score.window else None
    )


def nothing_known(score: Score, ticks: EvaluationTimes) -> pl.DataFrame:
    """What `score_ticks` gives when no row is known anywhere."""
    blank = np.full(ticks.ticks.height, UNKNOWN, np.int8)
    return _readable(score, {row.name: blank for row in score.rows})


def _score(score: Score, at: Moments, charts: Charts, window: Grid | SlidingWindowMax | None) -> pl.DataFrame:
    columns = {}
    for row in score.rows:
        if window is None:
            both = [keys_and_tops(p, at, charts, p.signals) for p in row.parts]
        else:
            given = [row_inputs(p, charts) for p in row.parts]
            both = [_worst(window, g) for g in given]
        open_ = any(limited(p, charts) for p in row.parts)
        keys = joined(row, [key for key, _ in both], [top for _, top in both] if open_ else None)
        columns[row.name] = _carried(score, keys, given, at, charts.axis) if score.carried else keys
    return _readable(score, columns)


def _worst(window: Grid | SlidingWindowMax, given: RowInputs) -> tuple[np.ndarray, np.ndarray]:
    """The worst key of each window, and the most that limits allow there."""
    keys = window.worst(given.moments, given.stretches)
    if given.tops is None:
        return keys, keys
    return keys, np.maximum(keys, window.worst(given.tops.moments, given.tops.stretches))


def _carried(score: Score, keys: np.ndarray, given: list[RowInputs], at: Moments, axis: Axis) -> np.ndarray:
    """What is not known in the window from the last points before it, at most `carried` old, else 0."""
    window = to_microseconds(score.window)
    last = _last_points(given, axis)
    asked = Moments(at.pid, at.time - window, at.place - window)
    position, there = last_before(asked, last)
    carried = np.full(len(at), 3 - ASSUMED)
    if len(last):
        fits = there & (at.time - last.time[position] < to_microseconds(score.carried))
        carried = np.where(fits, last.key[position] // 4 * 4 + 3 - CARRIED, carried)
    return np.where(keys == UNKNOWN, carried, keys).astype(np.int8)


def _last_points(given: list[RowInputs], axis: Axis) -> Keyed:
    """Every moment, and the last moment of every stretch, with the highest key there."""
    parts = [g.moments for g in given] + [
        Keyed(s.pid, s.until - 1, axis.places(s.pid, s.until - 1), s.key)
        for s in (g.stretches for g in given)
    ]
    pid, time, place, key = (
        np.concatenate([getattr(p, n) for p in parts]) for n in ("pid", "time", "place", "key")
    )
    order = np.lexsort((key, place))
    last = np.append(np.diff(place[order]) != 0, True) if len(order) else np.empty(0, bool)
    return Keyed(pid, time, place, key).take(order[last])


def _readable(score: Score, keys: Mapping[str, np.ndarray]) -> pl.DataFrame:
    """The keys as columns of points and basis, in one step for all rows: a key is 4 × points and what is told of its basis."""
    length = len(next(iter(keys.values())))
    total, rows_known = np.zeros(length, np.int8), np.zeros(length, np.int8)
    points, basis = {}, {}
    for name, key in keys.items():
        there, given = key != UNKNOWN, key >> 2
        rows_known += there
        total = np.maximum(total, given * there) if score.by_worst_row else total + given * there
        points[name] = np.where(there, given, UNKNOWN)
        basis[f"{name}_basis"] = np.where(there, 3 - (key & 3), len(BASES) - 1).view(np.uint8)
    told = (total > 0) | (rows_known == len(keys)) if score.by_worst_row else rows_known > 0
    found = {"total": np.where(told, total, UNKNOWN), "rows_known": rows_known, **points, **basis}
    shown = pl.col("total", *points)
    shown = pl.when(shown != UNKNOWN).then(shown)
    return pl.DataFrame(found).with_columns(shown, pl.col(*basis).cat.to(BASIS))
