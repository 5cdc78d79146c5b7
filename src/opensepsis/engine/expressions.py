"""Conditions and rows of a table as Polars expressions over columns named after the signals."""

import operator
from functools import reduce

import polars as pl

from opensepsis.engine.table import SIGNS
from opensepsis.rules import All, Any, Compare, Condition, FirstOf, Flag, Joined, Not, OneOf, Provided, Row


def holds(condition: Condition) -> pl.Expr:
    """A column of true, false or null, as `table.holds` answers."""
    match condition:
        case Compare(signal, sign, limit):
            return SIGNS[sign](pl.col(signal.name), float(limit))
        case Flag(signal):
            return pl.col(signal.name) > 0
        case OneOf(signal, words):
            return pl.col(signal.name).is_in(words)
        case Not(part):
            return ~holds(part)
        case All(parts):
            return reduce(operator.and_, map(holds, parts))
        case Any(parts, strict):
            answers = [holds(part) for part in parts]
            return reduce(operator.or_, answers) if strict else pl.max_horizontal(*answers)
        case Provided(part, provided):
            return pl.when(holds(provided)).then(holds(part))
        case FirstOf(parts):
            return pl.coalesce(*map(holds, parts))
    raise TypeError(f"not a condition: {condition!r}")


def row_points(row: Row) -> pl.Expr:
    """The points of a row; null when not known."""
    chain = pl.when(False).then(None)
    for points, condition in row.cells.items():
        chain = chain.when(holds(condition)).then(pl.lit(points, pl.Int8))
    lowest = row.cells[min(row.cells)]
    return chain.when(~holds(lowest)).then(pl.lit(0, pl.Int8)).otherwise(None).cast(pl.Int8)


def joined(row: Row | Joined, keys: pl.DataFrame) -> pl.Series:
    """The points × 4 + certainty of a row from those of its tables, as `table.joined` gives."""
    if not isinstance(row, Joined) or row.first_known:
        return keys.select(pl.coalesce(pl.all()))[keys.columns[0]]
    if row.worst_known:
        return keys.select(key=pl.max_horizontal(pl.all()))["key"]
    points = pl.sum_horizontal(pl.all() // 4)
    if row.at_most is not None:
        points = points.clip(upper_bound=row.at_most)
    if row.steps:
        chain = pl.when(False).then(None)
        for from_ in sorted(row.steps, reverse=True):
            chain = chain.when(points >= from_).then(pl.lit(row.steps[from_], pl.Int8))
        points = chain.otherwise(pl.lit(0, pl.Int8))
    key = points * 4 + pl.min_horizontal(pl.all() % 4)
    known = pl.any_horizontal(pl.all().is_not_null())
    return keys.select(key=pl.when(known).then(key).cast(pl.Int8))["key"]
