"""ORM, OMG, OML: orders are shown beside the scores, never scored; comfort care and SpO₂ scale 2 hold until they are ended.

An order is what its codes say, or its whole text where the site lists it. Any other goes to a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from opensepsis.data.decode.current import CONCEPTS, listed_order, may_limit_care
from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.order_times import AS_NEEDED, Told, held
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.order_status import COMPLETED, Standing, is_changed, name_of, standing_of
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import coded_in
from opensepsis.uses.ward.model.facts import Charted, Ended, Rejected, Voided

PRN = "PRN"  # of tables 0335 and 0485; 0335 has PRNxxx, with the pattern behind it
PREVIOUS = "PR"  # of ORC-1: results from before, sent along with an order
AN_ORDER = "an order: nothing has been taken or given yet"
A_PERSON = "no code or text on the site's list: a person must decide whether it applies"
NOTHING_SAID = "the message does not state whether the order is active"


@dataclass(frozen=True)
class Asked:
    """An ORC with the OBR and the TQ1 that follow it; either segment may be all that was sent."""

    order: Segment | None
    asked: Segment | None
    timing: Segment | None = None

    @property
    def number(self) -> str:
        """By what the order is known."""
        return name_of(self.order) or name_of(self.asked)


def read_orders(scene: MessageContext, into: DecodeResult) -> None:
    """Every OBR with the ORC before it; a culture that is ordered has not been taken."""
    stands: dict[str, tuple[int, set[str]]] = {}  # by the order: since when, and as what
    for one in _asked(scene, into):
        concept = _one(scene, one, into)
        if _may_change_care(one, concept):
            stands.setdefault(one.number, (_time(scene, one.order), set()))[1].add(concept)
    for number, (time, concepts) in stands.items():  # what else was ordered under the number is no longer
        into.facts += _ended(scene, number, time, set(CONCEPTS) - concepts)


def _may_change_care(one: Asked, concept: str) -> bool:
    """Whether an order that stands may have been one of care by the same number: it was changed, or is or may be about care."""
    if one.asked is None or not one.number or _is_over(one.order):
        return False
    about = concept in CONCEPTS or may_limit_care(_texts(one.asked)) or is_changed(one.order)
    return about and standing_of(one.order) is Standing.STANDS


def _texts(asked: Segment) -> list[str]:
    return [text for n in (2, 5) if (text := asked.words(4, n))]


def _asked(scene: MessageContext, into: DecodeResult) -> list[Asked]:
    found: list[Asked] = []
    order: Segment | None = None
    timing: Segment | None = None
    for segment in scene.segments:
        if segment.name == "ORC":
            order, timing = segment, None
            found.append(Asked(order, None))
        elif segment.name == "TQ1":
            timing = timing or segment
            last = found[-1] if found else None
            if (
                last and last.asked and last.order is order and not last.timing
            ):  # behind its OBR, as in results
                found[-1] = replace(last, timing=segment)
        elif segment.name in ("RXO", "RXE") and found and not found[-1].asked:
            found.pop()  # an order of a drug
        elif segment.name == "OBR":
            if found and found[-1].order is order and not found[-1].asked:
                found.pop()
            found.append(Asked(order, segment, timing))
        elif segment.name == "OBX":
            words = "an observation within an order"
            into.problems.append(Problem("unused", words, segment.part(3, 3), segment.part(3, 1)))
    return [one for one in found if not (one.order and one.order.part(1).upper() == PREVIOUS)]


def _one(scene: MessageContext, one: Asked, into: DecodeResult) -> str:
    """Reads an order; the concept that it is of, if any."""
    if one.asked is None:
        if one.number and (standing_of(one.order) is Standing.ENDED or _is_over(one.order)):
            into.facts += _ended(scene, one.number, _time(scene, one.order), CONCEPTS)
        return ""
    asked = one.asked
    found = coded_in(scene, asked, 4)
    concept = found[0].concept if found else ""
    codings = [(asked.part(4, n + 2), asked.part(4, n)) for n in (1, 4)]
    texts = _texts(asked)
    if concept not in CONCEPTS:
        concept = listed_order(scene.site.local, codings, texts) or concept
    named = texts[0] if texts else asked.part(4, 1)
    if concept in CONCEPTS:
        _standing(scene, one, asked, concept, into)
    elif found or may_limit_care(texts):
        reason = AN_ORDER if found else A_PERSON
        into.facts.append(Rejected(scene.patient, scene.stated, named, reason))
    else:
        words = "no map knows this order"
        into.problems.append(Problem("unmapped", words, asked.part(4, 3), asked.part(4, 1) or named))
    return concept


def _origin(number: str, concept: str) -> str:
    return f"hl7 order {number} {concept}"


def _is_over(order: Segment | None) -> bool:
    return order is not None and order.part(5).upper() == COMPLETED


def _ended(scene: MessageContext, number: str, time: int, concepts: Iterable[str]) -> list[Ended]:
    return [
        Ended(scene.patient, name, _origin(number, name), time, scene.stated) for name in sorted(concepts)
    ]


def _time(scene: MessageContext, order: Segment | None) -> int:
    """When an order began or ended: ORC-15, else ORC-9, else when that was said."""
    places = ((order, 15), (order, 9))
    time = scene.first_time(*places)
    return (
        time if time is not None else scene.message.received if scene.says_a_time(*places) else scene.stated
    )


def _standing(scene: MessageContext, one: Asked, asked: Segment, concept: str, into: DecodeResult) -> None:
    """An order that begins or ends; its number tells which one, whatever time the ending carries."""
    number, time, standing = one.number, _time(scene, one.order), standing_of(one.order)
    if standing is Standing.ENDED or _is_over(one.order):
        into.facts += _ended(scene, number, time, (concept,))
    elif standing is Standing.NOT_SAID:
        into.facts.append(Rejected(scene.patient, scene.stated, asked.words(4, 2) or concept, NOTHING_SAID))
    else:
        start, end = _timing(scene, one.order, asked, one.timing)
        when, origin = held(start, end, time), _origin(number, concept)
        reason = AS_NEEDED if _is_as_needed(one, asked) else when.reason
        if (start.sent or end.sent or reason) and number:  # another timing takes the place of the one before
            into.facts.append(Voided(scene.patient, origin, scene.stated))
        if reason:
            into.problems.append(Problem("time", reason, "order", concept))
            named = asked.words(4, 2) or concept
            into.facts.append(Rejected(scene.patient, scene.stated, named, reason))
            return
        event = Event(concept, when.start, when.end, scene.stated, None, "ordered", origin)
        into.facts.append(Charted(scene.patient, event))


def _timing(
    scene: MessageContext, order: Segment | None, asked: Segment, timing: Segment | None
) -> tuple[Told, Told]:
    """The start and end of an order: TQ1-7 and -8, else parts 4 and 5 of ORC-7 or OBR-27 (HL7 data type TQ)."""
    starts = ((timing, 7, 1), (order, 7, 4), (asked, 27, 4))
    ends = ((timing, 8, 1), (order, 7, 5), (asked, 27, 5))
    return scene.told(_first_sent(starts)), scene.told(_first_sent(ends))


def _is_as_needed(one: Asked, asked: Segment) -> bool:
    """Whether an order is one as needed, by its pattern or its priority (TQ1-3, TQ1-9; parts 2 and 6 of ORC-7 or OBR-27)."""
    places = (
        (one.timing, 3, 1),
        (one.timing, 9, 1),
        *((s, n, p) for s, n in ((one.order, 7), (asked, 27)) for p in (2, 6)),
    )
    said = (segment.part(number, part).upper() for segment, number, part in places if segment)
    return any(text.startswith(PRN) for text in said)


def _first_sent(places: tuple[tuple[Segment | None, int, int], ...]) -> str:
    said = (segment.part(number, part) for segment, number, part in places if segment)
    return next((text for text in said if text and text != DELETE), "")
