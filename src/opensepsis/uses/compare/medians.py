"""Medians of bootstrap samples of patients, of whom only those near the median are drawn one by one."""

import numpy as np

_FAR = 8.0  # standard deviations of the median's rank: no sample in 10^15 has its median further away
_AT_ONCE = 4_000_000  # cells of a block of samples


def sampled_medians(values: np.ndarray, patients: np.ndarray, number: int, seed: int) -> np.ndarray:
    """The median of the values in each of `number` samples of as many patients, with replacement.

    `patients` has a number from 0 on for the patient of each value, each with a value or more. Of patients whose values all lie far from
    the median it matters alone how many those are and how many lie below: they are drawn by kinds, which gives the same distribution.

    >>> values = np.arange(2000.0)
    >>> found = sampled_medians(values, np.arange(2000), 1000, 1)
    >>> bool(abs(np.median(found) - np.median(values)) < 3), round(float(np.std(found)) / (2000**0.5 / 2), 1)
    (True, 1.0)
    """
    order = np.argsort(values, kind="stable")
    values, patients = values[order], patients[order]
    for reach in (_reach(patients, len(values) // 2), len(values)):
        found = _near(values, patients, reach, number, seed)
        if found is not None:
            return found
    raise AssertionError("the median lies among all values")


def _reach(patients: np.ndarray, middle: int) -> int:
    """How many places from the middle the median of a sample can lie: patients with all values on one side move it most."""
    lean = np.bincount(patients[:middle], minlength=patients.max() + 1) - np.bincount(patients) / 2
    return int(_FAR * np.sqrt(np.sum(lean**2))) + 1


def _near(values: np.ndarray, patients: np.ndarray, reach: int, number: int, seed: int) -> np.ndarray | None:
    """The medians, sought `reach` places to both sides of the middle; None where one is further away."""
    first, last = max(0, len(values) // 2 - reach), len(values) // 2 + reach
    of = np.bincount(patients)
    below = np.bincount(patients[:first], minlength=len(of))
    near, places = np.unique(patients[first:last], return_inverse=True)
    sides = np.stack((below, of), axis=1)
    kinds, sizes = np.unique(np.delete(sides, near, axis=0), axis=0, return_counts=True)
    chances = np.append(sizes, len(near)) / len(of)
    at, medians = np.random.default_rng(seed), []
    rows = max(1, _AT_ONCE // len(places))
    for start in range(0, number, rows):
        drawn = at.multinomial(len(of), chances, size=min(rows, number - start))
        weights = _one_by_one(at, drawn[:, -1], len(near))
        under, total = (drawn[:, :-1] @ kinds + weights @ sides[near]).T
        up_to = under[:, None] + np.cumsum(weights[:, places], axis=1)
        if (under >= total / 2).any() or (up_to[:, -1] <= total / 2).any():
            return None
        medians.append(_middle(values[first:last], up_to, total))
    return np.concatenate(medians)


def _one_by_one(at: np.random.Generator, drawn: np.ndarray, patients: int) -> np.ndarray:
    """How often each of these patients is drawn (columns) where so many draws fell to them (each row)."""
    cells = np.repeat(np.arange(len(drawn)) * patients, drawn) + at.integers(patients, size=drawn.sum())
    return np.bincount(cells, minlength=len(drawn) * patients).reshape(len(drawn), patients)


def _middle(values: np.ndarray, up_to: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The median of values in rising order, of which so many are drawn up to each, in each row."""
    half = total[:, None] / 2
    return (values[np.argmax(up_to >= half, axis=1)] + values[np.argmax(up_to > half, axis=1)]) / 2
