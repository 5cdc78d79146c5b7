"""From when and until when an order, a flag or a consent holds: as it says itself, for HL7 and FHIR alike."""

from dataclasses import dataclass

from opensepsis.data.decode.timestamps import Stamp

NO_START = "its start cannot be read: a person must decide from when it applies"
AS_NEEDED = "only as needed: a person must decide whether it applies"
NO_END = "its end cannot be read: a person must decide until when it applies"


@dataclass(frozen=True)
class Held:
    """From when and until when it holds; without an end until it is ended. `reason`: why that cannot be told."""

    start: int
    end: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Told:
    """A time that an order tells: whether any was sent, and what that says; None for what cannot be read."""

    sent: bool = False
    stamp: Stamp | None = None


def held(start: Told, end: Told, written: int) -> Held:
    """When an order holds, from when it was written where it has no start.

    Of a start that is a mere day, not before it was written; an end that is a mere day is the end of that day. What ends before
    it begins never holds.

    >>> day = Stamp(0, False, over=86_400_000_000)
    >>> held(Told(), Told(True, day), 5), held(Told(True, Stamp(9, True)), Told(True, Stamp(7, True)), 5)
    (Held(start=5, end=86400000000, reason=''), Held(start=9, end=9, reason=''))
    >>> held(Told(True), Told(), 5).reason == NO_START, held(Told(), Told(True), 5).reason == NO_END
    (True, True)
    """
    if start.sent and start.stamp is None:
        return Held(written, reason=NO_START)
    if end.sent and end.stamp is None:
        return Held(written, reason=NO_END)
    since = written
    if start.stamp is not None:
        since = start.stamp.time if start.stamp.to_the_minute else max(start.stamp.time, written)
    return Held(since, None if end.stamp is None else max(end.stamp.end, since))
