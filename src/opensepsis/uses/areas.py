"""The area under the receiver operating characteristic, as every use that tells patients apart gives it."""

import numpy as np


def area(scores: np.ndarray, positive: np.ndarray) -> float:
    """The share of pairs of a positive and another row in which the positive has the higher score, ties half; NaN with one class.

    >>> area(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    0.875
    """
    one = np.zeros(len(scores), int)
    return pulled_area(scores, positive, one, one)[0]


def pulled_area(
    scores: np.ndarray, positive: np.ndarray, groups: np.ndarray, patients: np.ndarray, by_pairs: bool = False
) -> tuple[float, np.ndarray]:
    """The area, and how far each patient pulls it: the root of the sum of the squares is its standard error; differences are paired.

    Only rows of one group are compared. The area is the mean over positive rows, or `by_pairs` over all pairs of a group.
    """
    nothing = float("nan"), np.zeros(int(patients.max()) + 1 if len(patients) else 0)
    if not positive.any() or positive.all():
        return nothing
    placed, yes, no = _placements(scores, positive, groups)
    compared = (yes > 0) & (no > 0)
    if not compared.any():
        return nothing
    if by_pairs:
        return _by_pairs(placed, positive, groups, patients, yes, no)
    number = yes[compared].sum()
    by_group = np.bincount(groups[positive], placed[positive], minlength=len(yes)) / np.maximum(yes, 1)
    value = float((yes * by_group)[compared].sum() / number)
    pull = np.where(positive, placed - value, (yes / np.maximum(no, 1))[groups] * (placed - by_group[groups]))
    return value, np.bincount(patients, np.where(compared[groups], pull, 0.0)) / number


def _by_pairs(placed, positive, groups, patients, yes, no) -> tuple[float, np.ndarray]:
    """The share of all pairs of a group that are in the right order; each row pulls by the pairs that it is in."""
    pairs_of_row = np.where(positive, no[groups], yes[groups]).astype(np.float64)
    number = float((yes * no).sum())
    value = float((placed * pairs_of_row)[positive].sum() / number)
    return value, np.bincount(patients, pairs_of_row * (placed - value)) / number


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
