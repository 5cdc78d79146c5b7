"""What the parts of one HL7 message share: whose it is, when it was sent, which site and feed."""

from dataclasses import dataclass
from datetime import tzinfo

from opensepsis.data.decode.order_times import Told
from opensepsis.data.decode.site import Feed, Site, zone_of
from opensepsis.data.decode.timestamps import Stamp, hl7_time, sender_zone
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.messages import Message

HOUR = 3_600_000_000
EVER = 2**62
DATE = 8  # digits
NOTHING = ("", '""')


@dataclass(frozen=True)
class MessageContext:
    """The part of a message that is about one patient. `stated` is MSH-7, or the receipt when that is missing or later.

    `zone` is that of times without an offset: the feed's, unless MSH-7 has an offset that is not the feed's then.
    """

    message: Message
    site: Site
    feed: Feed
    segments: list[Segment]
    kind: str
    event: str
    patient: str
    stated: int
    zone: tzinfo

    def about(self, patient: str, segments: list[Segment]) -> "MessageContext":
        """The same message as far as it is about a patient."""
        return MessageContext(
            self.message,
            self.site,
            self.feed,
            segments,
            self.kind,
            self.event,
            patient,
            self.stated,
            self.zone,
        )

    def first(self, name: str) -> Segment | None:
        """The first segment of a name."""
        return next((s for s in self.segments if s.name == name), None)

    def sent(self, segment: Segment | None, number: int) -> str:
        """A field as it was sent; empty where it was not, where it was deleted, and for the zeros that stand for no date."""
        text = segment.part(number) if segment else ""
        return "" if text in NOTHING or _is_no_date(text) else text

    def stamp(self, segment: Segment | None, number: int) -> Stamp | None:
        """A time stamp of a field; None when there is none."""
        return hl7_time(self.sent(segment, number), self.zone, self.message.received, HOUR)

    def told(self, text: str) -> Told:
        """A time that an order tells, a mere day too."""
        stamp = hl7_time(text, self.zone, self.message.received, HOUR) if text else None
        return Told(bool(text), stamp)

    def day(self, segment: Segment | None, number: int) -> Stamp | None:
        """A date of the feed's zone, whatever the offset of the message."""
        return hl7_time(self.sent(segment, number), zone_of(self.feed))

    def time(self, segment: Segment | None, number: int) -> int | None:
        """A moment to the minute; None for a mere day."""
        stamp = self.stamp(segment, number)
        return stamp.time if stamp and stamp.to_the_minute else None

    def first_time(self, *places: tuple[Segment | None, int]) -> int | None:
        """The moment of the first field that was sent; None where it cannot be read: another field's never stands in for it."""
        for segment, number in places:
            if text := self.sent(segment, number):
                stamp = hl7_time(text, self.zone, self.message.received, HOUR)
                return stamp.time if stamp and stamp.to_the_minute else None
        return None

    def first_times(self, *places: tuple[Segment | None, int]) -> list[int]:
        """Both moments of a clock time that happens twice, else the one; of the first field that was sent."""
        text = next((self.sent(s, n) for s, n in places if self.sent(s, n)), "")
        stamps = [hl7_time(text, self.zone), hl7_time(text, self.zone, EVER)]
        return sorted({stamp.time for stamp in stamps if stamp and stamp.to_the_minute})

    def says_a_time(self, *places: tuple[Segment | None, int]) -> bool:
        """Whether any of these fields was sent."""
        return any(self.sent(s, n) for s, n in places)

    def filed(self, *places: tuple[Segment | None, int]) -> int:
        """When something was filed: the first field that was sent, else MSH-7; the receipt where the field cannot be read."""
        for segment, number in places:
            if text := self.sent(segment, number):
                stamp = hl7_time(text, self.zone, self.message.received)
                return stamp.time if stamp and stamp.to_the_minute else self.message.received
        return self.stated


def _is_no_date(text: str) -> bool:
    """Whether a text is a date of zeros, as some senders fill a field that they do not have."""
    return len(text) >= DATE and not text.strip("0")


def scene_of(message: Message, site: Site, segments: list[Segment]) -> MessageContext:
    """When a message was sent and of which kind it is; whose it is, is told by its parts."""
    feed, header = site.feed(message.feed), segments[0]
    zone = sender_zone(header.part(7), zone_of(feed))
    sent = hl7_time(header.part(7), zone, message.received)
    stated = min(sent.time, message.received) if sent else message.received
    named = next((s.part(1) for s in segments if s.name == "EVN"), "")
    kind, event = header.part(9, 1).upper(), (header.part(9, 2) or named).upper()
    return MessageContext(message, site, feed, segments, kind, event, "", stated, zone)
