"""The value of an Observation or of one of its components: as text and unit, or why it is shown and not scored."""

import re
from dataclasses import dataclass

from opensepsis.data.decode.answers import points_of
from opensepsis.data.decode.fhir.context import codings, in_words
from opensepsis.data.decode.observations import worded
from opensepsis.data.decode.organisms import organism_of_code
from opensepsis.data.intake.value import unit_meaning
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import SIGN_SEEN

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
UCUM = ("http://unitsofmeasure.org", "https://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8")
LIMITS = ("", "<", "<=", ">", ">=")
_NUMBER = re.compile(r"\s*(?:[<>]=?|≤|≥)?\s*[0-9]+[0-9.,]*\s*")


@dataclass(frozen=True)
class Sent:
    """A value as it was sent; `reason` says why it is shown and not scored. Without text no value was sent.

    `decimal` is the decimal mark of a JSON number.
    """

    text: str = ""
    unit: str = ""
    reason: str = ""
    decimal: str = ""


UNITS_DIFFER = "its two units differ"


def value_sent(part: dict, concept: str) -> Sent:
    """The value of an Observation or component for a concept; `concept` is empty where no map knows its code."""
    kinds = [name for name in part if name.startswith("value") and part[name] is not None]
    if len(kinds) > 1:
        return Sent("", "", "it has several values")
    if not kinds:
        return Sent()
    value, name = part[kinds[0]], kinds[0]
    match name:
        case "valueQuantity":
            return _quantity(value, concept)
        case "valueCodeableConcept":
            return _coded(value, concept)
        case "valueString":
            return Sent(str(value))
        case "valueInteger" | "valueDecimal":
            return Sent(str(value), decimal=".")
        case "valueRange":
            return _shown("a range", value.get("low"), "–", value.get("high"))
        case "valueRatio":
            return _shown("a ratio", value.get("numerator"), ":", value.get("denominator"))
        case "valueSampledData":
            return Sent("sampled data", "", "a series of samples, not a value")
        case "valueBoolean" if concept and CONCEPTS[concept].words == SIGN_SEEN[0]:
            return Sent(SIGN_SEEN[0][bool(value)])
        case "valueBoolean" if concept and CONCEPTS[concept].is_yes_or_no:
            return Sent(str(int(value)), decimal=".")
        case "valueBoolean" | "valueTime" | "valueDateTime":
            return Sent(str(value), "", "not a number")
        case _:
            return Sent(name.removeprefix("value").lower(), "", "not a number")


def is_number(text: str) -> bool:
    """Whether a text is a number or a limit, and nothing else.

    >>> is_number("<150."), is_number("2.1 repeat"), is_number("")
    (True, False, False)
    """
    return bool(_NUMBER.fullmatch(text))


def amount_and_unit(quantity) -> tuple[str, str]:
    """Number and unit of a Quantity: the UCUM code where the unit is coded, else as it is written.

    >>> amount_and_unit({"value": 5.2, "unit": "millimoles", "system": "http://unitsofmeasure.org", "code": "mmol/L"})
    ('5.2', 'mmol/L')
    """
    quantity = quantity or {}
    number = quantity.get("value")
    if number is None or isinstance(number, bool):
        return "", ""
    coded = quantity.get("code") if quantity.get("system") in UCUM else None
    return str(number), str(coded or quantity.get("unit") or quantity.get("code") or "")


def _quantity(quantity: dict, concept: str) -> Sent:
    number, unit = amount_and_unit(quantity)
    limit = str(quantity.get("comparator") or "")
    if not number:
        return Sent()
    if concept and _differ(concept, unit, str(quantity.get("unit") or "")):
        return Sent(f"{limit}{number}", f"{unit} / {quantity['unit']}", UNITS_DIFFER)
    if limit not in LIMITS:
        return Sent(f"{limit} {number}", unit, "no such comparator")
    return Sent(f"{limit}{number}", unit, decimal=".")


def _differ(concept: str, coded: str, written: str) -> bool:
    """Whether the unit that people read means another one than the coded unit."""
    if not written or not coded or written == coded:
        return False
    both = unit_meaning(concept, coded), unit_meaning(concept, written)
    return None not in both and both[0] != both[1]


def _shown(reason: str, first, between: str, second) -> Sent:
    (low, unit), (high, other) = amount_and_unit(first), amount_and_unit(second)
    return Sent(
        f"{low}{between}{high}",
        unit if unit == other else f"{unit}{between}{other}",
        f"{reason}, not a value",
    )


def _coded(value: dict, concept: str) -> Sent:
    codings = value.get("coding") or ()
    codes = [str(c["code"]) for c in codings if c.get("code")]
    if concept and not CONCEPTS[concept].words and concept != "culture":
        ordinals = [
            str(e["valueDecimal"]) for c in codings for e in c.get("extension") or () if e.get("url") == ORDINAL and "valueDecimal" in e
        ]  # fmt: skip
        said = [
            str(text) for text in (*codes, *(c.get("display") for c in codings), value.get("text")) if text
        ]
        return Sent(points_of(concept, said) or next(iter(ordinals), "") or in_words(value))
    displays = [str(c["display"]) for c in codings if c.get("display")]
    said = [s for s in (value.get("text"), *codes, *displays) if s]
    if concept == "culture":
        return Sent(_of_a_culture(value))
    return Sent(worded(concept, *said) if concept in CONCEPTS else in_words(value))


def _of_a_culture(value: dict) -> str:
    """What was found, in the sender's words; of a code alone its name."""
    if value.get("text") or any(coding.get("display") for coding in value.get("coding") or ()):
        return in_words(value)
    named = [name for system, code in codings(value) if (name := organism_of_code(system, code))]
    return named[0] if named else in_words(value)
