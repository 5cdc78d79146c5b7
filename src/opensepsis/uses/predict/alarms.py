"""Alarms rather than hours: the first hour above a threshold, then silence; what they find, how often they are wrong."""

from dataclasses import dataclass

import numpy as np

SILENCE = 12  # hours after an alarm
BEFORE, AFTER = 12.0, 3.0  # hours around the onset within which an alarm is right
BUDGETS = (0.01, 0.02, 0.05)  # shares of hours above the threshold


@dataclass(frozen=True)
class Alarms:
    """Each alarm: its row, its stay, its hours before the onset (NaN: no onset), and whether it was right."""

    row: np.ndarray
    stay: np.ndarray
    lead: np.ndarray
    right: np.ndarray


def raise_alarms(
    over: np.ndarray, stay_of_row: np.ndarray, hours: np.ndarray, onset: np.ndarray, silence: float = SILENCE
) -> Alarms:
    """The alarms of hours that are over the threshold (Boolean, by row in order of stay and hour); `onset` is that of each stay.

    >>> over = np.array([True, True, False, True])
    >>> raise_alarms(over, np.zeros(4, int), np.array([1, 2, 13, 14]), np.array([20.0])).row.tolist()
    [0, 3]
    """
    kept, last_stay, last_hour = [], -1, 0.0
    for row in np.flatnonzero(over):
        stay, hour = stay_of_row[row], hours[row]
        if stay != last_stay or hour - last_hour >= silence:
            kept.append(row)
            last_stay, last_hour = stay, hour
    rows = np.array(kept, int)
    stays = stay_of_row[rows]
    lead = onset[stays] - hours[rows]
    with np.errstate(invalid="ignore"):
        right = (lead <= BEFORE) & (lead >= -AFTER)
    return Alarms(rows, stays, lead, right)


def budget_threshold(risk: np.ndarray, share: float) -> float:
    """The threshold above which that share of hours lies."""
    return float(np.quantile(risk, 1 - share, method="higher")) if len(risk) else float("inf")


@dataclass(frozen=True)
class AlarmSums:
    """Numbers of each stay whose sums give every figure of alarms; so a bootstrap by patient is a sum with weights."""

    septic: np.ndarray
    found: np.ndarray
    found_before: np.ndarray
    alarms: np.ndarray
    right: np.ndarray
    first_right: np.ndarray
    hours: np.ndarray

    def figures(self, weight: np.ndarray | None = None) -> dict[str, float]:
        """Recall (in the window; at any time before the onset), precision (all; first alarms), alarms in 100 days, others alarmed."""
        w = np.ones(len(self.hours)) if weight is None else weight
        any_, septic = self.alarms > 0, self.septic
        return {
            "recall": _ratio(w @ self.found, w @ septic),
            "recall_before_onset": _ratio(w @ self.found_before, w @ septic),
            "precision": _ratio(w @ self.right, w @ self.alarms),
            "precision_first": _ratio(w @ self.first_right, w @ any_),
            "alarms_per_100_days": _ratio(w @ self.alarms * 2400, w @ self.hours),
            "others_alarmed": _ratio(w @ (any_ & ~septic), w @ ~septic),
        }


def sums(alarms: Alarms, onset: np.ndarray, hours: np.ndarray) -> AlarmSums:
    """`hours` are those of each stay in which an alarm could come; stays without any do not count."""
    number, septic = len(onset), ~np.isnan(onset) & (hours > 0)
    count, right = (
        np.bincount(alarms.stay, minlength=number),
        np.bincount(alarms.stay[alarms.right], minlength=number),
    )
    with np.errstate(invalid="ignore"):
        before = np.bincount(alarms.stay[alarms.lead > 0], minlength=number) > 0
    first = np.zeros(number, bool)
    if len(alarms.stay):
        new = np.append(True, alarms.stay[1:] != alarms.stay[:-1])
        first[alarms.stay[new]] = alarms.right[new]
    return AlarmSums(septic, (right > 0) & septic, before & septic, count, right, first, hours)


def lead_times(alarms: Alarms) -> dict[str, float | None]:
    """Hours from the first right alarm of each septic stay to its onset: quartiles."""
    lead = alarms.lead[alarms.right]
    if not len(lead):
        return {"q25": None, "median": None, "q75": None}
    _, first = np.unique(alarms.stay[alarms.right], return_index=True)
    return dict(
        zip(("q25", "median", "q75"), map(float, np.quantile(lead[first], [0.25, 0.5, 0.75])), strict=True)
    )


def _ratio(top: np.floating | np.ndarray, bottom: np.floating | np.ndarray) -> float:
    return float(top / bottom) if bottom else float("nan")
