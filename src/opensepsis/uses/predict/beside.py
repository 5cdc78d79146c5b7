"""What stands beside every model: a logistic regression on the last values, the scores of the wards, and the clock alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from opensepsis.uses.predict.catalogue import SCORES, Layout
from opensepsis.uses.predict.data import Cohort
from opensepsis.uses.predict.logistic import Logistic, fit_logistic

CLOCK, PLAIN = "clock alone", "logistic regression"
_MOST = 150_000  # rows that the plain model is fitted to


def fit_plain(
    cohort: Cohort, rows: np.ndarray, columns: Sequence[int], plan: Layout, learned: np.ndarray
) -> dict[str, Any]:
    """A logistic regression on last values, age, sex and hours: its columns, their scales and its weights, of the rows
    learned from. Not known: the median."""
    names = [plan.names[i] for i in columns]
    mine = [
        i for i, name in enumerate(names) if name.endswith(".last") or name in ("age", "female", "unit_hours")
    ]
    some = learned[:: max(1, len(learned) // _MOST)]
    part = rows[np.ix_(some, np.array(mine))].astype(np.float64)
    middle = np.nanmedian(part, axis=0)
    low, high = np.nanquantile(part, [0.05, 0.95], axis=0)
    plain = {
        "features": [names[i] for i in mine], "middle": middle.tolist(), "spread": np.maximum((high - low) / 3.29, 1e-6).tolist()
    }  # fmt: skip
    fitted = fit_logistic(_scaled(plain, part), cohort.labels.positive[some], ridge=10.0)
    return plain | {"weights": list(fitted.weights)}


def _scaled(plain: Mapping[str, Any], part: np.ndarray) -> np.ndarray:
    middle, spread = np.array(plain["middle"]), np.array(plain["spread"])
    return np.clip((np.where(np.isnan(part), middle, part) - middle) / spread, -5, 5)


def plain_score(plain: Mapping[str, Any], rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The log odds of the plain model."""
    part = rows[:, [names.index(name) for name in plain["features"]]].astype(np.float64)
    return Logistic(tuple(plain["weights"])).log_odds(_scaled(plain, part))


def ward_scores(rows: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """NEWS2, SOFA, SIRS and qSOFA of the last values."""
    return {score: rows[:, names.index(score)] for score in SCORES if score in names}
