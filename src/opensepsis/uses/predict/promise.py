"""A precision promised with 95 %: thresholds tried from the strictest on, each by a test over patients, to the first that fails.

Trying thresholds in a fixed order and stopping at the first failure keeps the chance of any false promise at 5 % (fixed-sequence
testing: Wiens BL, Pharmaceutical Statistics 2003;2:211-215). It holds for patients like those it was tested on, not for another hospital.
"""

from dataclasses import dataclass

import numpy as np

from opensepsis.uses.predict.alarms import raise_alarms, sums

ONE_SIDED = 1.644854  # the normal quantile of 95 %
_FEWEST, _STEPS = 25, 40


@dataclass(frozen=True)
class Promise:
    """The lowest threshold at which the precision is promised, and what was seen there."""

    precision: float
    threshold: float
    alarms: int
    seen_precision: float
    recall: float


def promise(
    risk: np.ndarray, stay_of_row: np.ndarray, hours: np.ndarray, onset: np.ndarray, precision: float = 0.3
) -> Promise | None:
    """The promise of a precision on patients that the risk was not fitted to; None: it cannot be made."""
    made: Promise | None = None
    stay_hours = np.bincount(stay_of_row, minlength=len(onset))
    for share in np.geomspace(1e-4, 0.05, _STEPS):
        threshold = float(np.quantile(risk, 1 - share))
        alarms = raise_alarms(risk > threshold, stay_of_row, hours, onset)
        if len(alarms.row) < _FEWEST:
            continue
        one = sums(alarms, onset, stay_hours)
        if not _above(one.right - precision * one.alarms, stay_hours > 0):
            break
        figures = one.figures()
        made = Promise(precision, threshold, len(alarms.row), figures["precision"], figures["recall"])
    return made


def _above(of_patient: np.ndarray, there: np.ndarray) -> bool:
    """Whether the sum over patients is above nothing, one-sided at 5 %."""
    mine = of_patient[there]
    error = mine.std(ddof=1) * np.sqrt(len(mine))
    return bool(error > 0 and mine.sum() / error > ONE_SIDED)
