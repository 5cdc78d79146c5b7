"""Conditions and rows of a table over arrays named after the signals. Twin of `live/score_tables.py`."""

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np

from opensepsis.engine.semantics.basis import AT_LEAST, SIGNS
from opensepsis.rules import (
    All,
    Any,
    Compare,
    CompositeRow,
    Condition,
    FirstOf,
    Flag,
    Not,
    OneOf,
    Provided,
    Row,
)

UNKNOWN = -128  # in place of points that are not known: whole numbers have no NaN


class Answers(NamedTuple):
    """Where a condition holds, and where it does not; where neither, it is not known."""

    yes: np.ndarray
    no: np.ndarray


def holds(condition: Condition, values: Mapping[str, np.ndarray], below: Mapping | None = None) -> Answers:
    """What `table.holds` answers, for each moment."""
    match condition:
        case Compare(signal, sign, limit):
            value = (values if below is None or sign in ">≥" else below)[signal.name]
            return _known(value, SIGNS[sign](value, float(limit)))
        case Flag(signal):
            value = values[signal.name]
            return _known(value, value > 0)
        case OneOf(signal, words):
            value = values[signal.name]
            return _known(value, np.isin(value, word_numbers(signal, words)))
        case Not(part):
            yes, no = holds(part, values) if below is None else holds(part, below, values)
            return Answers(no, yes)
        case All(parts):
            return reduce(_both, (holds(part, values, below) for part in parts))
        case Any(parts, strict):
            return _any([holds(part, values, below) for part in parts], strict)
        case Provided(part, provided):
            asked, answer = holds(provided, values, below).yes, holds(part, values, below)
            return Answers(answer.yes & asked, answer.no & asked)
        case FirstOf(parts):
            return reduce(_else, (holds(part, values, below) for part in parts))
    raise TypeError(f"not a condition: {condition!r}")


def word_numbers(signal, words) -> list[float]:
    """The numbers that stand for words of the concept a signal reads."""
    order = signal.concept.words
    return [float(order.index(word)) for word in words]


def _known(value: np.ndarray, yes: np.ndarray) -> Answers:
    return Answers(yes, ~(yes | np.isnan(value)))


def _both(some: Answers, others: Answers) -> Answers:
    return Answers(some.yes & others.yes, some.no | others.no)


def _else(some: Answers, others: Answers) -> Answers:
    open_ = ~(some.yes | some.no)
    return Answers(some.yes | (others.yes & open_), some.no | (others.no & open_))


def _any(answers: list[Answers], strict: bool) -> Answers:
    """Without `strict` what is not known is left out."""
    yes = reduce(np.logical_or, (a.yes for a in answers))
    no = reduce(np.logical_and if strict else np.logical_or, (a.no for a in answers))
    return Answers(yes, no & ~yes)


def row_points(
    row: Row, values: Mapping[str, np.ndarray], length: int, below: Mapping | None = None
) -> np.ndarray:
    """The points of a row at each moment; UNKNOWN where not known. `below` as in `table.holds`."""
    points = np.full(length, UNKNOWN, np.int8)
    answers = {given: holds(condition, values, below) for given, condition in row.cells.items()}
    points[answers[min(row.cells)].no] = 0
    for given, answer in reversed(answers.items()):  # the first cell that holds counts
        points[answer.yes] = given
    return points


def joined(
    row: Row | CompositeRow, keys: list[np.ndarray], tops: list[np.ndarray] | None = None
) -> np.ndarray:
    """The points × 4 + certainty of a row from those of its tables, as `table.joined` gives."""
    if tops is None:
        return _joined(row, keys)
    if isinstance(row, CompositeRow) and row.first_known:
        first, known = np.full(len(keys[0]), UNKNOWN, np.int8), np.zeros(len(keys[0]), bool)
        for key, top in zip(keys, tops, strict=True):
            first = np.where(~known & (top != UNKNOWN), key, first)
            known |= top != UNKNOWN
        keys = [first]
    key, top = _joined(row, keys), _joined(row, tops)
    more = (key != UNKNOWN) & (top != UNKNOWN) & (top // 4 > key // 4)
    return np.where(more, key // 4 * 4 + 3 - AT_LEAST, key).astype(np.int8)


def _joined(row: Row | CompositeRow, keys: list[np.ndarray]) -> np.ndarray:
    if len(keys) == 1 and not isinstance(row, CompositeRow):
        return keys[0]
    if not isinstance(row, CompositeRow) or row.first_known:
        return reduce(lambda found, more: np.where(found == UNKNOWN, more, found), keys)
    if row.worst_known:
        return reduce(np.maximum, keys)
    every = np.stack(keys)
    there = every != UNKNOWN
    points = np.where(there, every // 4, 0).sum(axis=0)
    if row.at_most is not None:
        points = np.minimum(points, row.at_most)
    if row.steps:
        limits = sorted(row.steps)
        given = np.array([0, *(row.steps[limit] for limit in limits)])
        points = given[np.searchsorted(np.array(limits), points, side="right")]
    certainty = np.where(there, every % 4, 3).min(axis=0)
    return np.where(there.any(axis=0), points * 4 + certainty, UNKNOWN).astype(np.int8)
