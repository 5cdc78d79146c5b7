"""The value and unit of one OBX, by its type in OBX-2: what can be read as text, and why something is shown and not scored."""

from dataclasses import dataclass

from opensepsis.data.decode.answers import POINTS, points_of
from opensepsis.data.decode.organisms import organism_of_code
from opensepsis.data.intake.code_systems import SNOMED, system_name
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.intake.value import unit_meaning
from opensepsis.data.site import LocalWords
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.parser import Segment

TEXTS = frozenset(("", "NM", "ST", "TX", "FT", "IS", "ID", "SI", "GTS", "CP", "MO", "CQ"))
CODED = frozenset(("CE", "CWE", "CNE", "CF", "CSU"))
OTHER_TYPES = {
    "ED": "a document, not a value",
    "RP": "a pointer to a document, not a value",
    "NA": "several numbers, not one",
    "MA": "several numbers, not one",
    "NR": "a range, not a number",
    **dict.fromkeys(("DT", "TM", "TS", "DTM", "DR"), "a date or time, not a value"),
}
RANGE = "a range, a ratio or a category, not a number"
SEVERAL = "several values in one observation"
COMPARATORS = ("", "=", "<", ">", "<=", ">=")


@dataclass(frozen=True)
class Sent:
    """A value as it was sent; with a `reason` it is shown and not scored."""

    text: str
    reason: str = ""


def value_of(observed: Segment, concept: str) -> Sent:
    """The value of an OBX for a concept.

    SN is a comparator and a number; a separator makes it a range, a ratio or a category. A code stands for points of a scale or for
    a word of its concept.
    """
    kind = observed.part(2).upper()
    sent = observed.repeats(5)
    repeats = list(dict.fromkeys(text for text in sent if text.strip()))
    if not repeats:
        return Sent("")
    if repeats == [DELETE]:
        return Sent(DELETE)
    if len(repeats) > 1 and concept != "culture":
        return Sent(observed.text(5), SEVERAL)
    places = [sent.index(text) for text in repeats]
    if kind == "SN":
        return _structured(observed)
    if kind in CODED:
        return Sent("\n".join(_coded(observed, concept, place) for place in places))
    if kind in OTHER_TYPES:
        return Sent("" if kind == "ED" else observed.text(5), OTHER_TYPES[kind])
    if kind not in TEXTS:
        return Sent(observed.text(5), "its type in OBX-2 is not read")
    return Sent("\n".join(observed.marks.plain(text).strip() for text in repeats))


def _structured(observed: Segment) -> Sent:
    comparator, number, separator, second = (observed.part(5, n) for n in (1, 2, 3, 4))
    whole = "".join((comparator, number, separator, second))
    if separator or second or (comparator not in COMPARATORS and number):
        return Sent(whole, RANGE)
    return Sent(whole.removeprefix("="))


def _coded(observed: Segment, concept: str, place: int) -> str:
    """What a coded value stands for: points, a word of the concept, else its text."""
    said = [observed.words(5, n, place) for n in (1, 2, 4, 5)]
    text = next((part for part in (said[1], said[3], said[0], said[2]) if part), "")
    if concept == "culture" and not (said[1] or said[3]):
        systems = (system_name(observed.words(5, n, place)) for n in (3, 6))
        named = [
            organism_of_code(SNOMED, code)
            for code, system in zip(said[::2], systems, strict=True)
            if system == SNOMED
        ]
        text = next(filter(None, named), text)
    if CONCEPTS[concept].unit == POINTS:
        return points_of(concept, said) or "^".join(said)
    if CONCEPTS[concept].words:
        return next((part for part in said if part and word_of(concept, part) is not None), text)
    return text


def unit_of(observed: Segment, concept: str, local: LocalWords) -> tuple[str, str]:
    """The unit of an OBX for a concept, and why it cannot be used.

    A unit such as 10^3/uL whose sign was not escaped is put together again; the second coding is tried where the first is unknown.
    """
    if not observed.raw(6):
        return "", ""
    said = observed.repeats(6)[0].split(observed.marks.hat)[:5]
    if len(said) == 1:
        unit = observed.marks.plain(said[0]).strip().replace(DELETE, "")
        return unit, ""
    parts = [observed.marks.plain(part).strip().replace(DELETE, "") for part in said]
    parts += [""] * (5 - len(parts))
    if parts[0].lower().lstrip("x*") == "10" and parts[1][:1].isdigit():
        parts = [f"10^{parts[1]}", "", parts[3], parts[4], ""]
    tried = [part for part in (parts[0], parts[3], parts[1], parts[4]) if part]
    found = [(unit, unit_meaning(concept, local.unit(unit))) for unit in tried]
    known = [(unit, conversion) for unit, conversion in found if conversion is not None]
    if not known:
        return (tried[0] if tried else ""), ""
    differ = any(conversion != known[0][1] for _, conversion in known)
    return known[0][0], "its two units differ" if differ else ""
