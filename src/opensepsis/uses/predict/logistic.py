"""Logistic regression by Newton's method: the calibration of a model, and the plain model that stands beside it."""

from dataclasses import dataclass

import numpy as np

_STEPS, _NEAR = 25, 1e-8


@dataclass(frozen=True)
class Logistic:
    """Intercept first."""

    weights: tuple[float, ...]

    def log_odds(self, columns: np.ndarray) -> np.ndarray:
        """The log odds of each row; added up in one order, so that a row alone has the same to the last bit."""
        total = np.full(len(columns), self.weights[0])
        for place, weight in enumerate(self.weights[1:]):
            total += columns[:, place] * weight
        return total

    def risk(self, columns: np.ndarray) -> np.ndarray:
        """The probability of each row."""
        return 1 / (1 + np.exp(-self.log_odds(columns)))


def fit_logistic(
    columns: np.ndarray, positive: np.ndarray, weight: np.ndarray | None = None, ridge: float = 1.0
) -> Logistic:
    """The maximum of the likelihood less `ridge`/2 times the squared weights (without the intercept).

    >>> model = fit_logistic(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([False, True, True, True]), ridge=0.0001)
    >>> bool(model.risk(np.array([[0.0]]))[0] < model.risk(np.array([[1.0]]))[0])
    True
    """
    x = np.column_stack([np.ones(len(columns)), columns])
    y = positive.astype(np.float64)
    w = np.ones(len(y)) if weight is None else weight
    penalty = np.diag([0.0, *[ridge] * columns.shape[1]])
    rate = np.clip((w * y).sum() / w.sum(), 1e-6, 1 - 1e-6)
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(rate / (1 - rate))
    best = _likelihood(x, y, w, penalty, beta)
    for _ in range(_STEPS):
        risk = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (w * (y - risk)) - penalty @ beta
        curve = (x * (w * risk * (1 - risk))[:, None]).T @ x + penalty + np.eye(len(beta)) * 1e-9
        step = np.linalg.solve(curve, slope)
        # a whole step may overshoot where few rows are positive: it is halved until it gains
        while (found := _likelihood(x, y, w, penalty, beta + step)) < best and np.abs(step).max() > _NEAR:
            step /= 2
        if np.abs(step).max() <= _NEAR:
            break
        beta, best = beta + step, found
    return Logistic(tuple(float(b) for b in beta))


def _likelihood(x: np.ndarray, y: np.ndarray, w: np.ndarray, penalty: np.ndarray, beta: np.ndarray) -> float:
    """The logarithm of the likelihood, less the penalty."""
    odds = x @ beta
    return float((w * (y * odds - np.logaddexp(0.0, odds))).sum() - beta @ penalty @ beta / 2)
