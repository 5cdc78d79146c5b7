"""When an order holds by its timing: TQ1-7 and -8, else parts 4 and 5 of ORC-7 or OBR-27 (HL7 data type TQ)."""

from opensepsis.data.decode.timestamps import hl7_time
from opensepsis.uses.ward.decode.hl7.context import HOUR, MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.parser import Segment

UNREADABLE = "its start cannot be read: a person must decide from when it applies"
DAY = 24 * 3_600_000_000


def held_by_timing(
    scene: MessageContext, order: Segment | None, asked: Segment, timing: Segment | None, written: int
) -> tuple[int, int | None] | None:
    """From when and until when an order holds, from when it was written where it has no timing; None where the start cannot be read.

    Of a start that is a mere day, not before it was written; an end that is a mere day is the end of it.
    """
    starts = ((timing, 7, 1), (order, 7, 4), (asked, 27, 4))
    ends = ((timing, 8, 1), (order, 7, 5), (asked, 27, 5))
    start, end = (_first(places) for places in (starts, ends))
    if not start:
        since = written
    else:
        stamp = hl7_time(start, scene.zone, scene.message.received, HOUR)
        if stamp is None:
            return None
        since = stamp.time if stamp.to_the_minute else max(stamp.time, written)
    last = hl7_time(end, scene.zone, scene.message.received, HOUR) if end else None
    until = None if last is None else last.time if last.to_the_minute else last.time + DAY
    return since, None if until is None else max(until, since)


def _first(places: tuple[tuple[Segment | None, int, int], ...]) -> str:
    said = (segment.part(number, part) for segment, number, part in places if segment)
    return next((text for text in said if text and text != DELETE), "")
