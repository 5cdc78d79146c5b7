"""From a coded value to a row of the timeline, or to why it is not scored. Nothing is guessed, nothing rescued but FiO₂."""

import re
from dataclasses import dataclass, field

from opensepsis.data.units import convert, find_conversion, refusal
from opensepsis.data.wording import word_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.chart import Event
from opensepsis.rules import Kind
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Charted, Fact, NotScored
from opensepsis.uses.ward.reading.site import Coded

FUTURE = 5 * 60 * 1_000_000
AGAIN = {"corrected": 1, "withdrawn": 2}  # of versions filed at the same microsecond
AHEAD = "it lies in the future: a clock is wrong"
NEEDS_UNIT = frozenset(("lactate", "creatinine", "bilirubin", "glucose", "temperature", "bun"))
_NUMBER = re.compile(r"\s*([<>]=?|[≤≥])?\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*$")
_THOUSANDS = re.compile(r"[1-9]\d*,\d{3}$")  # 150,000 or 150.000? nobody can tell
_NOTHING_GREW = re.compile(
    r"no (?:growth|organism|bacteria)|negative|not detected|sterile|none isolated", re.I
)


@dataclass
class Reading:
    """What a message says, and what in it could not be used."""

    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Value:
    """One value as it was sent. `status` is final, preliminary, corrected, withdrawn or empty (nothing to read)."""

    patient: str
    coded: Coded
    text: str
    unit: str
    time: int | None
    known: int
    origin: str
    status: str = "final"
    specimen: str = ""
    system: str = ""
    code: str = ""
    assumed_time: bool = False


def filed_as(known: int, received: int, status: str) -> int:
    """When a version counts as filed: a correction after what it corrects, a withdrawal after both."""
    return min(max(known, 0), received) + AGAIN.get(status, 0)


def not_ahead(time: int, received: int, into: Reading) -> int:
    """When a step of a visit was; one that a wrong clock puts into the future was when it was told, and that is noted.

    >>> not_ahead(10**9, 0, Reading()), not_ahead(60_000_000, 0, Reading())
    (0, 60000000)
    """
    if time <= received + FUTURE:
        return time
    into.problems.append(
        Problem("time", "a visit lies in the future: a clock is wrong; read as of its receipt")
    )
    return received


def chart(value: Value, received: int, into: Reading) -> None:
    """Adds the row, or why there is none."""
    concept = CONCEPTS[value.coded.concept]
    if value.time is None:
        return _set_aside(value, received, "time", "no clinical time to the minute", into)
    if value.time > received + FUTURE:
        return _set_aside(value, received, "time", AHEAD, into)
    known = filed_as(value.known, received, value.status)
    if value.status == "withdrawn":
        into.facts.append(
            Charted(value.patient, Event(concept.name, value.time, None, known, None, None, value.origin))
        )
        return None
    if concept.name == "culture":
        return _culture(value, known, into)
    if concept.kind is Kind.WORD:
        return _word(value, known, received, into)
    return _number(value, known, received, into)


def _number(value: Value, known: int, received: int, into: Reading) -> None:
    concept, found = CONCEPTS[value.coded.concept], _NUMBER.match(value.text)
    if not found:
        return _set_aside(value, received, "value", "not a number", into)
    if _THOUSANDS.search(found[2]):
        return _set_aside(value, received, "value", "its comma may part thousands or a fraction", into)
    unit = value.unit or value.coded.unit
    if not unit and concept.name in NEEDS_UNIT:
        return _set_aside(value, received, "unit", "it came without a unit", into)
    unit = unit or concept.unit
    if contradicts(value.coded.kind, unit):
        return _set_aside(
            value, received, "unit", f"the unit contradicts the code ({value.coded.kind})", into
        )
    if find_conversion(concept.name, unit) is None:
        return _set_aside(value, received, "unit", refusal(concept.name, unit), into)
    number = _converted(concept.name, unit, float(found[2].replace(",", ".")))
    if concept.plausible and not concept.plausible[0] <= number <= concept.plausible[1]:
        return _set_aside(value, received, "value", "impossible", into)
    event = Event(concept.name, value.time, None, known, number, None, value.origin)
    into.facts.append(
        Charted(value.patient, event, f"{value.text} {value.unit}".strip(), value.status == "preliminary")
    )
    return None


def _converted(concept: str, unit: str, number: float) -> float:
    if concept == "fio2":
        return number if 0.21 <= number <= 1 else round(number / 100, 9)
    return number if unit == CONCEPTS[concept].unit else convert(concept, unit, number)


def contradicts(kind: str, unit: str) -> bool:
    """Whether a unit belongs to another property than the code's: a substance in mass, or a mass in moles.

    >>> contradicts("SCnc", "mg/dL"), contradicts("MCnc", "mg/dL")
    (True, False)
    """
    molar = "mol" in unit.lower() or "eq" in unit.lower()
    return (kind == "SCnc" and not molar) or (kind == "MCnc" and molar)


def _word(value: Value, known: int, received: int, into: Reading) -> None:
    concept = CONCEPTS[value.coded.concept]
    word = word_of(concept.name, value.text)
    if word is None:
        return _set_aside(value, received, "value", f"not one of {', '.join(concept.words)}", into)
    event = Event(concept.name, value.time, None, known, None, word, value.origin)
    into.facts.append(Charted(value.patient, event, value.text, value.status == "preliminary"))
    return None


def worded(concept: str, *said: str) -> str:
    """Of several ways in which a sender said a word the first that is known, else the first.

    >>> worded("pregnancy", "X1", "Pregnant"), worded("consciousness", "V^2")
    ('Pregnant', 'V^2')
    """
    return next((s for s in said if word_of(concept, s) is not None), said[0] if said else "")


def in_own_word(name: str, text: str, patient: str, time: int, into: Reading) -> str | None:
    """The concept's word for a text; None where no list has it, which is told."""
    word = word_of(name, text)
    if word is None:
        into.problems.append(Problem("unmapped", "no list knows this word", name, text))
        if not CONCEPTS[name].word_aside:
            into.facts.append(NotScored(patient, time, CONCEPTS[name].label, "no list knows this word", text))
    return word


def _culture(value: Value, known: int, into: Reading) -> None:
    said = value.text.strip()
    if value.status == "preliminary" and not said:
        grew = None
    else:
        grew = None if not said else 0.0 if _NOTHING_GREW.search(said) else 1.0
    event = Event("culture", value.time, None, known, grew, value.specimen.lower() or "unknown", value.origin)
    into.facts.append(Charted(value.patient, event, said, value.status == "preliminary"))


def _set_aside(value: Value, received: int, kind: str, reason: str, into: Reading) -> None:
    label = CONCEPTS[value.coded.concept].label
    shown = f"{value.text} {value.unit}".strip()
    into.facts.append(NotScored(value.patient, value.time or received, label, reason, shown))
    into.problems.append(Problem(kind, reason, value.system, value.code, value.unit))
