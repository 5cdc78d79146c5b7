"""A logistic model with a ridge penalty, what of it holds on patients it has not seen, and its calibration. NumPy."""

from dataclasses import dataclass

import numpy as np

PENALTY = 1.0  # on coefficients of a standard deviation; none on the intercept
DEATHS_A_PREDICTOR = 10
FOLDS = 10


@dataclass(frozen=True)
class Model:
    """Coefficients of standardised predictors, the intercept first; what is not measured takes the mean of those measured."""

    chosen: tuple[int, ...]  # columns of the predictors
    mean: np.ndarray
    deviation: np.ndarray
    coefficients: np.ndarray

    def predicted(self, values: np.ndarray) -> np.ndarray:
        """The risk of each row of predictors (all columns; NaN: not measured)."""
        part = values[:, list(self.chosen)]
        scaled = np.nan_to_num((part - self.mean) / self.deviation, nan=0.0)
        return _logistic(self.coefficients[0] + scaled @ self.coefficients[1:])


def fit(values: np.ndarray, died: np.ndarray) -> Model:
    """The model of these rows: as many predictors, in their order, as deaths (or survivors, if fewer) allow.

    A predictor that fewer than half of the rows have, or that does not differ among them, is left out.
    """
    allowed = int(min(died.sum(), (1 - died).sum())) // DEATHS_A_PREDICTOR
    chosen: list[int] = []
    for column in range(values.shape[1]):
        known = values[:, column][~np.isnan(values[:, column])]
        if len(chosen) < allowed and len(known) * 2 >= len(values) and known.size and known.std() > 0:
            chosen.append(column)
    part = values[:, chosen]
    mean = np.nanmean(part, axis=0) if chosen else np.empty(0)
    deviation = np.nanstd(part, axis=0) if chosen else np.empty(0)
    scaled = np.nan_to_num((part - mean) / deviation, nan=0.0) if chosen else np.empty((len(values), 0))
    return Model(tuple(chosen), mean, deviation, ridge(scaled, died, PENALTY))


def ridge(scaled: np.ndarray, died: np.ndarray, penalty: float) -> np.ndarray:
    """Intercept and coefficients by Newton's method; the intercept makes the mean of the predicted that of the observed."""
    design = np.column_stack([np.ones(len(scaled)), scaled])
    fine = np.diag([0.0, *[penalty] * scaled.shape[1]])
    share = np.clip(died.mean(), 1e-6, 1 - 1e-6)
    found = np.zeros(design.shape[1])
    found[0] = np.log(share / (1 - share))
    if not 0 < died.mean() < 1:
        return found
    for _ in range(100):
        risk = _logistic(design @ found)
        slope = design.T @ (died - risk) - fine @ found
        step = np.linalg.solve(design.T @ (design * (risk * (1 - risk))[:, None]) + fine, slope)
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return found


def unseen(values: np.ndarray, died: np.ndarray, patients: np.ndarray, seed: int = 1) -> np.ndarray:
    """The risk of each row by a model fitted without its patient's tenth of the patients."""
    every = np.unique(patients)
    fold_of = dict(zip(every, np.random.default_rng(seed).permutation(len(every)) % FOLDS, strict=True))
    folds = np.array([fold_of[patient] for patient in patients])
    found = np.full(len(values), np.nan)
    for fold in range(FOLDS):
        mine = folds == fold
        if mine.any() and not mine.all():
            found[mine] = fit(values[~mine], died[~mine]).predicted(values[mine])
    return found


def calibration_line(risk: np.ndarray, died: np.ndarray) -> tuple[float | None, float | None]:
    """Intercept and slope of the observed against the logit of the predicted: 0 and 1 where they agree; None where nothing differs."""
    if not 0 < died.mean() < 1 or np.ptp(risk) < 1e-9:
        return None, None
    logit = np.log(risk / (1 - risk))
    found = ridge(logit[:, None], died, 0.0)
    return float(found[0]), float(found[1])


def by_risk(
    risk: np.ndarray, died: np.ndarray, groups: int = 5, least: int = 20
) -> list[tuple[int, float, float]]:
    """Stays, mean predicted and observed share in groups of rising risk of about one size, each of at least so many stays."""
    number = max(1, min(groups, len(risk) // least))
    parts = np.array_split(np.argsort(risk, kind="stable"), number)
    return [(len(part), float(risk[part].mean()), float(died[part].mean())) for part in parts if len(part)]


def _logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(value, -35, 35)))
