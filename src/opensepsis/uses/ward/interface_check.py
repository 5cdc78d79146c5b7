"""A look at a new interface from a recording: whose numbers, which kinds, which units, whose clock, and what is missing.

Counts and codes only: nothing of a patient is in the result.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import quantiles

import orjson

from opensepsis.data.decode.facts import Charted, Described, Problem, Visited
from opensepsis.data.decode.patient_names import parts_of
from opensepsis.data.decode.site import Site
from opensepsis.data.intake.marks import low_volumes
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.marks import VOLUMES
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.decode.hl7.header import read_header
from opensepsis.uses.ward.ingest.recordings import Step
from opensepsis.uses.ward.lint import FAR, Row, by_volume, what_was_not_used
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.messages import Message

MINUTE = 60 * SECOND
LEAST = 20  # values, before their times say something of a clock
FAR_OFF = 15 * MINUTE  # a median farther off may be a clock or a zone
NEAR = 5 * MINUTE  # of a whole quarter of an hour: then it may be a zone
QUARTER = 15 * MINUTE


@dataclass(frozen=True)
class Issuer:
    """Who gave patients' numbers: how many patients, and of how many nothing but values, no name or no birth date came."""

    name: str
    patients: int
    without_visit: int
    without_name: int
    without_birth: int


@dataclass(frozen=True)
class Offset:
    """How long before its message the values of a kind of message were measured, in minutes; `verdict` is "" when it looks right."""

    kind: str
    values: int
    lowest: float
    median: float
    highest: float
    in_future: int
    verdict: str


@dataclass(frozen=True)
class InterfaceCheck:
    """What a recording shows of an interface."""

    messages: int
    dead: int
    kinds: tuple[tuple[str, int], ...]
    issuers: tuple[Issuer, ...]
    twice: int  # names with birth dates that stand under more than one number
    values: tuple[tuple[str, str, int], ...]  # concept, unit as it was sent, how many
    silent: tuple[str, ...]  # concepts that are asked for and never came
    offsets: tuple[Offset, ...]
    unused: tuple[Row, ...]
    low: tuple[str, ...] = ()  # what is to be said of values that are too often too low


@dataclass
class _Seen:
    """What is counted while messages are read."""

    kinds: Counter = field(default_factory=Counter)
    dead: int = 0
    visits: set[str] = field(default_factory=set)
    valued: set[str] = field(default_factory=set)
    people: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    units: Counter = field(default_factory=Counter)
    watched: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in VOLUMES})
    delays: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    problems: Counter = field(default_factory=Counter)

    def note(self, kind: str, said: int, facts: Iterable, problems: Iterable[Problem]) -> None:
        """Counts one message."""
        self.kinds[kind] += 1
        for fact in facts:
            if isinstance(fact, Charted):
                self.valued.add(fact.patient)
                self.units[fact.event.concept, _unit(fact)] += 1
                if fact.event.concept in self.watched and fact.event.value is not None:
                    self.watched[fact.event.concept].append(fact.event.value)
                if said > 0:
                    self.delays[kind].append(said - fact.event.time)
            elif isinstance(fact, Visited):
                self.visits.add(fact.patient)
            elif isinstance(fact, Described):
                name, born = self.people.get(fact.patient, ("", None))
                self.people[fact.patient] = fact.name or name, born if fact.born is None else fact.born
        found = list(problems)
        self.dead += any(problem.kind == "dead" for problem in found)
        self.problems.update(map(what_was_not_used, found))


def check_interface(
    site: Site, steps: Iterable[Step], asked: Iterable[str], feed: str = "hl7"
) -> InterfaceCheck:
    """Reads a recording as the ward would; `asked` are the concepts that the ward's definitions need.

    >>> from opensepsis.data.decode.site import read_site
    >>> check_interface(read_site(), [Step(0, "hl7", "a", b"nonsense")], ["lactate"]).silent
    ('lactate',)
    """
    seen, read, number = _Seen(), Remembering(site, lambda name: None), 0
    for number, step in enumerate(steps, 1):
        facts, problems = read(Message(number, feed, step.form, step.key, step.raw, FAR))
        seen.note(_kind(step), step.time, facts, problems)
    came = {concept for concept, _ in seen.units}
    return InterfaceCheck(
        number,
        seen.dead,
        tuple(seen.kinds.most_common()),
        _issuers(seen),
        _twice(seen),
        tuple(
            (CONCEPTS[c].label if c in CONCEPTS else c, unit, n) for (c, unit), n in seen.units.most_common()
        ),
        tuple(sorted(CONCEPTS[name].label for name in set(asked) - came if name in CONCEPTS)),
        tuple(_offset(kind, delays) for kind, delays in sorted(seen.delays.items())),
        by_volume(seen.problems),
        tuple(low_volumes(seen.watched)),
    )


def _kind(step: Step) -> str:
    """The kind of a message: ADT^A01, Observation, or its form."""
    try:
        if step.form == "hl7":
            header = read_header(step.raw)
            if header is None:
                return f"{step.form}, unreadable"
            return b"^".join(filter(None, (header.first(9, part) for part in (1, 2)))).decode("ascii")
        if step.form == "fhir":
            return f"FHIR {orjson.loads(step.raw)['resourceType']}"
    except (AttributeError, KeyError, TypeError, ValueError):
        return f"{step.form}, unreadable"
    return step.form


def _unit(fact: Charted) -> str:
    """The unit as it was sent: what follows the value."""
    _, _, unit = fact.shown.partition(" ")
    return unit if len(unit) <= 20 else ""


def _issuers(seen: _Seen) -> tuple[Issuer, ...]:
    patients = defaultdict(set)
    for name in {*seen.valued, *seen.visits, *seen.people}:
        patients[parts_of(name)[0]].add(name)
    return tuple(
        Issuer(
            issuer or "(none)",
            len(names),
            len((names & seen.valued) - seen.visits),
            sum(not seen.people.get(name, ("", None))[0] for name in names),
            sum(seen.people.get(name, ("", None))[1] is None for name in names),
        )
        for issuer, names in sorted(patients.items(), key=lambda pair: -len(pair[1]))
    )


def _twice(seen: _Seen) -> int:
    people = Counter(
        (name.casefold(), born) for name, born in seen.people.values() if name and born is not None
    )
    return sum(times > 1 for times in people.values())


def _offset(kind: str, delays: list[int]) -> Offset:
    low, median, high = (
        (q[0], q[49], q[98]) if len(delays) > 1 and (q := quantiles(delays, n=100)) else (delays[0],) * 3
    )
    early = sum(delay < -MINUTE for delay in delays)
    return Offset(
        kind,
        len(delays),
        round(low / MINUTE, 1),
        round(median / MINUTE, 1),
        round(high / MINUTE, 1),
        early,
        _verdict(delays, median),
    )


def _verdict(delays: list[int], median: float) -> str:
    """What the times of values may say of a clock."""
    if len(delays) < LEAST or abs(median) < FAR_OFF:
        return ""
    off = round(median / QUARTER) * QUARTER
    if median < 0:
        return "measured after they were sent: the device's clock or its zone is wrong"
    if abs(median - off) < NEAR and off % (2 * QUARTER) == 0:
        return f"about {off / (60 * MINUTE):g} h before they were sent: results that take long, or another time zone"
    return ""
