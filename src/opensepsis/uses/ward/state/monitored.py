"""What a ward keeps up to date for every patient, and everything that needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from opensepsis.definitions import CLOCKS, DEFINITIONS, PHENOTYPES, SCORES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.single_parameter import SINGLE_PARAMETER
from opensepsis.engine.live.criteria import matters
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import (
    BandTrigger,
    Clock,
    Concept,
    Infection,
    Phenotype,
    Score,
    clock_concepts,
    concepts_read,
    infections_of,
    scores_of,
)

# shown in the place of NEWS2 for those whom it is not made for
INSTEAD_OF_NEWS2 = (
    "npews",
    "nice_pregnant",
    "omsofa",
    "cmqcc_step_1",
    "cmqcc_step_2",
    "nice_under_5",
    "nice_5_to_11",
    "nice_12_to_15",
)
USUAL_SCORES = ("news2", *INSTEAD_OF_NEWS2, "qsofa", "sirs", "sofa", "phoenix")
USUAL_PHENOTYPES = (
    "suspected_infection",
    "sepsis3",
    "septic_shock",
    "phoenix_sepsis",
    "phoenix_septic_shock",
    "who_maternal_sepsis",
    "cmqcc_sepsis",
    "bacteremia",
    "bacteremia:nhsn_draft",
)
INFECTION_READS = ("antibiotic", "culture", "organism")
USUAL_CLOCKS = ("hour1", "ssc2026_adults", "ssc2026_children", "sep1", "nice_ng253")


@dataclass(frozen=True)
class Watched:
    """Scores to show, phenotypes to look for, clocks to run; the scores that those rest on come by themselves."""

    shown: tuple[Score, ...]
    phenotypes: tuple[Phenotype, ...]
    clocks: tuple[Clock, ...]
    calendar: Calendar = UTC_DAYS  # the hospital's, for definitions that count days

    @cached_property
    def triggers(self) -> tuple:
        """What starts the clocks, each once."""
        return tuple({arm.trigger.name: arm.trigger for c in self.clocks for arm in c.arms}.values())

    @cached_property
    def looked_for(self) -> tuple[Phenotype, ...]:
        """The phenotypes to look for and those that start clocks."""
        names = [t.infection if isinstance(t, BandTrigger) else t.phenotype for t in self.triggers]
        starting = [PHENOTYPES[n] for n in dict.fromkeys(names) if n in PHENOTYPES]
        return tuple(dict.fromkeys((*self.phenotypes, *starting)))

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """Every score that is shown or rested on."""
        bands = [SCORES[t.score] for t in self.triggers if isinstance(t, BandTrigger)]
        resting = [s for p in self.looked_for for s in scores_of(p)]
        return tuple(dict.fromkeys((*self.shown, *resting, *bands)))

    @cached_property
    def resting_on(self) -> dict[str, tuple[Score, ...]]:
        """The scores that each phenotype rests on, by its name."""
        return {p.name: tuple(scores_of(p)) for p in self.looked_for}

    @cached_property
    def matters(self) -> dict[str, Callable[[tuple], bool] | None]:
        """Which ticks can have a part in a phenotype, by its name."""
        return {p.name: matters(p) for p in self.looked_for}

    @cached_property
    def infection_reads(self) -> dict[str, tuple[str, ...]]:
        """What must have been charted before a phenotype can be found: antibiotic, culture and organism, where it reads them."""
        return {p.name: tuple(n for n in INFECTION_READS if n in concepts_read(p)) for p in self.looked_for}

    @cached_property
    def infections(self) -> dict[str, tuple[Infection, ...]]:
        """The suspicions that each phenotype rests on, by its name."""
        return {p.name: tuple(infections_of(p)) for p in self.looked_for}

    @cached_property
    def clock_reads(self) -> tuple[str, ...]:
        """The concepts that the clocks read."""
        return tuple(sorted({name for clock in self.clocks for name in clock_concepts(clock)}))

    @cached_property
    def clock_reads_set(self) -> frozenset[str]:
        """What changes a task: those concepts, the visit, the person, a feed that speaks again."""
        return frozenset((*self.clock_reads, "visit", "person", "feeds"))

    @cached_property
    def titles(self) -> dict[tuple[str, str, str], str]:
        """The titles of tasks by clock, trigger and name."""
        return {
            (c.name, a.trigger.name, t.name): t.title for c in self.clocks for a in c.arms for t in a.tasks
        }

    @cached_property
    def concepts(self) -> dict[str, Concept]:
        """Everything that any of it reads."""
        found: dict[str, Concept] = {}
        for definition in (*self.scores, *self.looked_for, *SINGLE_PARAMETER.values()):
            found |= concepts_read(definition)
        for clock in self.clocks:
            found |= clock_concepts(clock)
        return found | {
            name: CONCEPTS[name] for name in ("comfort_care", "antibiotic_order") if name in CONCEPTS
        }


def watched(
    scores: tuple[str, ...] = USUAL_SCORES,
    phenotypes: tuple[str, ...] = USUAL_PHENOTYPES,
    clocks: tuple[str, ...] = USUAL_CLOCKS,
    zone: str | None = None,
) -> Watched:
    """What these names mean, with the days of a time zone; DefinitionError offers the nearest for one that is unknown.

    >>> [s.name for s in watched(("sofa",), ("septic_shock",), ()).scores]
    ['sofa']
    """
    for name in (*scores, *phenotypes, *clocks):
        if name not in DEFINITIONS:
            raise DefinitionError(f"There is no definition '{name}'. {nearest(name, DEFINITIONS)}")
    return Watched(
        tuple(SCORES[n] for n in scores),
        tuple(PHENOTYPES[n] for n in phenotypes),
        tuple(CLOCKS[n] for n in clocks),
        Calendar(zone),
    )
