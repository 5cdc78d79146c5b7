"""Phenotypes: episodes with an onset, built from events and from scores over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from opensepsis.rules.concepts import Concept
from opensepsis.rules.conditions import Any
from opensepsis.rules.doses import ALL_DOSES, DoseRule
from opensepsis.rules.scores import Choice, Paper, Row, Score
from opensepsis.rules.signals import Running


@dataclass(frozen=True, eq=False, kw_only=True)
class Phenotype:
    """What every phenotype states about itself."""

    name: str
    title: str
    paper: Paper
    choices: tuple[Choice, ...] = ()
    why: str = ""

    def __repr__(self) -> str:
        return f"<phenotype {self.name}>"

    @property
    def rests_on(self) -> tuple[Phenotype | Score, ...]:
        """The definitions it is built from."""
        return ()

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts it reads itself."""
        return {}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Infection(Phenotype):
    """Suspected infection: a culture and an antibiotic, near each other in time; at the earlier of the two.

    Suspicions less than `apart` after the one before are one episode. A suspicion counts for a stay from `before_stay`
    before its admission to its end.
    """

    antibiotic: Concept
    culture: Concept
    culture_within: timedelta  # after the antibiotic
    antibiotic_within: timedelta  # after the culture
    doses: int = 1  # how many the course needs, each within `dose_gap` of the one before
    dose_gap: timedelta = timedelta(hours=96)
    specimens: tuple[str, ...] = ()  # a specimen counts if it holds one of these words; empty: every culture
    given: DoseRule = ALL_DOSES  # which doses count
    apart: timedelta = timedelta(hours=72)
    before_stay: timedelta = timedelta(hours=24)


class Baseline(StrEnum):
    """Against what the rise of a score is measured."""

    ZERO = "zero"
    LOWEST_SO_FAR = "lowest_so_far"
    LOWEST_AROUND_SUSPICION = "lowest_around_suspicion"
    WINDOW_START = "window_start"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OrganFailure(Phenotype):
    """Infection with a rise of a score by at least `by`, at an evaluation time in [suspicion − before, suspicion + after]."""

    infection: Infection
    score: Score
    by: int
    before: timedelta
    after: timedelta
    baseline: Baseline = Baseline.ZERO
    # only for LOWEST_AROUND_SUSPICION: the baseline's own window, and the rise is looked for from suspicion on
    baseline_before: timedelta = timedelta(hours=24)
    baseline_after: timedelta = timedelta(hours=2)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Shock(Phenotype):
    """Sepsis with a vasopressor and a high lactate, at most `paired_within` apart, from its onset to `until` after it."""

    sepsis: OrganFailure
    vasopressors: tuple[Running, ...]
    lactate: Concept
    lactate_above: float
    paired_within: timedelta
    until: timedelta
    fluid: Concept | None = None
    weight: Concept | None = None
    fluid_at_least: float = 0  # mL/kg in `fluid_over` up to the shock; 0: volume is not judged
    fluid_over: timedelta = timedelta(hours=24)

    @cached_property
    def supported(self) -> Score:
        """A score worth one point while a vasopressor runs: from when on it is known says when the drug could be."""
        row = Row("circulation", "A vasopressor runs", {1: Any(tuple(v.holds for v in self.vasopressors))})
        return Score(f"{self.name} supported", f"Vasopressor of {self.title}", self.paper, (row,))


_P = TypeVar("_P", bound=Phenotype)


def phenotype_variant(of: _P, name: str, *, why: str, **changes: object) -> _P:
    """A named copy of a phenotype with some choices changed, as `sepsis3:lowest_so_far`."""
    return replace(of, name=f"{of.name}:{name}", why=why, **changes)


def walk(definition: Phenotype | Score, visit: Callable[[Phenotype | Score], object]) -> None:
    """Visits a definition and everything it rests on, deepest first."""
    match definition:
        case OrganFailure(infection=infection, score=score):
            walk(infection, visit)
            walk(score, visit)
        case Shock(sepsis=sepsis):
            walk(sepsis, visit)
        case Phenotype():
            for part in definition.rests_on:
                walk(part, visit)
        case _:
            pass
    visit(definition)


def scores_of(definition: Phenotype | Score) -> list[Score]:
    """The scores a definition rests on."""
    return [d for d in dict.fromkeys(_walked(definition)) if isinstance(d, Score)]


def infections_of(definition: Phenotype | Score) -> list[Infection]:
    """The suspicions of infection that a definition rests on."""
    return [d for d in dict.fromkeys(_walked(definition)) if isinstance(d, Infection)]


def concepts_read(definition: Phenotype | Score) -> dict[str, Concept]:
    """Everything a definition needs recorded, by name."""
    return {name: c for d in _walked(definition) for name, c in _own_concepts(d).items()}


def _walked(definition: Phenotype | Score) -> list[Phenotype | Score]:
    found: list[Phenotype | Score] = []
    walk(definition, found.append)
    return found


def _own_concepts(definition: Phenotype | Score) -> dict[str, Concept]:
    match definition:
        case Score():
            return definition.concepts
        case Infection(antibiotic=antibiotic, culture=culture):
            return {c.name: c for c in (antibiotic, culture)}
        case Shock(vasopressors=drugs, lactate=lactate, fluid=fluid, weight=weight):
            return {c.name: c for c in (*(d.concept for d in drugs), lactate, fluid, weight) if c}
        case _:
            return definition.reads
