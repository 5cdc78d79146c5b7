"""Many patients at once, in Polars: every score at every tick of every stay."""

from dataclasses import dataclass

import polars as pl

from opensepsis.engine import expressions
from opensepsis.engine.at import at, moments_of
from opensepsis.engine.charts import MOMENT, NEVER, Charts, charts
from opensepsis.engine.moment import is_interval
from opensepsis.engine.steps import micro, steps_of
from opensepsis.engine.table import BASES
from opensepsis.engine.ticks import Grid, Ticks, at_ticks
from opensepsis.rules import Concept, Row, Running, Score, Signal, children

BASIS = pl.Enum(BASES)


def concepts_of(scores: list[Score]) -> dict[str, Concept]:
    """Everything these scores need recorded, by name."""
    return {name: concept for score in scores for name, concept in score.concepts.items()}


@dataclass(frozen=True)
class Given:
    """What gives a row its points: moments (pid, time, key) and stretches (pid, time, until, key)."""

    moments: pl.DataFrame
    stretches: pl.DataFrame


def score_ticks(
    score: Score, ticks: Ticks, patients: Charts, given: dict[str, Given] | None = None
) -> pl.DataFrame:
    """total, rows_known, then points and basis of each row, one row per tick in the order of the ticks.

    What gave the points of a score with a window is left in `given`, by row, for evidence.
    """
    grid = Grid(ticks, micro(score.window)) if score.window else None
    columns = {}
    moments = at_ticks(ticks).with_columns(patients.axis.place())
    for row in score.rows:
        if grid is None:
            columns[row.name] = _keys(row, moments, patients, row.signals)
            continue
        found = _given(row, patients)
        columns[row.name] = grid.worst(found.moments, found.stretches)
        if given is not None:
            given[row.name] = found
    return _readable(pl.DataFrame(columns))


def _given(row: Row, patients: Charts) -> Given:
    """Every moment and stretch at which the row has points, as points × 4 + certainty."""
    signals = row.signals
    moments = [moments_of(s, patients) for s in signals.values() if not is_interval(s)]
    moments = patients.axis.union(moments) if len(moments) > 1 else moments[0]
    points = moments.with_columns(key=_keys(row, moments, patients, signals)).drop_nulls("key")
    return Given(points, _segments(row, patients))


def _segments(row: Row, patients: Charts) -> pl.DataFrame:
    """The stretches of time during which what runs gives points: pid, time, until, key."""
    lasting = {name: s for name, s in row.signals.items() if is_interval(s)}
    changes = [steps_of(r, patients).select(MOMENT) for s in lasting.values() for r in _running(s)]
    if not changes or sum(c.height for c in changes) == 0:
        return pl.DataFrame(schema={"pid": pl.UInt32, "time": pl.Int64, "until": pl.Int64, "key": pl.Int8})
    moments = patients.axis.union(changes)
    keys = _keys(row, moments, patients, lasting, only_running=True)
    same = pl.col("pid") == pl.col("pid").shift(-1)
    until = pl.when(same).then(pl.col("time").shift(-1)).otherwise(NEVER)
    return moments.with_columns(until=until, key=keys).drop_nulls("key")


def _running(signal: Signal) -> list[Running]:
    if isinstance(signal, Running):
        return [signal]
    return [r for child in children(signal) for r in _running(child)]


def _keys(row: Row, moments, patients: Charts, signals, only_running: bool = False) -> pl.Series:
    """Points × 4 + certainty of a row at each moment, from these of its signals; the others are not known."""
    columns, bases = {}, []
    for name, signal in row.signals.items():
        if name not in signals:
            columns[name] = pl.Series([None], dtype=pl.Float64).extend_constant(
                None, max(moments.height - 1, 0)
            )
            columns[name] = columns[name].head(moments.height)
            continue
        found = at(signal, moments, patients)
        columns[name] = found["value"]
        known = pl.when(found["value"].is_not_null()).then(found["basis"])
        bases.append(pl.select(known).to_series())
    frame = pl.DataFrame(columns)
    given = frame.select(key=expressions.row_points(row))["key"]
    basis = pl.select(pl.max_horizontal(*bases).fill_null(0)).to_series() if bases else 0
    keys = given * 4 + 3 - basis
    if not only_running:
        return keys.cast(pl.Int8)
    runs = pl.any_horizontal(*((pl.col(name) > 0).fill_null(False) for name in signals))
    return frame.with_columns(key=keys).select(pl.when(runs).then(pl.col("key")))["key"].cast(pl.Int8)


def _readable(keys: pl.DataFrame) -> pl.DataFrame:
    rows = keys.columns
    points = keys.select(pl.all() // 4)
    known = pl.sum_horizontal(pl.col(name).is_not_null() for name in rows).cast(pl.Int8)
    total = pl.when(known > 0).then(pl.sum_horizontal(rows)).cast(pl.Int8)
    basis = [
        (3 - pl.col(name) % 4).fill_null(3).cast(pl.UInt8).cat.to(BASIS).alias(f"{name}_basis")
        for name in rows
    ]
    head = points.select(total=total, rows_known=known)
    return pl.concat([head, points, keys.select(basis)], how="horizontal")


def chart_all(events: pl.DataFrame, scores: list[Score], also: dict[str, Concept] | None = None) -> Charts:
    """The charts that these scores (and `also`) need, from one shard's events."""
    return charts(events, concepts_of(scores) | (also or {}))
