"""What messages and resources say, as facts. Times are whole microseconds (UTC).

`stated` is when the sender says it said so (filing or message time): it settles which of two versions is later, whatever the
order of arrival. `patient` is the name of `patient_names.py`, never a person's; nobody without one gets a fact.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from opensepsis.data.timeline.event import Event


@dataclass(frozen=True)
class Charted:
    """A row of the timeline. `event.known` is the filing time, later by a microsecond for a correction filed at the same time.

    Without value and text it takes back every earlier version of the same concept, time and origin. `shown` is the value and
    unit as they were sent; `preliminary` marks a result that is not final. `whole`: a rate for the whole patient, whose value is to be
    had by the weight; `weigh` is "divide" or "multiply". `reference` is the sender's reference range as it was sent, `low` and
    `high` its ends in the concept's unit: shown beside the value, never scored by. `part`: which administration of its order it is,
    as the sender counts them. `under`: the order or infusion of which it is a part; with `assumed_end` the end was not told: it is when
    the sender said that it was over. `visit`: the visit that the message names.
    """

    patient: str
    event: Event
    shown: str = ""
    preliminary: bool = False
    whole: float | None = None
    weigh: str = ""
    reference: str = ""
    low: float | None = None
    high: float | None = None
    part: str = ""
    under: str = ""
    assumed_end: bool | None = None
    visit: str = ""


@dataclass(frozen=True)
class Ended:
    """What was charted to run under an origin, whenever it began, runs no longer from `time` on.

    With `replaced` only what began earlier: a new rate of the same order takes its place, whichever was told first. `under` as in
    Charted: what else is a part of that ends too, if it is of the same drug.
    """

    patient: str
    concept: str
    origin: str
    time: int
    known: int
    replaced: bool = False
    under: str = ""

    def ends(self, event: Event) -> bool:
        """Whether an event of this origin is one that ends here.

        >>> rate = Ended("A|1", "norepinephrine", "o", time=9, known=9, replaced=True)
        >>> [rate.ends(Event("norepinephrine", t, known=12, origin="o")) for t in (8, 9)]
        [True, False]
        """
        return event.time < self.time if self.replaced else event.known <= self.known


@dataclass(frozen=True)
class Voided:
    """What was charted under an origin, or under a part of it, before `known` no longer holds, whenever it was and for whomever.

    A sender who names a thing by itself (a FHIR resource, an order) may correct its time or its patient, or take it back without
    saying again what it was: without a patient where not even that is said. What stands under an origin in `but` holds on;
    with `at` only what was at that moment is void.
    """

    patient: str
    origin: str
    known: int
    but: tuple[str, ...] = ()
    at: int | None = None

    def covers(self, event: Event) -> bool:
        """Whether an event is an earlier version of what is void.

        >>> void = Voided("A|1", "fhir Observation/1", 9)
        >>> [void.covers(Event("map", 0, known=k, origin="fhir Observation/1 8478-0")) for k in (8, 9)]
        [True, False]
        """
        return self.at in (None, event.time) and self.takes_back(event.origin or "", event.known)

    def takes_back(self, origin: str, known: int) -> bool:
        """Whether what was said under an origin at a moment is void.

        >>> void = Voided("A|1", "hl7 order 7", 9, but=("hl7 order 7 meropenem",))
        >>> [void.takes_back(f"hl7 order 7 {drug}", 8) for drug in ("ceftriaxone", "meropenem")]
        [True, False]
        """
        return (
            known < self.known
            and _is_part(origin, self.origin)
            and not any(_is_part(origin, one) for one in self.but)
        )


@dataclass(frozen=True)
class Corrected:
    """What is told under an origin at `known` takes the place of what was told before of the same thing, at whatever time and under
    whichever of its numbers: the ward knows what that was, the message does not.

    `what` is how the thing is shown; `part` as in Charted. With `perhaps` (a result that cannot be had, a final one of a report with
    corrections) it may be of another specimen: one that was taken after the first result was filed. `stands`: it says a value.
    """

    patient: str
    origin: str
    known: int
    what: str = ""
    part: str = ""
    perhaps: bool = False
    stands: bool = False


def _is_part(origin: str, whole: str) -> bool:
    return f"{origin} ".startswith(f"{whole} ")


@dataclass(frozen=True)
class Resource:
    """What a feed said of a thing that other resources refer to, as a drug or a place; `patient` holds its name, never a patient's.

    `said` is the part that is read, as JSON.
    """

    patient: str
    said: str


@dataclass(frozen=True)
class Heard:
    """A feed said something of no use: a sign of life of a feed that ought to speak."""

    patient: str = ""


class Move(StrEnum):
    """What an ADT message or an Encounter says of a visit."""

    ADMIT = "admit"
    TRANSFER = "transfer"
    DISCHARGE = "discharge"
    UPDATE = "update"
    CANCEL_ADMIT = "cancel admit"
    CANCEL_TRANSFER = "cancel transfer"
    CANCEL_DISCHARGE = "cancel discharge"
    CANCEL_PART = (
        "cancel part"  # a resource that never was, or is another patient's: what else says the visit stands
    )
    DELETE = "delete"  # the visit never was, with all that was said of it before
    ALSO_CALLED = "also called"  # another feed calls `visit` by the number `version_of`
    RENUMBER = "renumber"  # `visit` is the new number of what was called `version_of`


@dataclass(frozen=True)
class Visited:
    """A step of a visit: where the patient is and since when. `kind` is hospital, icu or emergency.

    `version_of`: the resource of which a later version says every place anew; empty where each step is a message of its own.
    `origin`: the resource that says the step; what is said of it last is said of all of it.
    """

    patient: str
    visit: str
    move: Move
    time: int
    stated: int
    kind: str = "hospital"
    ward: str = ""
    bed: str = ""
    discharged_to: str = ""
    outpatient: bool = False  # comes for a few hours, perhaps from a ward
    version_of: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Described:
    """Who the patient is, as far as stated. Shown on the board; never logged.

    `dead` is False where the sender says that the patient lives, which takes an earlier death back, and True for a death without a
    time. `died` is the time of death. `consultant` is who attends the visit, "" where nobody does any more.
    """

    patient: str
    stated: int
    name: str | None = None
    born: int | None = None
    sex: str | None = None
    died: int | None = None
    dead: bool | None = None
    consultant: str | None = None


@dataclass(frozen=True)
class Merged:
    """From now on `old` is the same person as `survivor`; with `undone` no longer."""

    patient: str
    old: str
    stated: int
    undone: bool = False

    @property
    def survivor(self) -> str:
        """The identifier that goes on."""
        return self.patient


@dataclass(frozen=True)
class Rejected:
    """Something that was said of a patient and is not scored, with the reason: shown, never guessed."""

    patient: str
    time: int
    what: str
    reason: str
    shown: str = ""


@dataclass(frozen=True)
class Flagged:
    """A flag on the record (isolation, code status, a risk) in its sender's words: shown while it stands, never scored.

    The last that was stated under an origin holds; `stands` is False where it was ended or wrong, `until` when it ends by itself.
    Of those `about` one thing only that is shown which holds `since` last; what is about nothing named stands by itself.
    """

    patient: str
    origin: str
    stated: int
    words: str = ""
    stands: bool = True
    until: int | None = None
    about: str = ""
    since: int | None = None


Said = (
    Charted
    | Ended
    | Voided
    | Corrected
    | Resource
    | Heard
    | Visited
    | Described
    | Merged
    | Rejected
    | Flagged
)


def in_visit(facts: "Iterable[Said]", visit: str) -> "Iterator[Said]":
    """Facts of a message that names a visit: what is charted was charted in it."""
    for fact in facts:
        yield replace(fact, visit=visit) if visit and isinstance(fact, Charted) else fact


@dataclass(frozen=True)
class Problem:
    """Something in a message that could not be used. `kind`: dead (unreadable), unmapped, unit, time, held."""

    kind: str
    words: str
    system: str = ""
    code: str = ""
    unit: str = ""
