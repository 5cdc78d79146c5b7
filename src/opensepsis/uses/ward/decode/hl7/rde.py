"""RDE, OMP and ORM: which drugs are ordered. What is said of an order last is all that stands under its number."""

from dataclasses import dataclass, replace
from itertools import takewhile

from opensepsis.data.decode.current import CONCEPTS as CARE
from opensepsis.data.decode.doses import Dose
from opensepsis.data.decode.medications import Drug, administer, route_in_words
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.uses.ward.decode.hl7.components import drugs_given
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.drug_fields import components, drug_named, route_told, tell_unlisted
from opensepsis.uses.ward.decode.hl7.order_status import Standing, is_changed, name_of, standing_of
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.facts import Charted, Voided

NOT_TOLD = "-"  # in place of a route
DETAILS = ("RXE", "RXO", "RXR", "RXC", "OBR")


@dataclass(frozen=True)
class Ordered:
    """An ORC with the segments that follow it."""

    order: Segment | None
    parts: tuple[Segment, ...] = ()

    @property
    def origin(self) -> str:
        """By what the rows of the order are named; without a number of its own it is no order that a later message could name."""
        return f"hl7 order {name_of(self.order)}"

    @property
    def encoded(self) -> list[Segment]:
        """Every RXE, or RXO where the order was not encoded."""
        return [p for p in self.parts if p.name == "RXE"] or [p for p in self.parts if p.name == "RXO"]

    @property
    def is_of_drugs(self) -> bool:
        """Whether it may be an order of drugs: of one that is ended its number alone may be told."""
        return all(part.name != "OBR" for part in self.parts)


def read_ordered(scene: MessageContext, into: DecodeResult) -> None:
    """Every order of drugs, and what it takes the place of."""
    first = len(into.facts)
    stands: dict[str, list[str]] = {}  # by the order, what stands under it
    changed: set[str] = set()
    for one in _orders(scene):
        standing, numbered = standing_of(one.order), bool(name_of(one.order))
        drugs = [drug for encoded in one.encoded for drug in _drugs(scene, one, encoded, into)]
        if standing is Standing.ENDED and one.is_of_drugs:
            origins = [one.origin] if numbered else [drug.origin.rpartition(" ")[0] for drug in drugs]
            into.facts += [_void(scene, origin, scene.stated + 1) for origin in origins]
        charted = [origin for drug in drugs if _is_ordered(drug, scene, into) for origin in _still(drug)]
        if standing is Standing.STANDS and drugs and numbered:
            if is_changed(one.order):
                changed.add(one.origin)
                stands[one.origin] = []
            stands.setdefault(one.origin, []).extend(charted)
    for origin, held in stands.items():
        if (
            origin in changed
        ):  # before its rows: a filler's number that is new with the change replaces all of the placer's
            into.facts.insert(first, _void(scene, origin, scene.stated + 1, held))
        else:
            into.facts.append(_void(scene, origin, scene.stated, held))


def _void(scene: MessageContext, origin: str, known: int, held: list[str] | None = None) -> Voided:
    """What was ordered under a number no longer stands; an order of care is none of drugs."""
    return Voided(scene.patient, origin, known, (*(held or ()), *(f"{origin} {care}" for care in CARE)))


def _orders(scene: MessageContext) -> list[Ordered]:
    found = [Ordered(None)]
    for segment in scene.segments:
        if segment.name == "ORC":
            found.append(Ordered(segment))
        elif segment.name in DETAILS:
            found[-1] = replace(found[-1], parts=(*found[-1].parts, segment))
    return found


def _drugs(scene: MessageContext, one: Ordered, encoded: Segment, into: DecodeResult) -> list[Drug]:
    """The drugs of an order with the route after it; none is ordered by one that is cancelled, held or replaced."""
    after = one.parts[one.parts.index(encoded) + 1 :]
    mixture = takewhile(lambda part: part.name not in ("RXE", "RXO"), after)
    parts = components(scene, [part for part in mixture if part.name == "RXC"])
    tell_unlisted(scene, parts, into)
    places = ((one.order, 9),)
    codes, name = drug_named(scene, encoded, 2 if encoded.name == "RXE" else 1)
    drug = Drug(
        patient=scene.patient,
        name=name,
        codes=codes,
        route=next((route_told(part) for part in after if part.name == "RXR"), ""),
        start=scene.first_time(*places) if scene.says_a_time(*places) else scene.stated,
        end=None,
        known=scene.stated,
        origin=one.origin,
        status="ordered" if standing_of(one.order) is Standing.STANDS else "not given",
        later=is_changed(one.order),
        why_not="no order that stands",
    )
    found = drugs_given(drug, parts, Dose(), scene.site.local)
    return [replace(each, origin=f"{one.origin} {_ingredient(each, scene)} {_route(each)}") for each in found]


def _route(drug: Drug) -> str:
    return route_in_words(drug.route).replace(" ", "_") or NOT_TOLD


def _still(drug: Drug) -> list[str]:
    """What stands of a drug that is ordered still: by the same route, or by any where none is told now or was before."""
    whole, _, route = drug.origin.rpartition(" ")
    return [whole] if route == NOT_TOLD else [drug.origin, f"{whole} {NOT_TOLD}"]


def _ingredient(drug: Drug, scene: MessageContext) -> str:
    """What a drug is, whatever the code of the product: the dose may change, and the order is the same."""
    found = scene.site.local.drug(drug.name) or find_medicine(drug.name, drug.codes)
    named = (found.ingredient if found else "") or next(iter(drug.codes), "") or drug.name
    return named.replace(" ", "_")


def _is_ordered(drug: Drug, scene: MessageContext, into: DecodeResult) -> bool:
    """Adds the row of a drug; whether it stands: one whose time cannot be read does where it was told before."""
    before = len(into.facts)
    administer(drug, scene.message.received, into, scene.site.local)
    charted = any(isinstance(fact, Charted) for fact in into.facts[before:])
    return charted or (drug.status == "ordered" and drug.start is None)
