"""Intervals by drawing patients: figures that are quotients of sums over patients; the draws are the same, so differences are paired."""

from collections.abc import Callable

import numpy as np

SAMPLES = 400
_ENDS = (2.5, 97.5)


class Draws:
    """How often each patient is drawn in each sample; the same for the same seed."""

    def __init__(self, patients: np.ndarray, samples: int = SAMPLES, seed: int = 0) -> None:
        self._of_stay, self._number = patients, int(patients.max()) + 1 if len(patients) else 0
        self._samples, self._seed = samples, seed

    def interval(self, figure: Callable[[np.ndarray], float]) -> tuple[float, float]:
        """The 95 % percentile interval of a figure of weights (one for each stay)."""
        drawn = np.random.default_rng(self._seed)
        found = []
        for _ in range(self._samples):
            often = np.bincount(drawn.integers(0, self._number, self._number), minlength=self._number)
            found.append(figure(often[self._of_stay].astype(np.float64)))
        there = np.array([one for one in found if not np.isnan(one)])
        if not len(there):
            return float("nan"), float("nan")
        low, high = np.percentile(there, _ENDS)
        return float(low), float(high)

    def intervals(self, figures: Callable[[np.ndarray], dict[str, float]]) -> dict[str, tuple[float, float]]:
        """The same for several figures of the same draws."""
        drawn = np.random.default_rng(self._seed)
        found: list[dict[str, float]] = []
        for _ in range(self._samples):
            often = np.bincount(drawn.integers(0, self._number, self._number), minlength=self._number)
            found.append(figures(often[self._of_stay].astype(np.float64)))
        ends = {}
        for name in found[0]:
            there = np.array([one[name] for one in found if not np.isnan(one[name])])
            ends[name] = (
                tuple(float(x) for x in np.percentile(there, _ENDS)) if len(there) else (float("nan"),) * 2
            )
        return ends
