"""The values beside the points: what each signal of a row was when the row had the worst points of its window."""

import numpy as np
import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.deciding import Deciding, deciding
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.moments import Moments, moments_at, moments_of_frame
from opensepsis.engine.batch.score_tables import UNKNOWN
from opensepsis.engine.batch.signals import evaluate
from opensepsis.rules import CompositeRow, Kind, Row, Score, Signal, lasts

_LOWEST_RATE = 1e-6  # below it a rate stands for one that is not known


def value_columns(score: Score) -> dict[str, list[str]]:
    """The columns of values of each row: `<row>_time`, then `<row>_<signal>`.

    >>> from opensepsis import SOFA
    >>> value_columns(SOFA)["coagulation"]
    ['coagulation_time', 'coagulation_platelets']
    """
    return {r.name: [f"{r.name}_time", *(f"{r.name}_{signal}" for signal in r.signals)] for r in score.rows}


def deciding_values(score: Score, ticks: EvaluationTimes, patients: Charts) -> pl.DataFrame:
    """The `value_columns` at each tick, in their order: when each row was worst, and its signals then, in their units.

    Null where the row has no points from its window, and for what did not count there: of a row that a running infusion decides only
    what runs. A score without a window is worked out from what holds at the tick.
    """
    at = moments_of_frame(ticks.ticks, patients.axis)
    found: list[pl.Series] = []
    for row in score.rows:
        if score.window:
            told = deciding(score, row, at, patients)
        else:
            nothing = np.zeros(len(at), bool)
            told = [Deciding(np.zeros(len(at), np.int8), at.time, nothing)] * len(row.parts)
        found += _of_row(row, at, told, patients)
    return pl.DataFrame(found)


def _of_row(row: Row | CompositeRow, at: Moments, told: list[Deciding], patients: Charts) -> list[pl.Series]:
    """The columns of a row: of tables that add up the time of the one with most points."""
    keys = np.stack([one.key for one in told])
    telling = keys.argmax(axis=0)
    time = np.take_along_axis(np.stack([one.time for one in told]), telling[None], axis=0)[0]
    whole = pl.Series(f"{row.name}_time", time).cast(MOMENT)
    columns = {name: np.full(len(at), np.nan) for name in row.signals}
    for part, one in zip(row.parts, told, strict=True):
        for name, values in _of_part(part, at, one, patients).items():
            columns[name] = np.where(np.isnan(columns[name]), values, columns[name])
    known = pl.Series((keys != UNKNOWN).any(axis=0))
    shown = [_shown(row.signals[name], f"{row.name}_{name}", values) for name, values in columns.items()]
    return [whole.to_frame().select(pl.when(known).then(pl.col(whole.name)))[whole.name], *shown]


def _of_part(row: Row, at: Moments, one: Deciding, patients: Charts) -> dict[str, np.ndarray]:
    """The signals of a table at its deciding moments, each moment worked out once."""
    known = one.key != UNKNOWN
    places = (at.place - at.time + one.time)[known]
    distinct, which = np.unique(places, return_inverse=True)
    moments, found = moments_at(distinct, patients.axis), {}
    for name, signal in row.signals.items():
        values = np.full(len(at), np.nan)
        values[known] = evaluate(signal, moments, patients).value[which]
        if not lasts(signal):
            values[one.lasting] = np.nan
        found[name] = values
    return found


def _shown(signal: Signal, name: str, values: np.ndarray) -> pl.Series:
    """Values as a column: words as text, and nothing for a rate that is not known."""
    concept = getattr(signal, "concept", None)
    stands_for_unknown = (values > 0) & (values < _LOWEST_RATE)
    numbers = pl.Series(name, np.where(stands_for_unknown, np.nan, values), nan_to_null=True)
    if concept is None or concept.kind is not Kind.WORD:
        return numbers
    words = dict(enumerate(concept.words))
    return numbers.cast(pl.Int64).replace_strict(words, return_dtype=pl.String).alias(name)
