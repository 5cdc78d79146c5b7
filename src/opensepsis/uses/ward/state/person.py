"""Who a patient is, from all that was said of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.uses.ward.model.facts import Described, Flagged, Rejected
from opensepsis.uses.ward.state.voids import Voids

YEAR = YEAR_DAYS * 24 * 3600 * 1e6  # microseconds
OLDEST, LEAP_AHEAD = int(125 * YEAR), 24 * 3_600_000_000  # a birth may lie a day ahead: zones
DATE_OF_BIRTH = "date of birth"
SEXES = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class Person:
    """Who the patient is, as stated last: each part by itself."""

    name: str = ""
    born: int | None = None
    sex: str = ""
    died: int | None = None
    consultant: str = ""


def person_of(described: Iterable[Described]) -> Person:
    """Who somebody is, each part as stated last.

    >>> person_of([Described("A|1", 9, sex="F"), Described("A|1", 5, name="Bo", sex="M")])
    Person(name='Bo', born=None, sex='F', died=None, consultant='')
    """
    found = Person()
    for said in sorted(described, key=lambda d: (d.stated, repr(d))):
        parts = {n: getattr(said, n) for n in ("name", "born", "sex", "died", "consultant")}
        found = replace(found, **{n: v for n, v in parts.items() if v is not None})
        if said.dead is not None:
            found = replace(found, died=(found.died or said.stated) if said.dead else None)
    return found


def is_refuted(said: Described, alive: Mapping[str, int]) -> bool:
    """Whether a death was told of one number, and a vital sign later than it of another: of two records that were merged one lives.

    >>> death = Described("A|2", 9, died=5)
    >>> [is_refuted(death, alive) for alive in ({"A|1": 6}, {"A|1": 5}, {"A|2": 6})]
    [True, False, False]
    """
    if said.died is None and not said.dead:
        return False
    died = said.stated if said.died is None else said.died
    return any(name != said.patient and last > died for name, last in alive.items())


def note_flag(flags: dict[str, Flagged], said: Flagged, voids: Voids) -> None:
    """Keeps what a flag says by what it is called, unless that is void: as stated last, in whatever order that came."""
    held = flags.get(said.origin)
    if not voids.take_back(said.origin, said.stated) and (held is None or said.stated >= held.stated):
        flags[said.origin] = said


def remember(described: dict[Described, Described], said: Described) -> None:
    """Keeps what was said of a person. What is said again with every message stands once, as stated last; a death each time.

    >>> described = {}
    >>> for stated in (9, 5, 7):
    ...     remember(described, Described("A|1", stated, name="Bo"))
    >>> list(described.values()) == [Described("A|1", 9, name="Bo")]
    True
    """
    alike = (
        said if said.dead else replace(said, stated=0)
    )  # a death without a time is that of when it was first said
    if alike not in described or described[alike].stated < said.stated:
        described[alike] = said


def read_birth(fact: Described, received: int, before: int | None) -> tuple[Described, list[Rejected]]:
    """What is said, without a date of birth that cannot be, and what is to be told of it: one that may be another person's too."""
    if fact.born is None:
        return fact, []
    if not received - OLDEST <= fact.born <= received + LEAP_AHEAD:
        wrong = Rejected(fact.patient, received, DATE_OF_BIRTH, "impossible: rejected")
        return replace(fact, born=None), [wrong]
    if before is not None and (years := int(abs(fact.born - before) / YEAR)):
        words = f"{years} years from the one sent before: two people under one number?"
        return fact, [Rejected(fact.patient, received, DATE_OF_BIRTH, words)]
    return fact, []
