"""Intervals by a bootstrap of patients: the stays of a patient are drawn together, for they are not independent."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from opensepsis.uses.compare.medians import sampled_medians

ENDS = ("low", "high")
_SHARES = (2.5, 97.5)  # percent
_AT_ONCE = 4_000_000  # cells of a block of samples


class Samples:
    """Samples of the patients of some stays, as many as there are, with replacement; the same for the same seed."""

    def __init__(self, patients: pl.Series, number: int, seed: int) -> None:
        self._patients, self.number, self.seed = patients, number, seed

    @property
    def method(self) -> str:
        """How the intervals are made, in words."""
        return (
            f"95 % percentile intervals of {self.number:,} bootstrap samples of {self._patients.n_unique():,} "
            f"patients with all their stays, seed {self.seed}."
        )

    def counts(self, flags: list[pl.Series]) -> np.ndarray:
        """How many stays have each flag, in each sample (rows) for each flag (columns).

        Patients with the same counts are drawn as one kind: that gives the same distribution and takes little.
        """
        named = {str(i): flag.fill_null(False).cast(pl.Int64) for i, flag in enumerate(flags)}
        own = pl.DataFrame({"patient": self._patients, **named}).group_by("patient").sum()
        kinds = own.group_by(*named).len("_patients").sort(*named)
        drawn = self._drawn(kinds["_patients"].to_numpy(), own.height)
        values = kinds.select(*named).to_numpy()
        return np.concatenate([block @ values for block in drawn])

    def median_interval(self, patients: pl.Series, values: np.ndarray) -> tuple[float | None, float | None]:
        """The ends of the interval of the median of the values, of the patients that have any."""
        if patients.n_unique() < 2:
            return None, None
        codes = patients.rank("dense").to_numpy().astype(np.int64) - 1
        return spread(sampled_medians(values, codes, self.number, self.seed))

    def _drawn(self, kinds: np.ndarray, patients: int) -> Iterator[np.ndarray]:
        """How often each kind of patient is drawn, a row for each sample."""
        at = np.random.default_rng(self.seed)
        rows = max(1, _AT_ONCE // max(len(kinds), 1))
        for first in range(0, self.number, rows):
            size = min(rows, self.number - first)
            yield (
                at.multinomial(patients, kinds / kinds.sum(), size=size)
                if patients
                else np.zeros((size, 0), int)
            )


def interval(top: np.ndarray, bottom: np.ndarray) -> tuple[float | None, float | None]:
    """The ends of the interval of a quotient, of the samples in which it is known.

    >>> interval(np.array([1, 2, 3]), np.array([4, 4, 0]))
    (0.25625, 0.49375)
    """
    there = bottom != 0
    return spread(top[there] / bottom[there])


def spread(found: np.ndarray) -> tuple[float | None, float | None]:
    """The ends of the interval of what the samples gave; None where they do not differ: a bootstrap tells nothing of a share of 0 or 1."""
    found = found[~np.isnan(found)]
    if not len(found) or found.min() == found.max():
        return None, None
    low, high = np.percentile(found, _SHARES)
    return float(low), float(high)
