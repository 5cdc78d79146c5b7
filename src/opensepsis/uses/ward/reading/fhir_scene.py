"""What the resources of one message share: site, receipt, and how patients, codes and times are named in FHIR."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.site import LOINC, Coded, Feed, Site, zone_of
from opensepsis.uses.ward.reading.stamps import iso_time

SYSTEMS = {
    "http://loinc.org": LOINC,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "http://snomed.info/sct": "snomed",
}


@dataclass(frozen=True)
class Scene:
    """One message ready to be read; `specimens` by reference, as far as the message holds them."""

    message: Message
    site: Site
    feed: Feed
    zone: ZoneInfo
    specimens: dict[str, dict] = field(default_factory=dict)

    def moment(self, text) -> int | None:
        """A moment to the minute; None for a mere day or no time."""
        stamp = iso_time(text, self.zone) if text else None
        return stamp.time if stamp and stamp.to_the_minute else None

    def day_or_moment(self, text) -> int | None:
        """A moment, of a mere day its beginning."""
        stamp = iso_time(text, self.zone) if text else None
        return stamp.time if stamp else None

    def stated(self, resource: dict) -> int:
        """When the sender said so: lastUpdated, or the receipt."""
        updated = self.moment((resource.get("meta") or {}).get("lastUpdated"))
        return self.message.received if updated is None else min(updated, self.message.received)

    def said_again(self, resource: dict) -> bool:
        """Whether this is a later version of a resource."""
        return str((resource.get("meta") or {}).get("versionId", "1")) != "1"

    def patient(self, resource: dict) -> str:
        """`authority|identifier` of the subject; empty when there is none."""
        subject = resource.get("subject") or resource.get("patient") or {}
        return self.referred(subject)

    def referred(self, reference: dict) -> str:
        """`authority|identifier` of a reference to a patient."""
        if "reference" in reference:
            return self.named(
                reference["reference"].split("/_history")[0].rsplit("/", 1)[-1].removeprefix("urn:uuid:")
            )
        identifier = reference.get("identifier") or {}
        value, system = identifier.get("value"), identifier.get("system", "")
        issuer = self.feed.authority if system and system == self.feed.identifier_system else system
        return f"{issuer}|{value}" if value else ""

    def record(self, resource: dict) -> str:
        """`authority|identifier` of a Patient by the hospital's record number; empty where the site names no system of them."""
        system = self.feed.identifier_system
        numbers = (i for i in resource.get("identifier") or () if system and i.get("system") == system)
        return next((self.referred({"identifier": i}) for i in numbers if i.get("value")), "")

    def named(self, identifier: str) -> str:
        """A patient's id on this server."""
        own = self.feed.identifier_system or not self.feed.authority
        return f"{self.message.feed if own else self.feed.authority}|{identifier}" if identifier else ""

    def coded(self, concept: dict | None) -> tuple[Coded, str, str] | None:
        """The first coding that is known: what it means, its system and code."""
        for coding in (concept or {}).get("coding") or ():
            system = SYSTEMS.get(coding.get("system", ""), coding.get("system", "").lower())
            code = str(coding.get("code", ""))
            if found := self.site.coded(self.message.feed, system, code):
                return found, system, code
        return None


def scene_of(message: Message, site: Site, resources: list[dict]) -> Scene:
    """The scene of a message."""
    feed = site.feed(message.feed)
    specimens = {f"Specimen/{r.get('id')}": r for r in resources if r["resourceType"] == "Specimen"}
    return Scene(message, site, feed, zone_of(feed), specimens)


def in_words(concept: dict | None) -> str:
    """The text of a CodeableConcept: its own, else the first display, else the first code."""
    concept = concept or {}
    codings = concept.get("coding") or [{}]
    return concept.get("text") or codings[0].get("display") or str(codings[0].get("code", ""))
