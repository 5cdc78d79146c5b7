"""Clocks: what is due after a trigger, and by when. Data only; `engine/clocks/evaluate.py` reads it.

All windows are closed: something done exactly at the limit is in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from opensepsis.rules.concepts import Concept
from opensepsis.rules.conditions import Condition, leaves
from opensepsis.rules.doses import ALL_DOSES, DoseRule
from opensepsis.rules.scores import Choice, Paper
from opensepsis.rules.signal_parts import concepts_of

NONE = timedelta(0)


class State(StrEnum):
    """How a task stands at a moment."""

    NOT_DUE = "not due"
    DUE = "due"
    IN_TIME = "done in time"
    LATE = "done late"
    NOT_INDICATED = "not indicated"
    CONTRADICTED = "contradicted"
    NOT_KNOWN = "not known"


class Anchor(StrEnum):
    """From when the time allowed for a task runs."""

    ZERO = "time zero"
    OPENING = "when it became indicated"
    LATER = "the later of time zero and when it became indicated"


@dataclass(frozen=True, kw_only=True)
class EpisodeTrigger:
    """Each episode of a phenotype; time zero is when the last of the elements it rests on was there."""

    phenotype: str

    @property
    def name(self) -> str:
        """The name of the trigger in the output."""
        return self.phenotype


@dataclass(frozen=True, kw_only=True)
class BandTrigger:
    """The first moment with a score of `at_least`, from `before` to `after` a suspicion of infection.

    When it is at once `below` or more, a graver band has begun instead and this one does not.
    """

    name: str
    score: str
    infection: str
    at_least: int
    below: int | None = None
    before: timedelta
    after: timedelta


@dataclass(frozen=True, eq=False, kw_only=True)
class Recorded:
    """The first record of one of these: a measurement, a specimen, a dose, an infusion that runs."""

    concepts: tuple[Concept, ...]
    given: DoseRule = ALL_DOSES  # which doses count
    specimens: tuple[str, ...] = ()  # a specimen counts if it holds one of these words; empty: every one


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume:
    """The moment at which so much fluid was in: `per_kg` mL/kg, or `at_least` mL when no weight is needed."""

    fluid: Concept
    weight: Concept | None = None
    per_kg: float = 0
    at_least: float = 0


@dataclass(frozen=True, kw_only=True)
class ManualCompletion:
    """Nothing in the feeds shows it: only a user can mark it as done."""


@dataclass(frozen=True, kw_only=True)
class Follows:
    """From when another task was begun or done, for as long as `lasting` (None: no end of its own)."""

    task: str
    end: str = "begun"
    lasting: timedelta | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """A task is indicated once a condition on measurements holds, from `before` to `until` after time zero.

    With `readings` above 1 it must hold that often, each at most `apart` after the one before; with
    `consecutive` no reading in between may say otherwise.
    """

    condition: Condition
    words: str
    until: timedelta
    before: timedelta = NONE
    readings: int = 1
    apart: timedelta | None = None
    consecutive: bool = False
    follows: Follows | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """A task is indicated once the measurement that closed another task is above a limit."""

    task: str
    above: float
    words: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """One thing to do: what closes it, by when, and when it is indicated at all."""

    name: str
    title: str
    closed_by: Recorded | Volume | ManualCompletion
    within: timedelta
    look_back: timedelta = NONE  # done this long before time zero counts too
    when: Seen | Result | None = None
    afresh: bool = False  # only what is done after time zero counts
    counted_from: Anchor = Anchor.ZERO
    earliest: timedelta = NONE  # not due before; done earlier it still counts
    before: str | None = None  # the task it must precede
    by_start: bool = False  # in time if begun by then; done when complete, whenever that is
    advanced_by: Seen | None = None  # seen before, it is counted from there
    verified: bool = True

    @property
    def reach(self) -> timedelta:
        """How long before time zero what closes it may lie."""
        opened = self.when.before if self.by_start and isinstance(self.when, Seen) else NONE
        return self.look_back + max(opened, self.advanced_by.before if self.advanced_by else NONE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Arm:
    """The tasks after one trigger; not started when one of `unless` was met in `unless_within` up to it."""

    trigger: EpisodeTrigger | BandTrigger
    title: str
    tasks: tuple[Task, ...]
    unless: tuple[str, ...] = ()
    unless_within: timedelta = timedelta(hours=72)
    aims: tuple[Target, ...] = ()

    @property
    def titles(self) -> dict[str, str]:
        """The title of each task by its name."""
        return {task.name: task.title for task in self.tasks}


@dataclass(frozen=True, eq=False, kw_only=True)
class ComfortCare:
    """Nothing is due from comfort care on; nothing at all when it begins up to `until` after time zero."""

    concept: Concept
    until: timedelta = NONE


@dataclass(frozen=True, eq=False, kw_only=True)
class TreatedBefore:
    """Nothing is due when it was given in the stay more than `longer_ago` before time zero."""

    given: Recorded
    longer_ago: timedelta


@dataclass(frozen=True, kw_only=True)
class LeavesWithin:
    """Nothing is due when the patient dies or leaves up to `within` after time zero."""

    within: timedelta


@dataclass(frozen=True, kw_only=True)
class LongStay:
    """Nothing is due in a stay longer than this."""

    over: timedelta


@dataclass(frozen=True, eq=False, kw_only=True)
class Charted:
    """Nothing is due for a patient of whom the last entry of a concept, at most `valid` old, is one of these words."""

    concept: Concept
    words: tuple[str, ...]
    why: str
    valid: timedelta


Exclusion = ComfortCare | TreatedBefore | LeavesWithin | LongStay | Charted


@dataclass(frozen=True, eq=False, kw_only=True)
class Target:
    """A measurement to be held from `low` on (up to `high`, if given) in patients of these ages; no deadline, no alert."""

    name: str
    title: str
    concept: Concept
    low: float
    high: float | None = None
    lowest_age: float | None = None
    below_age: float | None = None
    valid: timedelta = timedelta(hours=1)  # an older measurement tells nothing any more
    verified: bool = True

    def suits(self, age: float | None) -> bool:
        """Whether it is the aim for somebody of this age; an unknown age counts as below every limit."""
        at_least = self.lowest_age is None or (age is not None and age >= self.lowest_age)
        return at_least and (self.below_age is None or age is None or age < self.below_age)


@dataclass(frozen=True, eq=False, kw_only=True)
class Clock:
    """A programme of care: arms that may run side by side, each from its own time zero."""

    name: str
    title: str
    version: str
    paper: Paper
    arms: tuple[Arm, ...]
    exclusions: tuple[Exclusion, ...] = ()
    lowest_age: float | None = None  # years; an unknown age counts as old enough
    below_age: float | None = None  # years; an unknown age does not count as young enough
    effective_from: date | None = None
    effective_until: date | None = None
    choices: tuple[Choice, ...] = ()
    why: str = ""

    def __repr__(self) -> str:
        return f"<clock {self.name}>"

    @property
    def arm_of(self) -> dict[str, Arm]:
        """The arm that each trigger starts."""
        return {arm.trigger.name: arm for arm in self.arms}

    def suits(self, age: float | None) -> bool:
        """Whether the programme is for patients of this age."""
        if age is None:
            return self.below_age is None
        return (self.lowest_age or 0) <= age < (self.below_age or float("inf"))


def clock_variant(of: Clock, name: str, *, why: str, **changes: object) -> Clock:
    """A named copy of a clock with some parts changed, as `sep1:culture_24h`."""
    return replace(of, name=f"{of.name}:{name}", why=why, **changes)


def read_by(part: Recorded | Volume | ManualCompletion | Seen | Result | None) -> list[Concept]:
    """The concepts that close or open a task."""
    match part:
        case Recorded(concepts=concepts):
            return list(concepts)
        case Volume(fluid=fluid, weight=weight):
            return [c for c in (fluid, weight) if c]
        case Seen(condition=condition):
            return [c for leaf in leaves(condition) for c in concepts_of(leaf.signal)]
        case _:
            return []


def excluded_by(exclusion: Exclusion) -> tuple[Concept, ...]:
    """The concepts that an exclusion reads."""
    match exclusion:
        case ComfortCare(concept=concept) | Charted(concept=concept):
            return (concept,)
        case TreatedBefore(given=given):
            return given.concepts
        case _:
            return ()


def clock_concepts(clock: Clock) -> dict[str, Concept]:
    """Everything the tasks and exclusions of a clock need recorded, by name; its triggers need their own."""
    return {concept.name: concept for concept in _read(clock)}


def _read(clock: Clock) -> Iterator[Concept]:
    for task in (task for arm in clock.arms for task in arm.tasks):
        yield from (*read_by(task.closed_by), *read_by(task.when), *read_by(task.advanced_by))
    yield from (aim.concept for arm in clock.arms for aim in arm.aims)
    for exclusion in clock.exclusions:
        yield from excluded_by(exclusion)
