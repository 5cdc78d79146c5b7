"""Figures of scores against labels, hour by hour: areas, the same within the hour, precision. Plain arrays in, numbers out."""

from typing import NamedTuple

import numpy as np

from opensepsis.uses.areas import pulled_area
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


def hour_paired_auroc(
    scores: np.ndarray, positive: np.ndarray, hours: np.ndarray, patients: np.ndarray | None = None
) -> Area:
    """The same over every pair of hours equally long after admission: hours at which many patients are there count for more.

    >>> hours = np.array([1, 1, 1, 5, 5])
    >>> round(hour_paired_auroc(np.array([1.0, 2.0, 3.0, 9.0, 8.0]), np.array([False, False, True, False, True]), hours).value, 3)
    0.667
    """
    return _area(scores, positive, np.asarray(hours).astype(int), patients, by_pairs=True)


def _area(
    scores: np.ndarray,
    positive: np.ndarray,
    groups: np.ndarray,
    patients: np.ndarray | None,
    by_pairs: bool = False,
) -> Area:
    of = np.zeros(len(scores), int) if patients is None else patients
    value, pull = pulled_area(scores, positive, groups, of, by_pairs)
    if patients is None or np.isnan(value):
        return Area(value, float("nan"), float("nan"))
    error = float(np.sqrt((pull**2).sum()))
    return Area(value, max(value - Z_95 * error, 0.0), min(value + Z_95 * error, 1.0))


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
