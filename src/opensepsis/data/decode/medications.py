"""A drug that was given or ordered, as rows of the timeline. Shared by HL7 and FHIR."""

import re
from dataclasses import dataclass, replace
from typing import TypeGuard, cast

from opensepsis.data.decode.facts import Charted, Ended, Problem, Rejected, Voided
from opensepsis.data.decode.mixtures import millilitres_per_hour
from opensepsis.data.decode.observations import AHEAD, FUTURE, NO_LOCAL_WORDS, DecodeResult
from opensepsis.data.intake.marks import HOUR
from opensepsis.data.intake.medicines import (
    NOT_INFUSED,
    Medicine,
    find_medicine,
    form_of,
    has_local_anaesthetic,
    local_form,
    taken_by_mouth,
    why_no_fluid,
)
from opensepsis.data.intake.not_given import why_not_given
from opensepsis.data.intake.text_codes import read_dose, route_of, unknown_route
from opensepsis.data.intake.unit_spelling import fold
from opensepsis.data.intake.value import NO_UNIT, Rejection, read_value
from opensepsis.data.site import LocalWords
from opensepsis.data.sources.pump_rates import whole_rate
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind, Way

NOT_ABSORBED = "vancomycin"  # here it stays in the gut
WITH_ANAESTHETIC = "with a local anaesthetic: given locally, not as an infusion"
NOT_BY_VEIN = "not intravenous: not an infusion"
NO_AMOUNT = "its amount is not told"
NO_END = "a rate without its end: its volume is not known"
SINGLE_DOSE = "a single dose, without a rate or an end: not an infusion"
_INTO_GUT = {Way.ENTERAL: "by mouth", Way.RECTAL: "by rectum"}
_VEIN = frozenset(("iv", "io", "injection"))
_RATE = re.compile(r"/(?:min|h|s|d)(?:\s|$)")


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
    unclear: str = ""  # why its amount is not exact
    dose: float | None = None  # given at that rate in all
    dose_unit: str = ""
    sent: str = ""  # what was sent in place of the amount
    why_not: str = "not given"  # of one that was not
    part: str = ""  # which administration of its order it is
    under: str = ""  # of which order or infusion it is a part
    assumed_end: bool = False  # the end is when it was said to be over

    @property
    def begun(self) -> int:
        """Its start, of a drug whose time was told."""
        return cast(int, self.start)

    def filed(self, received: int) -> int:
        """When this counts as filed: said again, after what was said before; taken back, after both."""
        return min(self.known, received) + self.later + 2 * (self.status == "withdrawn")


def new_rate(rate: Charted) -> Ended:
    """What a rate that is told ends: the one before it in its order."""
    event = rate.event
    origin = event.origin or ""
    return Ended(
        rate.patient, event.concept, origin, event.time, event.known, replaced=True, under=rate.under
    )


def lasts(fact: object) -> TypeGuard[Charted]:
    """Whether a fact is a row of what runs."""
    return isinstance(fact, Charted) and CONCEPTS[fact.event.concept].kind is Kind.INTERVAL


def route_in_words(route: str) -> str:
    """A route as the definitions read it.

    >>> route_in_words("PO"), route_in_words("Intravenous")
    ('oral', 'iv')
    """
    return route_of(route) or route.strip().lower()


def administer(drug: Drug, received: int, into: DecodeResult, local: LocalWords = NO_LOCAL_WORDS) -> None:
    """Adds the row of a drug; one that no list knows is counted, one that cannot be read is shown."""
    found = _medicine(drug, local)
    if found is None:
        into.problems.append(
            Problem("unmapped", "no list knows this drug", "drug", drug.codes[0] if drug.codes else drug.name)
        )
        return
    ordered = drug.status == "ordered" and found.concept == "antibiotic"
    concept = "antibiotic_order" if ordered else found.concept
    if drug.status in ("given", "ordered") and (why := why_not_given(drug.name)):
        drug = replace(drug, status="not given", why_not=why)
    if drug.status == "not given" or (drug.status == "ordered" and not ordered):
        reason = drug.why_not if drug.status == "not given" else "an order: nothing was given yet"
        return _show(drug, reason, received, into)
    if drug.start is None or drug.start > received + FUTURE:
        reason = "no time to the minute" if drug.start is None else AHEAD
        into.problems.append(Problem("time", reason, "drug", drug.name))
        return _show(drug, reason, received, into)
    drug = replace(drug, unit=local.unit(drug.unit))
    route = route_in_words(local.word("route", drug.route))
    if CONCEPTS[concept].routed:
        route = local_form(drug.name) or route or taken_by_mouth(drug.name)
        if unknown_route(f"|{route}"):
            into.problems.append(Problem("unmapped", "no list knows this route", "route", route))
    reason = "" if drug.status == "withdrawn" else _not_in_blood(drug, concept, found.ingredient, route)
    if reason:
        return _show(drug, reason, received, into)
    return _row(drug, concept, found.ingredient, route, received, into)


def _medicine(drug: Drug, local: LocalWords) -> Medicine | None:
    own = local.drug(drug.name)
    return Medicine(own.concept, own.ingredient) if own else find_medicine(drug.name, drug.codes)


def _show(drug: Drug, reason: str, received: int, into: DecodeResult) -> None:
    into.facts.append(Rejected(drug.patient, drug.start or received, drug.name, reason))


def _not_in_blood(drug: Drug, concept: str, ingredient: str, route: str) -> str:
    """Why a drug does not act as its concept says, by its form, route and rate; empty where it does."""
    way, kind = read_dose(f"|{route}").way, CONCEPTS[concept].kind
    if ingredient == NOT_ABSORBED and way is not None and way in _INTO_GUT:
        return f"{_INTO_GUT[way]} it does not reach the blood"
    if kind is Kind.AMOUNT:
        why = why_no_fluid(drug.name, route) or why_no_fluid("", drug.route)
        return f"not infused ({form_of(drug.name) or route})" if why == NOT_INFUSED else why
    if kind is not Kind.INTERVAL:
        return ""
    if has_local_anaesthetic(drug.name):
        return WITH_ANAESTHETIC
    if form_of(drug.name) or not (way is None or route in _VEIN):
        return NOT_BY_VEIN
    if _runs(drug, concept):
        return ""
    return NO_UNIT if drug.amount is not None and not drug.unit and drug.end is None else SINGLE_DOSE


def _runs(drug: Drug, concept: str) -> bool:
    """Whether a drug by vein goes on: it has a rate, or an end after its start; a sedative also where no dose is told."""
    if drug.end is not None:
        return drug.start is not None and drug.end > drug.start
    if drug.amount is None and not drug.unclear:
        return concept == "sedative"
    return is_rate(drug.unit)  # also where its number cannot be read


def gives_nothing(amount: float | None, unit: str) -> bool:
    """Whether an amount says that nothing was given; a rate of zero is a pump that stands still.

    >>> gives_nothing(0.0, "g"), gives_nothing(0.0, "mL/h"), gives_nothing(None, "")
    (True, False, False)
    """
    return amount == 0 and not is_rate(unit)


def is_rate(unit: str) -> bool:
    """Whether a unit is one of a rate.

    >>> is_rate("mcg/kg/min"), is_rate("mg"), is_rate("mL/hr")
    (True, False, True)
    """
    return bool(_RATE.search(fold(unit)))


def _row(drug: Drug, name: str, ingredient: str, route: str, received: int, into: DecodeResult) -> None:
    concept = CONCEPTS[name]
    start, known = drug.begun, drug.filed(received)
    lasting = concept.kind is Kind.INTERVAL
    if drug.status == "withdrawn" and concept.kind is Kind.EVENT:
        into.facts.append(
            Voided(drug.patient, drug.origin, known)
        )  # a row without words may be one of its own
        return
    if drug.status == "withdrawn":
        end = start if lasting else None
        gone = Event(name, start, end, known, None, None, drug.origin)
        into.facts.append(Charted(drug.patient, gone, part=drug.part, under=drug.under if lasting else ""))
        return
    if concept.kind is Kind.AMOUNT:
        drug = _in_all(drug, received)
    told = None if drug.unclear else drug.amount
    whole = None if told is None else whole_rate(name, told, drug.unit)
    amount = None if whole else _amount(drug, name, into)
    dose = f"{ingredient or drug.name.lower()}|{route}"
    text = dose if concept.kind is Kind.EVENT else (ingredient or None)
    if concept.kind is Kind.AMOUNT and amount is None:
        return
    time = drug.end if concept.kind is Kind.AMOUNT and drug.end is not None else start
    value = None if concept.kind is Kind.EVENT else amount
    event = Event(name, time, drug.end if lasting else None, known, value, text, drug.origin)
    rate, weigh = whole or (None, "")
    charted = Charted(drug.patient, event, _shown(drug), False, rate, weigh, part=drug.part)
    if lasting:
        charted = replace(charted, under=drug.under, assumed_end=drug.assumed_end or None)
    into.facts.append(charted)


def _shown(drug: Drug) -> str:
    """The amount as it was sent."""
    return drug.sent or ("" if drug.amount is None else f"{drug.amount:g} {drug.unit}".strip())


def _in_all(drug: Drug, received: int) -> Drug:
    """A fluid by its volume: as that is told, else what ran at its rate from its start to its end."""
    if drug.dose is not None:
        return replace(drug, amount=drug.dose, unit=drug.dose_unit, unclear="", sent="")
    per_hour = None if drug.unclear else millilitres_per_hour(drug.amount, drug.unit)
    if per_hour is None:
        return drug
    if drug.end is None or not drug.begun < drug.end <= received + FUTURE:
        return replace(drug, unclear=NO_END)
    volume = per_hour * (drug.end - drug.begun) / HOUR
    return replace(drug, amount=volume, unit="mL", sent=f"{drug.amount:g} {drug.unit}")


def _amount(drug: Drug, name: str, into: DecodeResult) -> float | None:
    """The rate or volume in the concept's unit; None where it cannot be had, and then it is told."""
    if not CONCEPTS[name].unit:
        return None
    if drug.amount is None and not drug.unclear:
        if CONCEPTS[name].kind is Kind.AMOUNT:  # of what runs, the rate alone is not known
            into.facts.append(Rejected(drug.patient, drug.begun, drug.name, NO_AMOUNT))
        return None
    if drug.unclear or drug.amount is None:
        read = Rejection("unit", drug.unclear)
    else:
        read = read_value(name, drug.amount, drug.unit, unit_required=True)
    if isinstance(read, Rejection):
        shown = _shown(drug)
        into.problems.append(Problem(read.about, read.reason, "drug", drug.name, drug.unit))
        into.facts.append(Rejected(drug.patient, drug.begun, drug.name, read.reason, shown))
        return None
    return None if read is None else read.number
