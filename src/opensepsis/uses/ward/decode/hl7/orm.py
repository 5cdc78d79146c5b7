"""ORM, OMG, OML: orders are shown beside the scores, never scored; comfort care and SpO₂ scale 2 hold until they are ended.

An order is what its codes say, or its whole text where the site lists it. Any other goes to a person.
"""

from opensepsis.data.decode.current import CONCEPTS, listed_order, may_limit_care
from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.order_times import Told, held
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE, entity_number
from opensepsis.uses.ward.decode.hl7.order_status import COMPLETED, Standing, numbers_of, standing_of
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import coded_in
from opensepsis.uses.ward.model.facts import Charted, Ended, Rejected, Voided

PREVIOUS = "PR"  # of ORC-1: results from before, sent along with an order
AN_ORDER = "an order: nothing has been taken or given yet"
A_PERSON = "no code or text on the site's list: a person must decide whether it applies"
NOTHING_SAID = "the message does not state whether the order is active"


def read_orders(scene: MessageContext, into: DecodeResult) -> None:
    """Every OBR with the ORC before it; a culture that is ordered has not been taken."""
    order: Segment | None = None
    timing: Segment | None = None
    for segment in scene.segments:
        if segment.name == "ORC":
            order, timing = segment, None
        elif segment.name == "TQ1":
            timing = timing or segment
        elif segment.name == "OBR" and not (order and order.part(1).upper() == PREVIOUS):
            _one(scene, order, segment, timing, into)
        elif segment.name == "OBX":
            words = "an observation within an order"
            into.problems.append(Problem("unused", words, segment.part(3, 3), segment.part(3, 1)))


def _one(
    scene: MessageContext,
    order: Segment | None,
    asked: Segment,
    timing: Segment | None,
    into: DecodeResult,
) -> None:
    found = coded_in(scene, asked, 4)
    concept = found[0].concept if found else ""
    codings = [(asked.part(4, n + 2), asked.part(4, n)) for n in (1, 4)]
    texts = [text for n in (2, 5) if (text := asked.words(4, n))]
    if concept not in CONCEPTS:
        concept = listed_order(scene.site.local, codings, texts) or concept
    named = texts[0] if texts else asked.part(4, 1)
    if concept in CONCEPTS:
        _standing(scene, order, asked, timing, concept, into)
    elif found or may_limit_care(texts):
        reason = AN_ORDER if found else A_PERSON
        into.facts.append(Rejected(scene.patient, scene.stated, named, reason))
    else:
        words = "no map knows this order"
        into.problems.append(Problem("unmapped", words, asked.part(4, 3), asked.part(4, 1) or named))


def _standing(
    scene: MessageContext,
    order: Segment | None,
    asked: Segment,
    timing: Segment | None,
    concept: str,
    into: DecodeResult,
) -> None:
    """An order that begins or ends; its number tells which one, whatever time the ending carries."""
    numbers = (
        numbers_of(order) or [n for n in (entity_number(asked, 3), entity_number(asked, 2)) if n] or [""]
    )
    origins = [f"hl7 order {number} {concept}" for number in numbers]
    places = ((order, 15), (order, 9))
    time = scene.first_time(*places)
    if time is None:
        time = scene.message.received if scene.says_a_time(*places) else scene.stated
    standing = standing_of(order)
    if standing is Standing.ENDED or (order is not None and order.part(5).upper() == COMPLETED):
        into.facts += [Ended(scene.patient, concept, origin, time, scene.stated) for origin in origins]
    elif standing is Standing.NOT_SAID:
        into.facts.append(Rejected(scene.patient, scene.stated, asked.words(4, 2) or concept, NOTHING_SAID))
    else:
        start, end = _timing(scene, order, asked, timing)
        when = held(start, end, time)
        if (start.sent or end.sent) and numbers != [""]:  # another timing takes the place of the one before
            into.facts += [Voided(scene.patient, origin, scene.stated) for origin in origins]
        if when.reason:
            into.problems.append(Problem("time", when.reason, "order", concept))
            named = asked.words(4, 2) or concept
            into.facts.append(Rejected(scene.patient, scene.stated, named, when.reason))
            return
        event = Event(concept, when.start, when.end, scene.stated, None, "ordered", origins[0])
        into.facts.append(Charted(scene.patient, event))


def _timing(
    scene: MessageContext, order: Segment | None, asked: Segment, timing: Segment | None
) -> tuple[Told, Told]:
    """The start and end of an order: TQ1-7 and -8, else parts 4 and 5 of ORC-7 or OBR-27 (HL7 data type TQ)."""
    starts = ((timing, 7, 1), (order, 7, 4), (asked, 27, 4))
    ends = ((timing, 8, 1), (order, 7, 5), (asked, 27, 5))
    return scene.told(_first_sent(starts)), scene.told(_first_sent(ends))


def _first_sent(places: tuple[tuple[Segment | None, int, int], ...]) -> str:
    said = (segment.part(number, part) for segment, number, part in places if segment)
    return next((text for text in said if text and text != DELETE), "")
