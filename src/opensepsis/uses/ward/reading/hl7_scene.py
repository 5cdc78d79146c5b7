"""What the parts of one HL7 message share: whose it is, when it was sent, which site and feed."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.hl7_text import Segment
from opensepsis.uses.ward.reading.site import Feed, Site, zone_of
from opensepsis.uses.ward.reading.stamps import Stamp, hl7_time

RECORD_NUMBERS = ("MR", "PI", "PT")


@dataclass(frozen=True)
class Scene:
    """One message ready to be read. `stated` is MSH-7, or the receipt when that is missing or later."""

    message: Message
    site: Site
    feed: Feed
    segments: list[Segment]
    event: str
    patient: str
    stated: int
    zone: ZoneInfo

    def first(self, name: str) -> Segment | None:
        """The first segment of a name."""
        return next((s for s in self.segments if s.name == name), None)

    def stamp(self, segment: Segment | None, number: int) -> Stamp | None:
        """A time stamp of a field; None when there is none."""
        if segment is None:
            return None
        text = segment.part(number)
        return hl7_time(text, self.zone) if text and text != '""' else None

    def time(self, segment: Segment | None, number: int) -> int | None:
        """A moment to the minute; None for a mere day."""
        stamp = self.stamp(segment, number)
        return stamp.time if stamp and stamp.to_the_minute else None

    def filed(self, segment: Segment | None, number: int) -> int | None:
        """When something was filed, to the minute."""
        text = segment.part(number) if segment else ""
        stamp = hl7_time(text, self.zone, self.message.received) if text and text != '""' else None
        return stamp.time if stamp and stamp.to_the_minute else None


def scene_of(message: Message, site: Site, segments: list[Segment], event: str) -> Scene:
    """Whose message it is and when it was sent."""
    feed = site.feed(message.feed)
    zone = zone_of(feed)
    header = segments[0]
    sent = hl7_time(header.part(7), zone, message.received)
    stated = min(sent.time, message.received) if sent else message.received
    person = next((s for s in segments if s.name == "PID"), None)
    patient = identity(person, 3, feed.authority) if person else ""
    return Scene(message, site, feed, segments, event, patient, stated, zone)


def identity(segment: Segment, number: int, authority: str) -> str:
    """`authority|identifier` of a list of identifiers: the site's own authority, else a record number, else the first."""
    found = []
    for text in segment.repeats(number):
        value, issuer, kind = (segment.component(text, n) for n in (1, 4, 5))
        if value and value != '""':
            rank = 0 if authority and issuer == authority else 1 if kind in RECORD_NUMBERS else 2
            found.append((rank, f"{issuer}|{value}"))
    return min(found, key=lambda f: f[0])[1] if found else ""
