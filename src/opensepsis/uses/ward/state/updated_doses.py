"""Which doses of HL7 were told anew (RXA-21 U) or taken back (D): of the same order and minute, or of the same drug at another time.

Of several that it could be, the sender's count (RXA-2) tells which.
"""

from collections.abc import Iterable, Iterator

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.ward.model.facts import Charted, Corrected, Fact, Rejected, Voided
from opensepsis.uses.ward.state.told_again import UNCLEAR, Statement, Thing, settled

DOSE = "hl7 dose "


class UpdatedDoses:
    """The doses of one patient under orders with a number, but for what runs. `renamed` as in `Results`.

    >>> from opensepsis.engine.live.chart import Event
    >>> doses = UpdatedDoses()
    >>> def charted(drug, known):
    ...     event = Event("antibiotic", 1_700_000_000_000_000, known=known, text=drug, origin=f"hl7 dose 7 {drug} 1700000000000000")
    ...     return list(doses.told(known, Charted("A|1", event)))
    >>> charted("ceftriaxone", 1)
    []
    >>> [void.origin for void in doses.told(2, Corrected("A|1", "hl7 dose 7 meropenem 1700000000000000", 2))]
    ['hl7 dose 7 ceftriaxone 1700000000000000']
    """

    def __init__(self):
        self._told: dict[str, tuple[Statement, ...]] = {}  # by order
        self._void: dict[str, dict[str, int]] = {}
        self.renamed = False

    def told(self, message: int, fact: Fact) -> Iterator[Fact]:
        """What else no longer holds since a fact was told."""
        one = _statement(message, fact)
        if one is None:
            return
        order = one.origin.split(" ", 3)[2]
        held = self._told.get(order, ())
        same = next((s for s in held if (s.origin, s.known) == (one.origin, one.known)), None)
        if same is not None:
            one = _joined(same, one)
        if not order or one == same:
            return
        self._told[order] = (*(s for s in held if s is not same), one)
        if not any(s.again for s in self._told[order]):
            return
        found, before = settled(self._told[order], _is_of, _may_be), self._void.get(order, {})
        self.renamed |= any(known > found.void.get(origin, -1) for origin, known in before.items())
        self._void[order] = found.void
        for origin, known in found.void.items():
            if known > before.get(origin, -1):
                yield Voided(fact.patient, origin, known)
        if isinstance(fact, Corrected) and one in found.unclear:
            yield Rejected(fact.patient, one.place[1], one.what, UNCLEAR)

    def void(self, patient: str) -> Iterator[Voided]:
        """All that no longer holds."""
        for void in self._void.values():
            yield from (Voided(patient, origin, known) for origin, known in void.items())


def _statement(message: int, fact: Fact) -> Statement | None:
    match fact:
        case Charted(event=event) if CONCEPTS[event.concept].kind is not Kind.INTERVAL:
            stands = event.value is not None or event.text is not None
            origin, known, part = event.origin or "", event.known, fact.part
        case Corrected():
            stands, origin, known, part = False, fact.origin, fact.known, fact.part
        case Voided():
            stands, origin, known, part = False, fact.origin, fact.known, ""
        case _:
            return None
    if not origin.startswith(DOSE):
        return None
    drug, _, start = origin.rpartition(" ")
    if len(start) < _LONG or not start.isdigit():
        return None
    again, what = isinstance(fact, Corrected), fact.what if isinstance(fact, Corrected) else ""
    return Statement(origin, (drug, int(start)), known, message, stands, again, part=part, what=what)


_LONG = 13  # digits of a moment, more than those of a drug's code


def _joined(one: Statement, other: Statement) -> Statement:
    return Statement(
        one.origin, one.place, one.known, one.message, one.stands or other.stands, one.again or other.again,
        part=one.part or other.part, what=one.what or other.what,
    )  # fmt: skip


def _is_of(one: Statement, thing: Thing) -> bool:
    return True  # the same drug at the same time


def _may_be(one: Statement, things: Iterable[Thing]) -> Iterator[Thing]:
    """The doses of the same minute, else those of the same drug at other times; of several the one of the same number."""
    drug, start = one.place
    found = [thing for thing in things if _may_be_part(one, thing)]
    here = [thing for thing in found if thing.last.place[1] == start]
    found = here or [thing for thing in found if thing.last.place[0] == drug]
    yield from found


def _may_be_part(one: Statement, thing: Thing) -> bool:
    parts = {said.part for said in thing.said} - {""}
    return not one.part or not parts or one.part in parts
