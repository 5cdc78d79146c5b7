"""Facts of a log that a version before this one wrote, under the origins of today, so that what comes now corrects what was told then.

Then a result had one number of its order (the filler's, else the placer's) and no feed, spaces of a feed were written as `_`, a row of
a csv folder had the origin that it named, the order of a dose no feed, and only the places of a FHIR visit named their resource.
"""

import re
from dataclasses import replace
from functools import cache

from opensepsis.data.decode.origins import of_device, of_resource, of_row, word
from opensepsis.data.decode.patient_names import of_feed, parts_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.ward.model.facts import Charted, Corrected, Ended, Fact, Flagged, Visited, Voided
from opensepsis.uses.ward.model.result_names import RESULT, number_in_feed, number_word

_NO_RESULTS = re.compile(
    r"hl7 (?:(?:order|dose|result) |bed$|advance directive$|\S*/diagnoses\b|.* ambulatory status$)"
)
_DOSE = "hl7 dose "
_MOMENT = re.compile(r"-?\d{13,}")
_ROWS = frozenset(("csv", "timeline"))


def in_words_of_today(fact: Fact, form: str, feed: str) -> Fact:
    """A fact of the log under the origin that it would have now; `form` and `feed` are those of its message.

    >>> in_words_of_today(Voided("A|1", "hl7 F1 2524-7  1772449200000000", 9), "hl7", "lab").origin
    'hl7 result lab ?F1   2524-7  1772449200000000'
    >>> in_words_of_today(Voided("A|1", "fhir a_b/Observation/7", 9), "fhir", "a b").origin
    'fhir a%20b/Observation/7'
    >>> from opensepsis.uses.ward.model.facts import Move
    >>> steps = (Visited("A|1", "E1", Move.ADMIT, 5, 5, version_of=of) for of in ("", "fhir a_b/Encounter/P1"))
    >>> [in_words_of_today(step, "fhir", "a b").origin for step in steps]
    ['fhir a%20b/Encounter/E1', 'fhir a%20b/Encounter/P1']
    >>> [in_words_of_today(Voided("A|1", f"hl7 dose {n} X", 9), "hl7", "mar").origin for n in ("7|8^PH", "", "7^^mar")]
    ['hl7 dose 7^^mar|8^PH X', 'hl7 dose  X', 'hl7 dose 7^^mar X']
    """
    name = _now(form)
    match fact:
        case Charted(event=event) if name and event.origin:
            origin = _row(fact, form, feed) if form in _ROWS else name(event.origin, feed)
            return fact if origin == event.origin else replace(fact, event=replace(event, origin=origin))
        case Voided() if name:
            origin, but = name(fact.origin, feed), tuple(name(one, feed) for one in fact.but)
            return fact if origin == fact.origin else replace(fact, origin=origin, but=but)
        case Ended() | Flagged() | Corrected() if name:
            origin = name(fact.origin, feed)
            return fact if origin == fact.origin else replace(fact, origin=origin)
        case Visited() if form == "fhir" and not fact.origin:
            part = _of_fhir(fact.version_of, feed)
            return replace(fact, version_of=part, origin=part or of_resource(feed, f"Encounter/{fact.visit}"))
    return fact


@cache
def _now(form: str):
    return {"hl7": _of_hl7, "fhir": _of_fhir, "mqtt": _of_device, "csv": _same, "timeline": _same}.get(form)


def _same(origin: str, feed: str) -> str:
    return origin


def _of_hl7(origin: str, feed: str) -> str:
    if origin.startswith(_DOSE):
        numbers, *said = origin.removeprefix(_DOSE).split(" ", 1)
        named = "|".join(number_in_feed(number, feed) for number in numbers.split("|"))
        return _DOSE + " ".join((named, *said))
    if not origin.startswith("hl7 ") or _NO_RESULTS.match(origin):
        return origin
    number, *said = origin.split(" ")[1:]
    at = next((n for n, part in enumerate(said) if n > 1 and _MOMENT.fullmatch(part)), None)
    own, _, issuer = number.partition("^")
    order = f"{RESULT}{word(feed)} {'?' if own else ''}{number_word(own, issuer)}  "
    if at is None:
        return " ".join((order, *([word(" ".join(said))] if said else ())))
    code, sub_id, rest = word(" ".join(said[: at - 1])), said[at - 1], said[at + 1 :]
    return " ".join((order, code, sub_id, said[at], *rest))


def _of_fhir(origin: str, feed: str) -> str:
    before = f"fhir {feed.replace(' ', '_')}/"
    now = f"fhir {word(feed)}/"
    return now + origin.removeprefix(before) if now != before and origin.startswith(before) else origin


def _of_device(origin: str, feed: str) -> str:
    before = f"device {feed} "
    if not origin.startswith(before):
        return origin
    code, _, time = origin.removeprefix(before).rpartition(" ")
    return of_device(feed, code, int(time)) if _MOMENT.fullmatch(time) else origin


def _row(fact: Charted, form: str, feed: str) -> str:
    """The origin of a row; as it is for a fact that was recorded elsewhere and played here."""
    origin, (space, _) = fact.event.origin or "", parts_of(fact.patient)
    is_now = origin.startswith((of_row(feed, "-").removesuffix("-"), of_row(feed, None)))
    if is_now or (form == "timeline" and space not in (feed, of_feed(feed))):
        return origin
    way, _, said = origin.partition(" ")
    concept, _, after = said.partition(" ")
    by_content = way == "row" and concept in CONCEPTS and _MOMENT.fullmatch(after.split(" ", 1)[0])
    return of_row(feed, None, said) if by_content else of_row(feed, origin)
