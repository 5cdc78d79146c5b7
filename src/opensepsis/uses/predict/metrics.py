"""Figures of scores against labels, hour by hour: areas, the same within the hour, precision. Plain arrays in, numbers out."""

from typing import NamedTuple

import numpy as np

from opensepsis.uses.shares import Z_95

WITHOUT_SEPSIS_LEAVE = 52  # hours; in the challenge's data almost no patient without sepsis is left after it


class Area(NamedTuple):
    """An area under a curve with its 95 % interval by patient; NaN where there is nothing to compare."""

    value: float
    low: float
    high: float


def auroc(scores: np.ndarray, positive: np.ndarray, patients: np.ndarray | None = None) -> Area:
    """The share of pairs in which the positive hour has the higher score, ties half.

    The interval is that of the linearised statistic, summed by patient: hours of one patient are not independent.

    >>> auroc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True])).value
    0.875
    """
    return _area(scores, positive, np.zeros(len(scores), int), patients)


def hour_matched_auroc(
    scores: np.ndarray, positive: np.ndarray, hours: np.ndarray, patients: np.ndarray | None = None
) -> Area:
    """The same, but only hours equally long after admission are compared, so that a clock has 0.5: the mean over positive hours.

    >>> hour_matched_auroc(np.array([1.0, 2.0, 9.0, 8.0]), np.array([False, True, False, True]), np.array([1, 1, 5, 5])).value
    0.5
    """
    return _area(scores, positive, np.asarray(hours).astype(int), patients)


def _area(scores: np.ndarray, positive: np.ndarray, groups: np.ndarray, patients: np.ndarray | None) -> Area:
    of = np.zeros(len(scores), int) if patients is None else patients
    value, pull = pulled_area(scores, positive, groups, of)
    if patients is None or np.isnan(value):
        return Area(value, float("nan"), float("nan"))
    error = float(np.sqrt((pull**2).sum()))
    return Area(value, max(value - Z_95 * error, 0.0), min(value + Z_95 * error, 1.0))


def pulled_area(
    scores: np.ndarray, positive: np.ndarray, groups: np.ndarray, patients: np.ndarray
) -> tuple[float, np.ndarray]:
    """The area, and how far each patient pulls it: the root of the sum of the squares is its standard error; differences are paired."""
    nothing = float("nan"), np.zeros(int(patients.max()) + 1 if len(patients) else 0)
    if not positive.any() or positive.all():
        return nothing
    placed, yes, no = _placements(scores, positive, groups)
    compared = (yes > 0) & (no > 0)
    number = yes[compared].sum()
    if not number:
        return nothing
    by_group = np.bincount(groups[positive], placed[positive], minlength=len(yes)) / np.maximum(yes, 1)
    value = float((yes * by_group)[compared].sum() / number)
    pull = np.where(positive, placed - value, (yes / np.maximum(no, 1))[groups] * (placed - by_group[groups]))
    return value, np.bincount(patients, np.where(compared[groups], pull, 0.0)) / number


def _placements(scores: np.ndarray, positive: np.ndarray, groups: np.ndarray):
    """Of each row the share of the other class of its group that it is on the right side of; and both classes' numbers by group."""
    order = np.lexsort((scores, groups))
    group, score, is_yes = groups[order], scores[order], positive[order]
    new = np.append(True, (group[1:] != group[:-1]) | (score[1:] != score[:-1]))
    tie = np.cumsum(new) - 1
    yes_tied, no_tied = np.bincount(tie, is_yes), np.bincount(tie, ~is_yes)
    size = int(groups.max()) + 1
    yes, no = (
        np.bincount(groups, positive, minlength=size),
        np.bincount(groups, ~positive, minlength=size),
    )
    first = np.append(True, group[1:] != group[:-1])[new]  # the first tie of each group
    of_tie = group[new]
    yes_before, no_before = (np.cumsum(count) - count for count in (yes_tied, no_tied))
    start_yes, start_no = np.zeros(size), np.zeros(size)
    start_yes[of_tie[first]], start_no[of_tie[first]] = yes_before[first], no_before[first]
    no_below = no_before - start_no[of_tie] + no_tied / 2
    yes_above = yes[of_tie] - (yes_before - start_yes[of_tie]) - yes_tied / 2
    placed = np.empty(len(scores))
    placed[order] = np.where(
        is_yes, no_below[tie] / np.maximum(no[group], 1), yes_above[tie] / np.maximum(yes[group], 1)
    )
    return placed, yes, no


def average_precision(scores: np.ndarray, positive: np.ndarray) -> float:
    """The area under precision over recall, in steps; NaN without a positive."""
    order = np.argsort(-scores, kind="stable")
    score, yes = scores[order], positive[order]
    last = np.append(score[1:] != score[:-1], True)
    found = np.cumsum(yes)[last]
    shown = np.flatnonzero(last) + 1
    gained = np.diff(found, prepend=0)
    return float((gained * found / shown).sum() / found[-1]) if len(found) and found[-1] else float("nan")


def net_benefit(risk: np.ndarray, positive: np.ndarray, threshold: float) -> float:
    """Of treating at a risk at or above the threshold: true positives less false ones at the odds of the threshold, per hour."""
    told = risk >= threshold
    odds = threshold / (1 - threshold)
    return float(((told & positive).sum() - odds * (told & ~positive).sum()) / len(risk))
