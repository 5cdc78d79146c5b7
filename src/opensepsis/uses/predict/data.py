"""What is learned from and tested on: the hours of one or several hospitals with their labels, checked."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from opensepsis.errors import DefinitionError
from opensepsis.uses.predict.grid import Grid, together
from opensepsis.uses.predict.inputs import Input
from opensepsis.uses.predict.labels import Labels, joined

_SEEN = 0.01  # the share of a hospital's stays in which an input must occur
_FEWEST = 10  # stays with an onset, below which nothing can be learned or proved


@dataclass(frozen=True)
class Cohort:
    """Hours and labels."""

    grid: Grid
    labels: Labels

    @cached_property
    def stay_of_row(self) -> np.ndarray:
        return self.grid.stay_of_row

    @cached_property
    def hours(self) -> np.ndarray:
        """Hours since admission, of each row."""
        return self.grid.unit_hours

    @cached_property
    def patients(self) -> np.ndarray:
        """A number for the patient of each stay, from 0."""
        keys = (
            self.grid.stays["hospital"].to_numpy().astype(str),
            self.grid.stays["patient"].to_numpy().astype(str),
        )
        return np.unique(np.char.add(np.char.add(keys[0], "\0"), keys[1]), return_inverse=True)[1]

    @cached_property
    def counted(self) -> np.ndarray:
        """The rows that count."""
        return np.flatnonzero(self.labels.counted)

    @cached_property
    def septic(self) -> np.ndarray:
        """Whether each stay has an onset."""
        return ~np.isnan(self.labels.onset)

    @property
    def hospitals(self) -> list[str]:
        return self.grid.stays["hospital"].unique(maintain_order=True).to_list()

    @cached_property
    def strata(self) -> np.ndarray:
        """Hospital and outcome of each stay, by which folds are drawn."""
        names = self.hospitals
        of = self.grid.stays["hospital"].replace_strict(names, list(range(len(names)))).to_numpy()
        return of * 2 + self.septic

    def of_stays(self, chosen: np.ndarray) -> "Cohort":
        """Some of the stays, by their places in rising order."""
        rows = np.isin(self.stay_of_row, chosen).nonzero()[0]
        return Cohort(self.grid.of_stays(chosen), self.labels.of_rows(rows, chosen))

    def with_inputs(self, inputs: Sequence[Input]) -> "Cohort":
        return Cohort(self.grid.with_inputs(inputs), self.labels)


def pooled(cohorts: Sequence[Cohort]) -> Cohort:
    """Several hospitals as one."""
    return Cohort(together([c.grid for c in cohorts]), joined([c.labels for c in cohorts]))


def check(cohort: Cohort) -> None:
    """DefinitionError where there is nothing to learn from: no hour counts, no onset or too few, no patient without one."""
    labels, kept = cohort.labels, np.unique(cohort.stay_of_row[cohort.counted])
    left = "; ".join(f"{count:,} {reason}" for reason, count in labels.left_out.items() if count)
    if not len(kept):
        raise DefinitionError(
            f"No hour has a label ({left or 'none given'}). Choose another definition or table."
        )
    positive = np.unique(cohort.stay_of_row[labels.positive & labels.counted])
    if len(positive) < _FEWEST:
        raise DefinitionError(
            f"Only {len(positive):,} stays have an onset that can be predicted; at least {_FEWEST} are needed ({left or 'none left out'})."
        )
    if len(kept) - len(positive) < _FEWEST:
        raise DefinitionError(
            "Almost every stay has an onset: there is only one class, so nothing can be predicted."
        )


def usable_inputs(cohort: Cohort, core: bool = False) -> tuple[Input, ...]:
    """The inputs that every hospital of the cohort gives, in at least 1 % of its stays: all, or those that travel."""
    seen = ~np.isnan(cohort.grid.values)
    stays = len(cohort.grid.begin) - 1
    occurs = np.stack(
        [np.bincount(cohort.stay_of_row, seen[:, i], minlength=stays) > 0 for i in range(seen.shape[1])]
    )
    given = np.ones(len(occurs), bool)
    for name in cohort.hospitals:
        mine = (cohort.grid.stays["hospital"] == name).to_numpy()
        given &= occurs[:, mine].mean(axis=1) >= _SEEN
    found = tuple(
        one for one, there in zip(cohort.grid.inputs, given, strict=True) if there and (one.core or not core)
    )
    if not found:
        raise DefinitionError(
            "The timeline has none of the measurements that the features need. `opensepsis coverage` lists what was received."
        )
    return found


def with_local(cohort: Cohort, inputs: Sequence[Input]) -> tuple[Input, ...]:
    """The inputs of a model that is adapted, and what the site has beside them (`Input.local`), in the order of `read_inputs`."""
    base, usable = {one.concept: one for one in inputs}, {one.concept for one in usable_inputs(cohort)}
    return tuple(
        base.get(one.concept, replace(one, local=True))
        for one in cohort.grid.inputs
        if one.concept in base or one.concept in usable
    )


def patients_digest(cohort: Cohort, hospital: str) -> str:
    """One digest of all patients of a hospital together; it tells whether the same patients come again, and nothing of any of them."""
    names = cohort.grid.stays.filter(hospital=hospital)["patient"].unique().sort().to_list()
    return hashlib.sha256("\0".join(names).encode()).hexdigest()
