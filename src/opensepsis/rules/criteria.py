"""Phenotypes of several tables: infection and criteria that hold together, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from opensepsis.rules.phenotypes import Infection, Phenotype
from opensepsis.rules.scores import Score


@dataclass(frozen=True, eq=False)
class AtLeast:
    """A table and the points that are enough."""

    score: Score
    points: int


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CriteriaMet(Phenotype):
    """Infection, and an hourly evaluation time from `before` to `after` suspicion at which each table has enough points.

    Its onset is when the last of them is met or, not `complete`, the earlier of suspicion and that evaluation time.
    """

    infection: Infection
    criteria: tuple[AtLeast, ...]
    before: timedelta
    after: timedelta
    complete: bool = True
    version: str = ""  # of the manual that the criteria are from

    @property
    def rests_on(self) -> tuple[Phenotype | Score, ...]:
        """The infection and the tables."""
        return (self.infection, *(c.score for c in self.criteria))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Worsened(Phenotype):
    """Criteria met, then an evaluation time up to `within` after that onset with enough points in one more table."""

    after: CriteriaMet
    sign: AtLeast
    within: timedelta
    version: str = ""

    @property
    def rests_on(self) -> tuple[Phenotype | Score, ...]:
        """The episode before, and the table."""
        return (self.after, self.sign.score)
