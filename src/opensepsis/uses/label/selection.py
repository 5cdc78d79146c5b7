"""Which definitions a run works out, and what they need."""

from dataclasses import dataclass
from functools import cached_property

from opensepsis.definitions import CLOCKS, COURSE, DEFINITIONS, PHENOTYPES, SCORES, STARTING
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import (
    BandTrigger,
    Clock,
    Concept,
    Course,
    Phenotype,
    Score,
    clock_concepts,
    concepts_read,
    course_concepts,
    scores_of,
)


@dataclass(frozen=True)
class Selection:
    """The scores, phenotypes and clocks to write, maybe the course, and everything they need recorded."""

    scores: tuple[Score, ...]
    phenotypes: tuple[Phenotype, ...]
    clocks: tuple[Clock, ...] = ()
    course: Course | None = None

    @property
    def triggers(self) -> list[Score | Phenotype]:
        """The definitions that start the clocks, as far as they exist."""
        return [STARTING[name] for name in self._trigger_names if name in STARTING]

    @property
    def missing_triggers(self) -> list[str]:
        """The definitions that clocks start with and that are not there yet: their arms are not started."""
        return [name for name in self._trigger_names if name not in STARTING]

    @property
    def _trigger_names(self) -> list[str]:
        names = []
        for trigger in (arm.trigger for clock in self.clocks for arm in clock.arms):
            banded = isinstance(trigger, BandTrigger)
            names += [trigger.score, trigger.infection] if banded else [trigger.phenotype]
        return list(dict.fromkeys(names))

    @property
    def needed_phenotypes(self) -> list[Phenotype]:
        """The phenotypes to work out: those to write, those that start clocks, those under the course."""
        starting = [d for d in self.triggers if isinstance(d, Phenotype)]
        under = self.course.phenotypes if self.course else []
        return list(dict.fromkeys([*self.phenotypes, *starting, *under]))

    @property
    def needed_scores(self) -> list[Score]:
        """The scores to work out: those to write, those that phenotypes rest on, those that start clocks."""
        found = list(self.scores)
        under = self.course.scores if self.course else []
        for definition in (*self.needed_phenotypes, *self.triggers, *under):
            found += [s for s in scores_of(definition) if s not in found]
        return found

    @property
    def concepts(self) -> dict[str, Concept]:
        """Everything these definitions need recorded, by name, and what may tell of it."""
        # a pregnancy may be told by a coded diagnosis alone
        told = {DIAGNOSIS.name: DIAGNOSIS} if PREGNANCY.name in self._read else {}
        return self._read | told

    @property
    def if_there(self) -> frozenset[str]:
        """The concepts that no definition reads: a source without their table will do."""
        return frozenset(self.concepts.keys() - self._read.keys())

    @cached_property
    def _read(self) -> dict[str, Concept]:
        found: dict[str, Concept] = {}
        for definition in (*self.needed_scores, *self.needed_phenotypes):
            found |= concepts_read(definition)
        for clock in self.clocks:
            found |= clock_concepts(clock)
        if self.course:
            found |= course_concepts(self.course)
        return found


def select(only: str | list[str] | None = None, variants: bool = False) -> Selection:
    """The definitions named in `only` (comma separated or a list), else all; `variants` adds their variants.

    >>> [s.name for s in select("sofa,sepsis3").scores]
    ['sofa']
    """
    names = only.split(",") if isinstance(only, str) else list(only or [])
    asked = [name.strip() for name in names if name.strip()]
    for name in asked:
        if name not in DEFINITIONS:
            raise DefinitionError(f"There is no definition '{name}'. {nearest(name, DEFINITIONS)}")

    def wanted(name: str) -> bool:
        if asked:
            return name in asked or (variants and any(name.startswith(f"{base}:") for base in asked))
        return variants or ":" not in name

    scores = tuple(score for name, score in SCORES.items() if wanted(name))
    phenotypes = tuple(p for name, p in PHENOTYPES.items() if wanted(name))
    clocks = tuple(c for name, c in CLOCKS.items() if wanted(name))
    return Selection(scores, phenotypes, clocks, COURSE if wanted(COURSE.name) else None)
