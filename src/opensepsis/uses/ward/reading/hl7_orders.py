"""ORM, OMG, OML: orders are shown beside the scores, never scored; comfort care and SpO₂ scale 2 hold until they are ended."""

from opensepsis.engine.chart import Event
from opensepsis.uses.ward.facts import Charted, Ended, NotScored
from opensepsis.uses.ward.reading.charting import Reading
from opensepsis.uses.ward.reading.hl7_results import coded_in
from opensepsis.uses.ward.reading.hl7_scene import Scene
from opensepsis.uses.ward.reading.hl7_text import Segment
from opensepsis.uses.ward.reading.standing import CONCEPTS, standing_order

ENDING = (
    "CA",
    "OC",
    "CR",
    "DC",
    "OD",
    "DR",
    "DE",
)  # of ORC-1, table 0119: cancelled, discontinued, data errors


def read_orders(scene: Scene, into: Reading) -> None:
    """Every OBR with the ORC before it; a culture that is ordered has not been taken."""
    order: Segment | None = None
    for segment in scene.segments:
        if segment.name == "ORC":
            order = segment
        elif segment.name == "OBR":
            _one(scene, order, segment, into)


def _one(scene: Scene, order: Segment | None, asked: Segment, into: Reading) -> None:
    found = coded_in(scene, asked, 4)
    concept = found[0].concept if found else ""
    if concept not in CONCEPTS:
        concept = standing_order(" ".join(asked.part(4, n) for n in (1, 2, 4, 5))) or concept
    if concept in CONCEPTS:
        _standing(scene, order, asked, concept, into)
    elif found:
        reason = "an order: nothing was taken or given yet"
        into.facts.append(NotScored(scene.patient, scene.stated, asked.part(4, 2) or concept, reason))


def _standing(scene: Scene, order: Segment | None, asked: Segment, concept: str, into: Reading) -> None:
    """An order that begins or ends; its number tells which one, whatever time the ending carries."""
    number = (order.part(3) or order.part(2)) if order else ""
    number = number or asked.part(3) or asked.part(2)
    origin = f"hl7 order {number} {concept}"
    time = scene.time(order, 15) or scene.time(order, 9) or scene.stated
    if order is not None and order.part(1).upper() in ENDING:
        into.facts.append(Ended(scene.patient, concept, origin, time, scene.stated))
        return
    event = Event(concept, time, None, scene.stated, None, "ordered", origin)
    into.facts.append(Charted(scene.patient, event))
