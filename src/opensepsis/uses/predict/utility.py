"""The utility of the PhysioNet/Computing in Cardiology Challenge 2019, by its published rule.

Source: Reyna MA and others, Critical Care Medicine 2020;48(2):210-217, and the challenge's data (https://doi.org/10.13026/v64v-d857).
With d the hours since the onset an alarm in a septic patient earns (d + 12) / 6 from 12 to 6 hours before it, at least -0.05 earlier,
then (3 - d) / 9 until 3 hours after it; silence costs 2 (d + 6) / 9 from 6 hours before it on. In others an alarm costs 0.05. Nothing
counts more than 3 hours after the onset.

What an alarm gains over silence in an hour is one number, `gain`; so the normalised utility of any alarms is the sum of the gain where
they are, over the sum of the gain where it is positive.
"""

import numpy as np

EARLY, BEST, LATE = -12.0, -6.0, 3.0  # hours
FALSE_ALARM, MISSED, FOUND = -0.05, -2.0, 1.0


def gain(hours_since_onset: np.ndarray) -> np.ndarray:
    """What an alarm gains over silence in each hour (float64); NaN hours: the patient has no onset.

    >>> gain(np.array([np.nan, -20.0, -12.0, -6.0, 0.0, 3.0, 4.0])).round(4).tolist()
    [-0.05, -0.05, 0.0, 1.0, 1.6667, 2.0, 0.0]
    """
    d = np.asarray(hours_since_onset, np.float64)
    with np.errstate(invalid="ignore"):
        alarm = np.where(
            d <= BEST, np.maximum((d - EARLY) / (BEST - EARLY) * FOUND, FALSE_ALARM), (LATE - d) / (LATE - BEST) * FOUND
        )  # fmt: skip
        silence = np.where(d <= BEST, 0.0, (d - BEST) / (LATE - BEST) * MISSED)
        septic = np.where(d <= LATE, alarm - silence, 0.0)
    return np.where(np.isnan(d), FALSE_ALARM, septic)


def contest_onset(labels: np.ndarray) -> float:
    """The row of the onset, counted from 0, of one record's hourly labels; NaN: none. A first row that is 1 gives 6.

    >>> contest_onset(np.array([0, 0, 1, 1])), contest_onset(np.array([1, 1]))
    (8.0, 6.0)
    """
    return float(np.argmax(labels) - BEST) if np.any(labels) else np.nan


def share(gains: np.ndarray, alarms: np.ndarray) -> float:
    """The normalised utility: 1 is perfect, 0 is silence; NaN where nothing can be gained."""
    attainable = gains[gains > 0].sum()
    return float(gains[alarms].sum() / attainable) if attainable > 0 else float("nan")


def best_threshold(scores: np.ndarray, gains: np.ndarray) -> float:
    """The threshold above which alarms gain most; between two scores, so that rounding moves none.

    >>> best_threshold(np.array([0.1, 0.4, 0.6]), np.array([-1.0, 2.0, 1.0]))
    0.25
    """
    order = np.argsort(-scores, kind="stable")
    total, ranked = np.cumsum(gains[order]), scores[order]
    last = np.append(ranked[1:] != ranked[:-1], True)
    at = int(np.argmax(np.where(last, total, -np.inf)))
    if total[at] <= 0:
        return float("inf")
    below = ranked[at + 1] if at + 1 < len(ranked) else ranked[at]
    return (
        float((float(ranked[at]) + float(below)) / 2)
        if below != ranked[at]
        else float(np.nextafter(ranked[at], -np.inf))
    )
