"""From a coded value to a row of the timeline, or to why it is not scored. Nothing is guessed, nothing rescued but FiO₂."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from opensepsis.data.decode.facts import Charted, Problem, Rejected, Voided
from opensepsis.data.decode.organisms import GREW, with_organisms
from opensepsis.data.decode.site import Coded
from opensepsis.data.intake.breath import DEVICE, IN_WORDS, OXYGEN, Breath, breath_in_words
from opensepsis.data.intake.culture import (
    NOT_PERFORMED,
    SCREENING,
    Growth,
    growth_value,
    is_culture,
    read_culture,
)
from opensepsis.data.intake.marks import needs_check
from opensepsis.data.intake.offs import ENDED, is_there, off_text, off_with_it
from opensepsis.data.intake.printed import read_printed
from opensepsis.data.intake.reference_range import in_own_unit
from opensepsis.data.intake.rejections import NOT_THERE
from opensepsis.data.intake.specimen import wrong_by_name, wrong_specimen
from opensepsis.data.intake.text_beside import why_not_by_comment
from opensepsis.data.intake.text_codes import is_absent, plain, word_of
from opensepsis.data.intake.value import IMPLAUSIBLE, Quantity, read_value
from opensepsis.data.site import LocalWords
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

FUTURE = 5 * 60 * 1_000_000
NO_LOCAL_WORDS = LocalWords()
AGAIN = {"corrected": 1, "withdrawn": 2}  # of versions filed at the same microsecond
OTHER_SPECIMEN = "not marked as arterial blood"
_ARTERIAL = frozenset(("arterial", "art", "abld", "arteriell", "artériel"))
AHEAD = "in the future: a clock is wrong"


@dataclass
class DecodeResult:
    """What a message says, and what in it could not be used."""

    facts: list[Any] = field(default_factory=list)  # Said, and of a ward what its users did
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Value:
    """One value as it was sent. `status` is final, preliminary, corrected, withdrawn or empty (nothing to read).

    `decimal` is the decimal mark of `text` where the format fixes it, as JSON does for numbers. `reference` is the sender's
    reference range in words. `specimen_text` is every code and text of the specimen, `specimen` the one that is shown.
    """

    patient: str
    coded: Coded
    text: str
    unit: str
    time: int | None
    known: int
    origin: str
    status: str = "final"
    specimen: str = ""
    specimen_text: str = ""
    system: str = ""
    code: str = ""
    assumed_time: bool = False
    decimal: str = ""
    reference: str = ""
    usual: tuple[float | None, float | None] | None = None  # the ends of the reference range, in `unit`
    name: str = ""  # by which the sender calls what was measured
    site: str = ""  # from where the specimen was taken
    comments: tuple[str, ...] = ()  # written beside it
    is_name: bool = False  # of a culture: its text is the name of an organism and nothing else

    @property
    def measured(self) -> int:
        """Its time, of a value whose time was told."""
        return cast(int, self.time)


def filed_as(known: int, received: int, status: str) -> int:
    """When a version counts as filed: a correction after what it corrects, a withdrawal after both."""
    return min(max(known, 0), received) + AGAIN.get(status, 0)


def not_ahead(time: int, received: int, into: DecodeResult) -> int:
    """When a step of a visit was; one that a wrong clock puts into the future was when it was told, and that is noted.

    >>> not_ahead(10**9, 0, DecodeResult()), not_ahead(60_000_000, 0, DecodeResult())
    (0, 60000000)
    """
    if time <= received + FUTURE:
        return time
    into.problems.append(Problem("time", f"a step of a visit is {AHEAD}; read as of its receipt"))
    return received


def chart(value: Value, received: int, into: DecodeResult, local: LocalWords = NO_LOCAL_WORDS) -> None:
    """Adds the row, or why there is none. A version that cannot be read takes the place of the earlier ones all the same."""
    concept = CONCEPTS[value.coded.concept]
    if value.time is None:
        return _reject(value, received, "time", "no clinical time to the minute", into)
    if value.time > received + FUTURE:
        return _reject(value, received, "time", AHEAD, into)
    known = filed_as(value.known, received, value.status)
    if (
        value.status != "withdrawn"
        and value.coded.specimen
        and not _is_from(value.coded.specimen, value.specimen)
    ):
        into.facts.append(Voided(value.patient, value.origin, known))
        shown = f"{value.text} {value.unit}".strip()
        into.facts.append(Rejected(value.patient, value.time, concept.label, OTHER_SPECIMEN, shown))
        return None
    if value.status != "withdrawn" and (wrong := _why_not_the_patients(value)):
        into.facts.append(Voided(value.patient, value.origin, known))
        return _reject(value, received, "value", wrong, into)
    if value.status == "withdrawn":
        _withdrawn(value, known, into)
        return None
    if concept.name == "culture":
        return _culture(value, known, received, into, local)
    if concept.is_yes_or_no and (_is_not_there(value) or off_text(concept.name, value.text)):
        return _off(value, known, received, into)
    if is_there(concept.name, value.text):
        value = replace(value, text="1", unit="")
    in_words = (
        read_printed(value.text, value.decimal) is None or word_of(concept.name, value.text) is not None
    )
    if concept.kind is Kind.WORD or (concept.is_yes_or_no and in_words):
        return _word(value, known, received, into, local)
    if breath := breath_in_words(concept.name, value.text):
        return _breath(value, breath, known, received, into, local)
    if value.status == "corrected":
        _no_device(value, known, into)
    return _number(value, known, received, into, local)


def _why_not_the_patients(value: Value) -> str:
    """Why a value says nothing of the patient's concept: by its specimen, its name or a comment; empty where it does."""
    name = value.coded.concept
    by_name = "" if name == "culture" else wrong_by_name(name, value.name)
    by_comment = (why_not_by_comment(name, comment) for comment in value.comments)
    specimen = wrong_specimen(name, value.specimen_text or value.specimen, value.site)
    return specimen or by_name or next(filter(None, by_comment), "")


def _is_from(wanted: str, specimen: str) -> bool:
    """Whether the words of a specimen say that it is arterial, the one kind that is asked for.

    >>> _is_from("arterial", "ART."), _is_from("arterial", "Blood"), _is_from("arterial", "non-arterial")
    (True, False, False)
    """
    said = plain(specimen).split()
    return wanted == "arterial" and not _ARTERIAL.isdisjoint(said) and "non" not in said and "not" not in said


def _number(value: Value, known: int, received: int, into: DecodeResult, local: LocalWords) -> None:
    concept = CONCEPTS[value.coded.concept]
    unit = local.unit(value.unit) or value.coded.unit
    read = read_value(concept.name, value.text, unit, decimal=value.decimal, code_property=value.coded.kind)
    if isinstance(read, Quantity):
        event = Event(
            concept.name, value.measured, None, known, read.number, read.limit or None, value.origin
        )
        shown = f"{value.text} {value.unit}".strip()
        usual = in_own_unit(concept.name, value.reference, value.usual, unit)
        preliminary = value.status == "preliminary"
        into.facts.append(
            Charted(
                value.patient,
                event,
                shown,
                preliminary,
                reference=usual.said,
                low=usual.low,
                high=usual.high,
            )
        )
        return None
    into.facts.append(Voided(value.patient, value.origin, known))
    about, reason = ("value", "no value") if read is None else (read.about, read.reason)
    if reason == IMPLAUSIBLE and _to_be_checked(concept.name, value):
        reason = f"{reason}: check at the bedside"
    return _reject(value, received, about, reason, into)


def _to_be_checked(concept: str, value: Value) -> bool:
    """Whether an impossible value is a vital sign's: a heart rate of 0 is a fallen sensor, or an arrest."""
    printed = read_printed(value.text, value.decimal)
    return printed is not None and needs_check(concept, printed.number)


def _breath(
    value: Value, breath: Breath, known: int, received: int, into: DecodeResult, local: LocalWords
) -> None:
    """A flow or FiO₂ that is told in words: its number, and the device or air under a part of the origin."""
    _no_device(value, known, into)
    if breath.number is None:
        _number(value, known, received, into, local)
    else:
        event = Event(value.coded.concept, value.measured, None, known, breath.number, None, value.origin)
        into.facts.append(Charted(value.patient, event, value.text, value.status == "preliminary"))
    if breath.device:
        device = Event(OXYGEN, value.measured, None, known, None, breath.device, f"{value.origin} {DEVICE}")
        into.facts.append(Charted(value.patient, device, value.text, value.status == "preliminary"))


def _no_device(value: Value, known: int, into: DecodeResult) -> None:
    """What an earlier version said in words of a device no longer holds."""
    if value.coded.concept in IN_WORDS:
        into.facts.append(Voided(value.patient, f"{value.origin} {DEVICE}", known))


def _word(value: Value, known: int, received: int, into: DecodeResult, local: LocalWords) -> None:
    concept = CONCEPTS[value.coded.concept]
    word = word_of(concept.name, local.word(concept.name, value.text))
    if word is None:
        into.facts.append(Voided(value.patient, value.origin, known))
        return _reject(value, received, "value", f"not one of {', '.join(concept.words)}", into)
    if (
        concept.kind is Kind.INTERVAL and value.status == "corrected"
    ):  # another word is another thing, beside the first
        into.facts.append(Voided(value.patient, value.origin, known))
    event = Event(concept.name, value.measured, None, known, None, word, value.origin)
    into.facts.append(Charted(value.patient, event, value.text, value.status == "preliminary"))
    return None


def _off(value: Value, known: int, received: int, into: DecodeResult) -> None:
    """What is said not to be there ends what runs of it; where that does not tell what, it is shown."""
    into.facts.append(Voided(value.patient, value.origin, known))
    name = value.coded.concept
    printed = read_printed(value.text, value.decimal)
    off = off_text(name, value.text if printed is None else "0")
    if off is None:
        return _reject(value, received, "value", NOT_THERE, into)
    told = [(name, off, value.origin)]
    if other := off_with_it(name, off):
        told.append((*other, f"{value.origin} {ENDED}"))
    for concept, text, origin in told:
        event = Event(concept, value.measured, None, known, None, text, origin)
        into.facts.append(Charted(value.patient, event, value.text, value.status == "preliminary"))
    return None


def _is_not_there(value: Value) -> bool:
    """Whether a device, a treatment or an order is said to be none, by a 0 or a word."""
    printed = read_printed(value.text, value.decimal)
    return is_absent(value.coded.concept, value.text) or (printed is not None and printed.number == 0)


def worded(concept: str, *said: str) -> str:
    """Of several ways in which a sender said a word the first that is known, else the first.

    >>> worded("pregnancy", "X1", "Pregnant"), worded("consciousness", "V^2")
    ('Pregnant', 'V^2')
    """
    known = (
        (lambda s: read_culture(s) is not Growth.NOT_KNOWN)
        if concept == "culture"
        else (lambda s: word_of(concept, s) is not None)
    )
    return next((s for s in said if known(s)), said[0] if said else "")


def in_own_word(name: str, text: str, patient: str, time: int, into: DecodeResult) -> str | None:
    """The concept's word for a text; None where no list has it, which is told."""
    word = word_of(name, text) or off_text(name, text)
    if word is None:
        into.problems.append(Problem("unmapped", "no list knows this word", name, text))
        if not CONCEPTS[name].word_aside:
            into.facts.append(Rejected(patient, time, CONCEPTS[name].label, "no list knows this word", text))
    return word


def _withdrawn(value: Value, known: int, into: DecodeResult) -> None:
    """No earlier version holds, nor of a culture what it said that grew."""
    if CONCEPTS[value.coded.concept].kind is Kind.INTERVAL:
        into.facts.append(Voided(value.patient, value.origin, known))
        return
    gone = Event(value.coded.concept, value.measured, None, known, None, None, value.origin)
    into.facts.append(Charted(value.patient, gone))
    _no_device(value, known, into)
    if value.coded.concept == "culture":
        into.facts.append(Voided(value.patient, f"{value.origin} {GREW}", known))


def _culture(value: Value, known: int, received: int, into: DecodeResult, local: LocalWords) -> None:
    said, specimen = value.text.strip(), value.specimen.lower() or value.coded.material or "unknown"
    report = local.word("culture", said)
    growth = read_culture(report)
    if not is_culture(specimen) or growth is Growth.SCREEN:
        into.facts.append(Voided(value.patient, value.origin, known))
        into.facts.append(Rejected(value.patient, value.measured, "culture", SCREENING, said))
        return
    if growth is Growth.NOT_PERFORMED:
        _withdrawn(value, known, into)
        into.facts.append(Rejected(value.patient, value.measured, "culture", NOT_PERFORMED, said))
        return
    if growth is Growth.NOT_KNOWN:
        into.problems.append(Problem("unmapped", str(growth), "culture", value.code))
    event = Event("culture", value.measured, None, known, growth_value(growth), specimen, value.origin)
    taken = Charted(value.patient, event, said, value.status == "preliminary")
    into.facts += with_organisms(taken, report, value.is_name)


def _reject(value: Value, received: int, kind: str, reason: str, into: DecodeResult) -> None:
    label = CONCEPTS[value.coded.concept].label
    shown = f"{value.text} {value.unit}".strip()
    into.facts.append(Rejected(value.patient, value.time or received, label, reason, shown))
    into.problems.append(Problem(kind, reason, value.system, value.code, value.unit))
