"""A drug that was given or ordered, as rows of the timeline. Shared by HL7 and FHIR."""

from dataclasses import dataclass

from opensepsis.data.units import convert, find_conversion, refusal
from opensepsis.data.wording import read_dose, route_of, unknown_route
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.chart import Event
from opensepsis.rules import Kind, Way
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Charted, NotScored
from opensepsis.uses.ward.reading.charting import AHEAD, FUTURE, Reading
from opensepsis.uses.ward.reading.site import medicine

NOT_ABSORBED = "vancomycin"  # here it stays in the gut
_INTO_GUT = {Way.ENTERAL: "by mouth", Way.RECTAL: "by rectum"}


@dataclass(frozen=True)
class Drug:
    """What a message says of one drug. `status` is given, ordered, withdrawn or not given."""

    patient: str
    name: str
    codes: tuple[str, ...]
    route: str
    start: int | None
    end: int | None
    known: int
    origin: str
    status: str = "given"
    amount: float | None = None
    unit: str = ""
    later: bool = False  # says again what was said before

    def filed(self, received: int) -> int:
        """When this counts as filed: said again, after what was said before; taken back, after both."""
        return min(self.known, received) + self.later + 2 * (self.status == "withdrawn")


def route_in_words(route: str) -> str:
    """A route as the definitions read it.

    >>> route_in_words("PO"), route_in_words("Intravenous")
    ('oral', 'iv')
    """
    return route_of(route) or route.strip().lower()


def administer(drug: Drug, received: int, into: Reading) -> None:
    """Adds the row of a drug; one that no list knows is counted, one that cannot be read is shown."""
    found = medicine(drug.codes, drug.name)
    if found is None:
        into.problems.append(
            Problem("unmapped", "no list knows this drug", "drug", drug.codes[0] if drug.codes else drug.name)
        )
        return
    concept = (
        "antibiotic_order" if drug.status == "ordered" and found.concept == "antibiotic" else found.concept
    )
    if drug.status == "not given" or (drug.status == "ordered" and concept != "antibiotic_order"):
        reason = "not given" if drug.status == "not given" else "an order: nothing was given yet"
        into.facts.append(NotScored(drug.patient, drug.start or received, drug.name, reason))
        return
    if drug.start is None or drug.start > received + FUTURE:
        reason = "no time to the minute" if drug.start is None else AHEAD
        into.facts.append(NotScored(drug.patient, drug.start or received, drug.name, reason))
        into.problems.append(Problem("time", reason, "drug", drug.name))
        return
    route = route_in_words(drug.route)
    if CONCEPTS[concept].routed and unknown_route(f"|{route}"):
        into.problems.append(Problem("unmapped", "no list knows this route", "route", route))
    way = read_dose(f"|{route}").way
    if found.ingredient == NOT_ABSORBED and way in _INTO_GUT:
        reason = f"{_INTO_GUT[way]} it does not reach the blood"
        into.facts.append(NotScored(drug.patient, drug.start, drug.name, reason))
        return
    _row(drug, concept, found.ingredient, route, received, into)


def _row(drug: Drug, name: str, ingredient: str, route: str, received: int, into: Reading) -> None:
    concept = CONCEPTS[name]
    known = drug.filed(received)
    if drug.status == "withdrawn":
        gone = Event(
            name,
            drug.start,
            drug.start if concept.kind is Kind.INTERVAL else None,
            known,
            None,
            None,
            drug.origin,
        )
        into.facts.append(Charted(drug.patient, gone))
        return
    amount = _amount(drug, name, into)
    text = (
        f"{ingredient or drug.name.lower()}|{route}" if concept.kind is Kind.EVENT else (ingredient or None)
    )
    lasting = concept.kind is Kind.INTERVAL
    if concept.kind is Kind.AMOUNT and amount is None:
        return
    time = drug.end if concept.kind is Kind.AMOUNT and drug.end is not None else drug.start
    value = None if concept.kind is Kind.EVENT else amount
    event = Event(name, time, drug.end if lasting else None, known, value, text, drug.origin)
    shown = "" if drug.amount is None else f"{drug.amount:g} {drug.unit}".strip()
    into.facts.append(Charted(drug.patient, event, shown))


def _amount(drug: Drug, name: str, into: Reading) -> float | None:
    """The rate or volume in the concept's unit; None where it cannot be had, and then it is told."""
    unit = CONCEPTS[name].unit
    if drug.amount is None or not unit:
        return None
    if not drug.unit or find_conversion(name, drug.unit) is None:
        reason = refusal(name, drug.unit) if drug.unit else "it came without a unit"
        into.problems.append(Problem("unit", reason, "drug", drug.name, drug.unit))
        into.facts.append(
            NotScored(drug.patient, drug.start, drug.name, reason, f"{drug.amount:g} {drug.unit}")
        )
        return None
    return drug.amount if drug.unit == unit else convert(name, drug.unit, drug.amount)
