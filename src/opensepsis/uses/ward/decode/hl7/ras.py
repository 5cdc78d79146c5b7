"""RAS: what was given, which is what ticks a bundle."""

import re
from dataclasses import dataclass, field, replace

from opensepsis.data.decode.doses import Dose, dose_as_sent
from opensepsis.data.decode.facts import Corrected, Problem
from opensepsis.data.decode.medications import (
    Drug,
    administer,
    gives_nothing,
    is_rate,
    lasts,
    new_rate,
)
from opensepsis.data.decode.observations import DecodeResult, filed_as
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.intake.not_given import (
    HELD,
    NOT_GIVEN_BY_ACTION,
    NOTHING,
    NOTHING_GIVEN,
    STOPPED,
    dose_action,
    why_not_given,
)
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.ward.decode.hl7.components import drugs_given
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.drug_fields import components, drug_named, route_told, tell_unlisted
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.order_status import Standing, name_in_feed, standing_of
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.facts import Charted, Ended, Rejected, Voided

_TIME_UNIT = re.compile(
    r"(?:(?P<letter>[SMHD])(?P<number>[1-9][0-9]{0,3})?|/?(?P<word>sec|second|min|minute|h|hr|hour|d|day)s?)",
    re.I,
)
_TIMES = {"S": "s", "M": "min", "H": "h", "D": "d"}
PARTLY = "PA"
GIVEN = frozenset(("", "CP", PARTLY))  # of RXA-20, table 0322
NOT_GIVEN = frozenset(("RE", "NA"))
REFUSED = "not given: a reason for its refusal was sent"
ACTIONS = frozenset(("", "A", "D", "U"))  # of RXA-21, table 0206


@dataclass
class Administration:
    """One or more RXA under an order, with the routes that follow them, else that of the order."""

    order: Segment | None
    ordered_route: str = ""
    given: list[Segment] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    encoded: Segment | None = None
    components: list[Segment] = field(default_factory=list)

    def another(self) -> "Administration":
        """The next dose under the same order, by a route of its own."""
        return Administration(
            self.order, self.ordered_route, encoded=self.encoded, components=self.components
        )

    @property
    def route(self) -> str:
        """The route; several that differ are told together."""
        return " / ".join(dict.fromkeys(self.routes)) or self.ordered_route


def read_given(scene: MessageContext, into: DecodeResult) -> None:
    """Every RXA with its route; refused and not administered (RE, NA) is shown, not counted."""
    for part in _administrations(scene):
        for given in part.given:
            _one(scene, part, given, into)


def _administrations(scene: MessageContext) -> list[Administration]:
    found = [Administration(None)]
    for segment in scene.segments:
        last = found[-1]
        if segment.name == "ORC":
            found.append(Administration(segment))
        elif segment.name == "RXA":
            if last.routes:
                found.append(last := last.another())
            last.given.append(segment)
        elif segment.name == "RXE":
            last.encoded, last.components = segment, []  # those of the original order are encoded too
        elif segment.name == "RXC":
            last.components.append(segment)
        elif segment.name == "RXR" and last.given:
            last.routes.append(route_told(segment))
        elif segment.name == "RXR":
            last.ordered_route = route_told(segment)
    return found


def _one(scene: MessageContext, part: Administration, given: Segment, into: DecodeResult) -> None:
    """A dose: one drug, or each of those that are added to a carrier."""
    parts = components(scene, part.components)
    tell_unlisted(scene, parts, into)
    ordered_rate = Dose() if part.encoded is None else _ordered_rate(scene, part.encoded)
    dose = _administered(scene, part, given)
    for drug in drugs_given(dose, parts, ordered_rate, scene.site.local):
        lasts = _lasts(_concept(scene, drug.name, drug.codes))
        origin = drug.origin if lasts else f"{drug.origin} {drug.start or ''}"
        _drug_given(scene, part, given, replace(drug, origin=origin), into)


def _ordered_rate(scene: MessageContext, encoded: Segment) -> Dose:
    """The rate of an encoded order, RXE-23 with its unit in RXE-24."""
    return _dose(encoded, 23, encoded.words(24, 1) or encoded.words(24, 2), scene.feed.decimal)


def _drug_given(
    scene: MessageContext, part: Administration, given: Segment, drug: Drug, into: DecodeResult
) -> None:
    status, action, received = given.part(20).upper(), given.part(21).upper(), scene.message.received
    wrong = ""
    if status not in GIVEN | NOT_GIVEN:
        wrong = "its completion status in RXA-20 is not known"
    elif action not in ACTIONS:
        wrong = "its action in RXA-21 is not known"
    elif scene.sent(given, 4) and scene.time(given, 4) is None:
        wrong = "its end cannot be read"
    if wrong:
        into.facts.append(Rejected(drug.patient, drug.start or received, drug.name, wrong))
        into.problems.append(Problem("value", wrong, "drug", drug.codes[0] if drug.codes else drug.name))
        return
    again = _takes_the_place(drug, scene) or (
        action == "D" and not _lasts(_concept(scene, drug.name, drug.codes))
    )
    if again and name_in_feed(part.order, scene.message.feed) and drug.start is not None:
        filed = drug.filed(received)
        into.facts.append(Corrected(drug.patient, drug.origin, filed, drug.name, drug.part))
    before = len(into.facts)
    administer(drug, received, into, scene.site.local)
    lasting = _lasts(_concept(scene, drug.name, drug.codes))
    if lasting and drug.status == "given" and (_is_stopped(part.order) or _stands_still(scene, given)):
        del into.facts[before:]
        if drug.start is not None:
            concept, over = _concept(scene, drug.name, drug.codes), max(drug.start, drug.end or drug.start)
            into.facts.append(Ended(drug.patient, concept, drug.origin, over, drug.known))
    elif _takes_the_place(drug, scene) and not any(isinstance(one, Charted) for one in into.facts[before:]):
        into.facts.append(Voided(drug.patient, drug.origin, drug.filed(received)))
    elif drug.status == "given":
        into.facts += [new_rate(fact) for fact in into.facts[before:] if lasts(fact)]
    elif drug.start is not None and _lasts(_concept(scene, drug.name, drug.codes)):
        if drug.status == "not given":
            administer(replace(drug, status="withdrawn"), received, into, scene.site.local)
    elif drug.start is not None:
        into.facts.append(Voided(drug.patient, drug.origin, filed_as(drug.known, received, "withdrawn")))


def _stands_still(scene: MessageContext, given: Segment) -> bool:
    """Whether an action in RXA-9 says that a pump stands still from then on; one whose end is told ran until then."""
    return not scene.sent(given, 4) and not {HELD, STOPPED}.isdisjoint(_actions(given))


def _actions(given: Segment) -> set[str]:
    """What the code and words of RXA-9 say was done, as records of administrations send it there."""
    return {dose_action(given.words(9, n)) for n in (1, 2)} - {""}


def _takes_the_place(drug: Drug, scene: MessageContext) -> bool:
    """Whether a dose says anew what one dose was: where it counts for nothing, neither does what was said before."""
    return drug.status == "given" and drug.later and not _lasts(_concept(scene, drug.name, drug.codes))


def _is_stopped(order: Segment | None) -> bool:
    """Whether the order was discontinued, cancelled or held: what ran under it runs no longer."""
    return standing_of(order) is Standing.ENDED


def _concept(scene: MessageContext, name: str, codes: tuple[str, ...]) -> str:
    found = scene.site.local.drug(name) or find_medicine(name, codes)
    return found.concept if found else ""


def _lasts(concept: str) -> bool:
    return concept in CONCEPTS and CONCEPTS[concept].kind is Kind.INTERVAL


def _administered(scene: MessageContext, part: Administration, given: Segment) -> Drug:
    start, end = scene.time(given, 3), scene.time(given, 4)
    dose = _amount(given, scene.feed.decimal)
    if start == end and (given.part(20).upper() == PARTLY or is_rate(dose.unit)):
        end = None  # the end that the standard asks for is not there yet: a rate that is set runs
    codes, name = drug_named(scene, given, 5)
    order = f"hl7 dose {name_in_feed(part.order, scene.message.feed)} {given.part(5, 1)}"
    lasting = _lasts(_concept(scene, name, codes))
    action, why_not = given.part(21).upper(), _why_not(scene, given, dose, lasting)
    return Drug(
        patient=scene.patient,
        name=name,
        codes=codes,
        route=part.route,
        start=start,
        end=end,
        known=scene.stated,
        origin=order,
        status="withdrawn" if action == "D" else "not given" if why_not else "given",
        amount=dose.amount,
        unit=dose.unit,
        later=action == "U",
        unclear=dose.unclear,
        sent=dose.sent,
        why_not=why_not,
        part=given.part(2).lstrip("0"),
    )


def _why_not(scene: MessageContext, given: Segment, dose: Dose, lasting: bool) -> str:
    """Why nothing was given; empty where something was, or where a pump stands still.

    A reason for refusal counts where no completion is stated, and where its own words say that nothing was given.
    """
    status = given.part(20).upper()
    if status in NOT_GIVEN:
        return "not given"
    if scene.sent(given, 18) and (not status or any(why_not_given(given.words(18, n)) for n in (1, 2))):
        return REFUSED
    nothing = {NOTHING} if lasting else {NOTHING, HELD}
    if not nothing.isdisjoint(_actions(given)):
        return NOT_GIVEN_BY_ACTION
    return NOTHING_GIVEN if gives_nothing(dose.exact, dose.unit) else ""


def _amount(given: Segment, decimal: str) -> Dose:
    """The rate in RXA-12, else the amount in RXA-6 with its unit in RXA-7, by the time in RXA-12 where it is a rate."""
    unit = given.words(12, 2)
    rate = _dose(given, 12, unit, decimal)
    if unit and (rate.amount is not None or (rate.unclear and is_rate(unit))):
        return rate
    return _per(_dose(given, 6, given.words(7, 1) or given.words(7, 2), decimal), given.part(12))


def _dose(segment: Segment, number: int, unit: str, decimal: str) -> Dose:
    """A field as a dose; a sign such as `&lt;` was not escaped."""
    return dose_as_sent(segment.words(number, 1).replace(DELETE, ""), unit, decimal)


def _per(dose: Dose, time: str) -> Dose:
    """An amount and its unit by a time unit, as HL7 writes it: M1 is a minute, H8 eight hours.

    >>> doses = (Dose(6.0, "ug/kg"), "M1"), (Dose(480.0, "mg"), "H8"), (Dose(2.0, "g"), ""), (Dose(0.1, "ug/kg/min"), "min")
    >>> [(by.amount, by.unit) for dose, time in doses for by in (_per(dose, time),)]
    [(6.0, 'ug/kg/min'), (60.0, 'mg/h'), (2.0, 'g'), (0.1, 'ug/kg/min')]
    """
    found = _TIME_UNIT.fullmatch(time)
    number, letter = (found["number"], found["letter"] or found["word"][0]) if found else ("", "")
    if not letter or is_rate(dose.unit):
        return dose
    amount = None if dose.amount is None else dose.amount / int(number or 1)
    return replace(dose, amount=amount, unit=f"{dose.unit}/{_TIMES[letter.upper()]}")
