"""The value gate: a number as it was sent, with its unit, as a number in its concept's one unit, or why it is rejected.

The csv source, the ward's csv folder, HL7, FHIR and devices read every number here; `value_columns.py` is the same for columns.
Nothing is guessed and nothing rescued but FiO₂ in percent.
"""

import math
import re
from collections.abc import Hashable
from dataclasses import dataclass

from opensepsis.data.intake.culture import NOT_PERFORMED, SCREENING, Growth, growth_value, read_culture
from opensepsis.data.intake.printed import Printed, is_missing, read_printed
from opensepsis.data.intake.unit_spelling import fold
from opensepsis.data.intake.units import conversion, find_conversion, in_own_unit, needs_unit, refusal
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.drugs import CRYSTALLOID
from opensepsis.definitions.concepts.vitals import GCS_TOTAL
from opensepsis.errors import ConceptError, nearest
from opensepsis.rules import Kind

NOT_A_NUMBER = "not a number"
NO_UNIT = "no unit"
COMPARED = "a limit, not a number"
AMBIGUOUS = "ambiguous separator: thousands or decimals"
_NUMBER_AND_UNIT = re.compile(r"([^%]*[0-9.,])\s*([A-Za-zµμ°/%{\[][^<>≤≥]*)")
_NUMBER_AND_POWER = re.compile(r"(.*?[0-9.,])(?:\s+|(?=[x×]))((?:[x×]\s*)?10+[*^eE(³⁶⁹/][^<>≤≥]*)", re.I)
_GLASGOW = re.compile(
    r"(?:gcs:?\s*)?(?:e\s*([1-4])[\s,/]*v\s*([1-5])[\s,/]*m\s*([1-6])(?:\s*=\s*([0-9]{1,2}))?|([0-9]{1,2})\s*/\s*15)",
    re.I,
)
IMPLAUSIBLE = "outside plausible limits"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in its concept's unit. `limit` is "", "<", "<=", ">" or ">=": then the number is the printed limit."""

    number: float
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a number is not used, without any value of a patient; `about` is "value" or "unit"."""

    about: str
    reason: str


def read_value(
    concept: str,
    sent: str | float,
    unit: str | None = "",
    *,
    decimal: str = "",
    unit_required: bool = False,
    code_property: str = "",
) -> Quantity | Rejection | None:
    """A number in the concept's unit, why it is rejected, or None where a missing word or nothing was sent.

    `unit` "" was not sent; None where the format has no units and every value is in its concept's own. `unit_required`:
    other values of the concept came with a unit. `decimal`: the sender's decimal mark where it is known. `code_property`: the
    LOINC property of the code, which a unit may contradict. A culture may be said in words: what grew is 1, no growth 0.
    ConceptError for an unknown concept.

    >>> read_value("platelets", "150", "/nl"), read_value("lactate", "<18.016", "mg/dL")
    (Quantity(number=150.0, limit=''), Quantity(number=2.0, limit='<'))
    >>> read_value("platelets", "150.000", "/uL").reason
    'ambiguous separator: thousands or decimals'
    >>> read_value("lactate", "2.1").reason, read_value("lactate", "2.1", None).number, read_value("lactate", "NA")
    ('no unit', 2.1, None)
    >>> read_value("norepinephrine", "<0.1", "ug/kg/min"), read_value("crystalloid", "<500", "mL").reason
    (None, 'a limit, not a number')
    >>> read_value("culture", "Gram negative rods").number, read_value("culture", "pending")
    (1.0, None)
    """
    if concept not in CONCEPTS:
        raise ConceptError(f"There is no concept {concept!r}. {nearest(concept, CONCEPTS)}")
    printed = _printed(sent, decimal)
    if isinstance(printed, Rejection) and isinstance(sent, str):
        printed, unit = _with_its_unit(concept, sent, unit, decimal) or (printed, unit)
        if concept == GCS_TOTAL.name:
            printed = _glasgow(sent) or printed
    if concept == "culture" and isinstance(printed, Rejection) and isinstance(sent, str):
        return _culture(sent)
    if printed is None or isinstance(printed, Rejection):
        return printed
    if printed.limit and CONCEPTS[concept].kind is Kind.INTERVAL:
        return None  # what runs at a rate of which only a limit is told runs at a rate that is not known
    if printed.limit and concept == CRYSTALLOID.name:
        return Rejection("value", COMPARED)
    unit = CONCEPTS[concept].unit if unit is None else unit.strip()
    wrong = reject_unit(concept, unit, unit_required, code_property)
    if wrong:
        return Rejection("unit", wrong)
    known = conversion(concept, unit or CONCEPTS[concept].unit)
    if printed.thousands is not None and plausible(concept, in_own_unit(concept, known, printed.thousands)):
        return Rejection("value", AMBIGUOUS)
    number = in_own_unit(concept, known, printed.number)
    return Quantity(number, printed.limit) if plausible(concept, number) else Rejection("value", IMPLAUSIBLE)


def _printed(sent: str | float, decimal: str) -> Printed | Rejection | None:
    if isinstance(sent, str):
        if is_missing(sent):
            return None
        return read_printed(sent, decimal) or Rejection("value", NOT_A_NUMBER)
    if math.isnan(sent):
        return None
    return Printed(float(sent)) if math.isfinite(sent) else Rejection("value", NOT_A_NUMBER)


def _with_its_unit(concept: str, sent: str, unit: str | None, decimal: str) -> tuple[Printed, str] | None:
    """A number that is sent with its unit in one text, where no other unit is sent beside it."""
    for form in (_NUMBER_AND_UNIT, _NUMBER_AND_POWER):
        parted = form.fullmatch(sent.strip())
        if parted is None or (unit and fold(unit) != fold(parted[2])):
            continue
        printed = read_printed(parted[1], decimal)
        if printed and CONCEPTS[concept].unit and find_conversion(concept, parted[2]):
            return printed, parted[2]
    return None


def _glasgow(sent: str) -> Printed | None:
    """A total of the coma scale by its parts, or out of 15; none where one part is no number (VT) or the sum is another.

    >>> _glasgow("E4V5M6").number, _glasgow("14/15").number, _glasgow("E4 VT M6"), _glasgow("E4V5M6 = 14")
    (15.0, 14.0, None, None)
    """
    parted = _GLASGOW.fullmatch(sent.strip())
    if parted is None:
        return None
    *parts, total, of_15 = parted.groups()
    if of_15:
        return Printed(float(of_15))
    found = sum(int(part) for part in parts)
    return Printed(float(found)) if total is None or int(total) == found else None


def _culture(said: str) -> Quantity | Rejection | None:
    growth = read_culture(said)
    if growth in (Growth.NOT_PERFORMED, Growth.SCREEN):
        return Rejection("value", NOT_PERFORMED if growth is Growth.NOT_PERFORMED else SCREENING)
    grew = growth_value(growth)
    return None if grew is None else Quantity(grew)


def reject_unit(concept: str, unit: str, required: bool = False, code_property: str = "") -> str:
    """Why a unit cannot be used for a concept; empty if it can.

    >>> reject_unit("creatinine", ""), reject_unit("creatinine", "umol/L", code_property="MCnc")
    ('no unit', 'the unit contradicts the code (MCnc)')
    """
    if not unit:
        return NO_UNIT if needs_unit(concept) or (required and has_dimension(concept)) else ""
    if contradicts(code_property, unit):
        return f"the unit contradicts the code ({code_property})"
    return "" if find_conversion(concept, unit) else refusal(concept, unit)


def unit_meaning(concept: str, unit: str) -> Hashable | None:
    """What a unit is for a concept: equal for two spellings of one, None for one that is not known.

    >>> unit_meaning("creatinine", "umol/l") == unit_meaning("creatinine", "µmol/L"), unit_meaning("creatinine", "furlong")
    (True, None)
    """
    return find_conversion(concept, unit)


def has_dimension(concept: str) -> bool:
    """Whether a number of a concept means nothing without its unit: not so for a share, a ratio, a pH or a score.

    >>> has_dimension("platelets"), has_dimension("inr"), has_dimension("ph"), has_dimension("gcs_total")
    (True, False, False, False)
    """
    return CONCEPTS[concept].unit not in ("", "1", "[pH]", "{score}")


def contradicts(code_property: str, unit: str) -> bool:
    """Whether a unit belongs to another property than the code's: a substance in mass, or a mass in moles.

    >>> contradicts("SCnc", "mg/dL"), contradicts("MCnc", "mg/dL")
    (True, False)
    """
    if code_property not in ("SCnc", "MCnc"):
        return False
    molar = any(word in text for word in ("mol", "eq") for text in (unit.lower(), fold(unit)))
    return molar is (code_property == "MCnc")


def plausible(concept: str, number: float) -> bool:
    """Whether a number in the concept's unit can be true.

    >>> plausible("temperature", 44.9), plausible("temperature", 98.6)
    (True, False)
    """
    limits = CONCEPTS[concept].plausible
    return limits is None or limits[0] <= number <= limits[1]
