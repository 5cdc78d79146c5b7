"""Many patients at once, in Polars: every score at every tick of every stay."""

from dataclasses import dataclass

import polars as pl

from opensepsis.engine import expressions
from opensepsis.engine.at import at, moments_of
from opensepsis.engine.behind import Behind
from opensepsis.engine.charts import MOMENT, NEVER, ORDER, Charts, charts
from opensepsis.engine.intervals import running_in
from opensepsis.engine.steps import micro, steps_of
from opensepsis.engine.table import ASSUMED, BASES, CARRIED
from opensepsis.engine.ticks import Grid, Ticks, at_ticks
from opensepsis.rules import Concept, Row, Score, lasts

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

    What gave the points of a score with a window is left in `given`, by table of each row, for evidence.
    """
    grid = Grid(ticks, micro(score.window)) if score.window else None
    return _score(score, at_ticks(ticks).with_columns(patients.axis.place()), patients, grid, given)


def score_moments(score: Score, moments: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """As `score_ticks`, at any moments (pid, time), in order of patient and time."""
    moments = moments.select(ORDER).with_columns(patients.axis.place())
    behind = Behind(moments, micro(score.window)) if score.window else None
    return _score(score, moments, patients, behind)


def _score(
    score: Score,
    moments: pl.DataFrame,
    patients: Charts,
    window: Grid | Behind | None,
    given: dict[str, Given] | None = None,
) -> pl.DataFrame:
    given = {} if given is None else given
    columns = {}
    for row in score.rows:
        if window is None:
            parts = {p.name: row_keys(p, moments, patients, p.signals) for p in row.parts}
        else:
            given |= {p.name: _given(p, patients) for p in row.parts}
            parts = {p.name: window.worst(given[p.name].moments, given[p.name].stretches) for p in row.parts}
        columns[row.name] = expressions.joined(row, pl.DataFrame(parts))
        if score.carried:
            theirs = [given[p.name] for p in row.parts]
            columns[row.name] = _carried(score, columns[row.name], theirs, moments)
    return _readable(pl.DataFrame(columns))


def _carried(score: Score, keys: pl.Series, given: list[Given], moments: pl.DataFrame) -> pl.Series:
    """What is not known in the window from the last points before it, at most `carried` old, else 0."""
    schema = ["pid", "time", "key"]
    last = [g.moments.select(schema) for g in given]
    last += [g.stretches.select("pid", time=pl.col("until") - 1, key="key") for g in given]
    last = pl.concat(last).group_by(ORDER).agg(pl.col("key").max()).sort(ORDER).with_columns(at="time")
    asked = moments.select("pid", tick="time", time=pl.col("time") - micro(score.window))
    found = asked.join_asof(last, on="time", by="pid", check_sortedness=False)
    fits = pl.col("tick") - pl.col("at") < micro(score.carried)
    carried = pl.when(fits).then(pl.col("key") // 4 * 4 + 3 - CARRIED).otherwise(3 - ASSUMED)
    return keys.zip_with(keys.is_not_null(), found.select(carried.cast(pl.Int8)).to_series())


def _given(row: Row, patients: Charts) -> Given:
    """Every moment and stretch at which the row has points, as points × 4 + certainty; worked out once."""
    table = tuple((points, id(condition)) for points, condition in row.cells.items())
    if table not in patients.tables:
        patients.tables[table] = _work_out(row, patients)
    return patients.tables[table]


def _work_out(row: Row, patients: Charts) -> Given:
    signals = row.signals
    moments = [moments_of(s, patients) for s in signals.values() if not lasts(s)]
    if not moments:
        moments = [pl.DataFrame(schema={"pid": pl.UInt32, "time": pl.Int64, "place": pl.Int64})]
    moments = patients.axis.union(moments) if len(moments) > 1 else moments[0]
    points = moments.with_columns(key=row_keys(row, moments, patients, signals)).drop_nulls("key")
    return Given(points, _segments(row, patients))


def _segments(row: Row, patients: Charts) -> pl.DataFrame:
    """The stretches of time during which what runs gives points: pid, time, until, key."""
    lasting = {name: s for name, s in row.signals.items() if lasts(s)}
    changes = [steps_of(r, patients).select(MOMENT) for s in lasting.values() for r in running_in(s)]
    if not changes or sum(c.height for c in changes) == 0:
        return pl.DataFrame(schema={"pid": pl.UInt32, "time": pl.Int64, "until": pl.Int64, "key": pl.Int8})
    moments = patients.axis.union(changes)
    keys = row_keys(row, moments, patients, lasting, only_running=True)
    same = pl.col("pid") == pl.col("pid").shift(-1)
    until = pl.when(same).then(pl.col("time").shift(-1)).otherwise(NEVER)
    return moments.with_columns(until=until, key=keys).drop_nulls("key")


def row_keys(row: Row, moments, patients: Charts, signals, only_running: bool = False) -> pl.Series:
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


def nothing_known(score: Score, ticks: Ticks) -> pl.DataFrame:
    """What `score_ticks` gives when no row is known anywhere."""
    blank = pl.repeat(None, ticks.ticks.height, dtype=pl.Int8, eager=True)
    return _readable(pl.DataFrame({row.name: blank for row in score.rows}))


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
