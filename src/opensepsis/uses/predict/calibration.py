"""From scores to risks: the clock of the patients learned from, and a logistic regression on score and clock."""

from typing import NamedTuple

import numpy as np

from opensepsis.uses.predict.logistic import Logistic, fit_logistic
from opensepsis.uses.shares import Z_95

_HOURS, _AROUND, _ENOUGH = 336, 2, 200


def clock_of_hours(hours: np.ndarray, positive: np.ndarray) -> tuple[float, ...]:
    """The log odds of a positive hour at each hour since admission, from the hours around it; where few are left they are one."""
    at = np.minimum(hours.astype(int), _HOURS)
    all_, yes = (np.bincount(at, weight, minlength=_HOURS + 1)[1:] for weight in (None, positive))
    window = np.ones(2 * _AROUND + 1)
    all_, yes = np.convolve(all_, window, "same"), np.convolve(yes, window, "same")
    few = np.flatnonzero(all_ < _ENOUGH)
    if len(few):
        begin = max(int(few[0]), 1)
        all_[begin:], yes[begin:] = max(all_[begin:].sum(), 1), yes[begin:].sum()
    rate = (yes + 0.5) / (all_ + 1)
    return tuple(float(x) for x in np.log(rate / (1 - rate)))


def calibrate(score: np.ndarray, clock: np.ndarray, positive: np.ndarray) -> Logistic:
    """The risk by score and clock, fitted on patients that the score was not."""
    return fit_logistic(np.column_stack([score, clock]), positive)


class Calibration(NamedTuple):
    """Observed over expected, and the slope of the log odds (1: right; below 1: too extreme) with its interval."""

    observed_over_expected: float
    slope: float
    slope_low: float
    slope_high: float
    brier: float


def calibration(risk: np.ndarray, positive: np.ndarray, patients: np.ndarray) -> Calibration:
    """How far risks are right; the slope's interval is by patient (sandwich)."""
    odds = np.log(np.clip(risk, 1e-9, 1 - 1e-9) / np.clip(1 - risk, 1e-9, 1))
    fitted = fit_logistic(odds[:, None], positive, ridge=0.0)
    x = np.column_stack([np.ones(len(odds)), odds])
    p = fitted.risk(odds[:, None])
    curve = (x * (p * (1 - p))[:, None]).T @ x
    pull = np.stack([np.bincount(patients, x[:, i] * (positive - p)) for i in range(2)])
    inverse = np.linalg.pinv(curve)
    error = float(np.sqrt((inverse @ (pull @ pull.T) @ inverse)[1, 1]))
    slope = fitted.weights[1]
    ratio = float(positive.sum() / risk.sum()) if risk.sum() else float("nan")
    brier = float(((risk - positive) ** 2).mean())
    return Calibration(ratio, slope, slope - Z_95 * error, slope + Z_95 * error, brier)
