"""What a local code may mean: by its standard codes, its name, its unit and how its values lie; a proposal, never used by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.medicines import Medicine, coded_medicines, find_medicine, why_no_fluid
from opensepsis.data.intake.units import SAME, conversions, find_conversion, is_unit
from opensepsis.data.mapping.names import named
from opensepsis.data.site.local_code import INFUSION, NUMBER, ORDER, LocalCode
from opensepsis.data.site.mapping import MEASURED
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.drugs import CRYSTALLOID
from opensepsis.rules import Kind

MOST = 3
LEAST = 0.34  # below this share of the name no proposal is made
_BY_CODE, _BY_VALUES = 2.0, 0.2
_UNIT_LEFT_OUT, _UNUSUAL, _OF_ANOTHER_CODE = 0.9, 0.6, 0.5
_DRUG_CODES = ("RxNorm", "ATC")


@dataclass(frozen=True)
class Proposal:
    """A concept, the ingredient of a drug, the unit to confirm where the data name none, how well it fits, and why."""

    concept: str
    score: float
    because: str
    ingredient: str = ""
    unit: str = ""


def propose(code: LocalCode, loinc: bool = True) -> list[Proposal]:
    """At most three proposals for a code, the best first; none where nothing fits. `loinc=False` leaves LOINC codes aside.

    >>> [p.concept for p in propose(LocalCode("lab", "1", "Lactat BGA", unit="mmol/L", numbers=9))]
    ['lactate']
    >>> propose(LocalCode("lab", "1", "Braden Score", numbers=9))
    []
    """
    if code.kind != NUMBER:
        return list(_drugs(code))[:MOST]
    if not code.numbers:
        return []
    told = "" if code.unit else unit_in_name(code.name)
    code = replace(code, unit=told) if told else code
    found = [*(_by_loinc(code) if loinc else ()), *_by_name(code, loinc)]
    found = found or list(_by_values(code))
    best: dict[str, Proposal] = {}
    for one in sorted(found, key=lambda proposal: -proposal.score):
        best.setdefault(one.concept, one)
    return [replace(one, unit=told or one.unit) for one in best.values()][:MOST]


def _drugs(code: LocalCode) -> Iterator[Proposal]:
    """By RxNorm or ATC, else by the words of the name."""
    coded = coded_medicines()
    for said in code.codes:
        system, _, number = said.partition("/")
        if system in _DRUG_CODES and (found := coded.get(number)):
            yield from _usable(found, code.kind, _BY_CODE, said)
            return
    for name in dict.fromkeys((code.name, code.code)):
        if any(letter.isalpha() for letter in name) and (found := find_medicine(name.replace("_", " "))):
            yield from _usable(found, code.kind, 1.0, "name")
            return


def _usable(found: Medicine, kind: str, score: float, because: str) -> Iterator[Proposal]:
    """What a drug can be in such a table: an order is read of antibiotics only, an infusion of what runs."""
    if kind == ORDER and found.concept == "antibiotic":
        yield Proposal("antibiotic_order", score, because, found.ingredient)
    elif kind != ORDER and (kind != INFUSION or CONCEPTS[found.concept].kind is Kind.INTERVAL):
        yield Proposal(found.concept, score, because, found.ingredient)


def _by_loinc(code: LocalCode) -> Iterator[Proposal]:
    for said in code.codes:
        system, _, number = said.partition("/")
        if system == "LOINC" and (concept := _loinc().get(number)):
            yield Proposal(concept, _BY_CODE, f"LOINC {number}", unit=_unit(code, concept))


_UNIT_IN_NAME = re.compile(r"[\[(]([^\])]+)[\])]\s*$")


def unit_in_name(name: str) -> str:
    """The unit that a name ends in, in brackets; empty where it ends in none that a list has.

    >>> unit_in_name("Bodyweight (lb)"), unit_in_name("Heart rate [monitor]")
    ('lb', '')
    """
    said = _UNIT_IN_NAME.search(name)
    return said[1].strip() if said and is_unit(said[1].strip()) else ""


def _by_name(code: LocalCode, loinc: bool) -> Iterator[Proposal]:
    found = [*named(code.name), *(named(code.code.replace("_", " ")) if code.code != code.name else ())]
    for one in found:
        if (
            CONCEPTS[one.concept].kind not in MEASURED
            or one.share < LEAST
            or _is_mixture(one.concept, code.name)
        ):
            continue
        fit = _fit(code, one.concept)
        if fit:
            other = _other_loinc(code) if loinc else ""
            score = one.share * fit[0] * (_OF_ANOTHER_CODE if other else 1)
            yield Proposal(one.concept, score, f"name, {fit[1]}{other}", unit=_unit(code, one.concept))


def _other_loinc(code: LocalCode) -> str:
    """A warning where the code has a LOINC code that the project does not read: that may say urine where the name does not."""
    own = [said for said in code.codes if said.startswith("LOINC/")]
    return f"; but {own[0].replace('/', ' ')} is on no list" if own else ""


def _is_mixture(concept: str, name: str) -> bool:
    """Whether a fluid is only what a drug is dissolved in, or no isotonic one."""
    if concept != CRYSTALLOID.name:
        return False
    drug = find_medicine(name)
    return bool(why_no_fluid(name)) or (drug is not None and drug.concept != concept)


def _by_values(code: LocalCode) -> Iterator[Proposal]:
    """A code without a telling name: by a unit that few concepts have, and values where most of theirs lie."""
    if not code.unit or code.values is None or any(letter.isalpha() for letter in code.name):
        return
    for concept, (low, high) in _usual().items():
        found = find_conversion(concept, code.unit)
        if found is None:
            continue
        inside = sum(low <= _converted(v, found) <= high for v in code.values) / len(code.values)
        if inside == 1:
            width = (code.values.highest - code.values.lowest) / max(high - low, 1e-9)
            yield Proposal(concept, _BY_VALUES * min(1.0, width), "unit and values only", unit="")


def _fit(code: LocalCode, concept: str) -> tuple[float, str] | None:
    """How well unit and values fit a concept, with words; None where they contradict it."""
    if code.unit and find_conversion(concept, code.unit) is None:
        return None
    by_unit, said = (1.0, "unit fits") if code.unit else (_UNIT_LEFT_OUT, "no unit")
    if code.values is None:
        return by_unit * _UNIT_LEFT_OUT, f"{said}, values not compared"
    unit = code.unit or _unit(code, concept) or CONCEPTS[concept].unit
    if not unit or (found := find_conversion(concept, unit)) is None:
        return by_unit * _UNIT_LEFT_OUT, f"{said}, values not compared"
    middle = _converted(code.values.middle, found)
    low, high = _usual().get(concept, CONCEPTS[concept].plausible or (middle, middle))
    if low <= middle <= high:
        return by_unit, f"{said}, values usual for it"
    limits = CONCEPTS[concept].plausible
    if limits and not limits[0] <= middle <= limits[1]:
        return None
    return by_unit * _UNUSUAL, f"{said}, values unusual for it"


def _unit(code: LocalCode, concept: str) -> str:
    """The unit that values without one seem to be in: the concept's own, else the only other in which they are usual."""
    if code.unit or code.values is None or concept not in _usual():
        return ""
    low, high = _usual()[concept]
    fits = [
        unit
        for unit, found in conversions(concept).items()
        if low <= _converted(code.values.middle, found) <= high and _is_written(concept, unit)
    ]
    own = CONCEPTS[concept].unit
    return own if own in fits else fits[0] if len(fits) == 1 else ""


def _is_written(concept: str, unit: str) -> bool:
    """Whether a unit changes the number: other spellings of one unit are no choice."""
    found = conversions(concept)[unit]
    return unit == CONCEPTS[concept].unit or found != SAME


def _converted(value: float, found) -> float:
    return (value - found.subtract) * found.multiply / found.divide


@cache
def _usual() -> dict[str, tuple[float, float]]:
    """Where nine of ten values of hospital patients lie, in each concept's unit."""
    return {row["concept"]: (float(row["low"]), float(row["high"])) for row in map_rows("usual_values")}


@cache
def _loinc() -> dict[str, str]:
    return {row["code"]: row["concept"] for row in map_rows("loinc")}
