"""What the resources of one message share: site, receipt, times and codes; and what each of their references leads to."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import orjson

from opensepsis.data.decode.facts import Resource
from opensepsis.data.decode.fhir.bundle import Beside, Entry, bundles
from opensepsis.data.decode.fhir.reference import Reference, read_reference
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.order_times import Told
from opensepsis.data.decode.origins import of_resource
from opensepsis.data.decode.site import Coded, Feed, Site, zone_of
from opensepsis.data.decode.timestamps import iso_time
from opensepsis.data.intake.code_systems import system_name

Kept = Callable[[str], Resource | None]


def nothing_kept(name: str) -> None:
    """For a reader that remembers no resources of earlier messages."""


@dataclass(frozen=True)
class MessageContext:
    """One entry of a message ready to be read. `kept` answers a resource of an earlier message by its name."""

    message: Message
    site: Site
    feed: Feed
    zone: ZoneInfo
    entry: Entry
    bundles: dict[str, Beside] = field(default_factory=dict)
    kept: Kept = nothing_kept
    server: str = ""

    def at(self, entry: Entry) -> "MessageContext":
        """The scene of another entry of the message."""
        return replace(self, entry=entry)

    @property
    def beside(self) -> Beside:
        """The entries of the same Bundle."""
        return self.bundles.get(self.entry.bundle) or Beside(())

    def moment(self, text) -> int | None:
        """A moment to the minute; None for a mere day or no time."""
        stamp = iso_time(text, self.zone) if text else None
        return stamp.time if stamp and stamp.to_the_minute else None

    def first_moment(self, *texts) -> int | None:
        """The first time that was sent; None where that one cannot be read, whatever the others say."""
        return next((self.moment(text) for text in texts if text), None)

    def day_or_moment(self, text) -> int | None:
        """A moment, of a mere day its beginning."""
        stamp = iso_time(text, self.zone) if text else None
        return stamp.time if stamp else None

    def told(self, text) -> Told:
        """A time that an order tells, a mere day too."""
        return Told(bool(text), iso_time(text, self.zone) if text else None)

    def stated(self, resource: dict) -> int:
        """When the sender said so: lastUpdated, or the receipt."""
        updated = self.moment((resource.get("meta") or {}).get("lastUpdated"))
        return self.message.received if updated is None else min(updated, self.message.received)

    def version(self, resource: dict) -> str:
        """The version of a resource; empty where the sender counts none."""
        return str((resource.get("meta") or {}).get("versionId") or "")

    def said_again(self, resource: dict) -> bool:
        """Whether this is a later version of a resource."""
        return self.version(resource) not in ("", "1")

    def origin(self, resource: dict) -> str:
        """What names a resource in each of its versions; one without an id has a name of its own in its message."""
        entry = self.entry
        if entry.holder is not None:
            holding = self.at(replace(entry, resource=entry.holder, holder=None))
            return f"{holding.origin(entry.holder)} #{resource.get('id', '')}".replace("# ", "#")
        path = f"{entry.kind}/{entry.name}"
        if entry.name:
            name = path if self.is_own(entry.base) else f"{entry.base}/{path}"
        elif entry.method == "PUT" and "?" in entry.url:
            name = entry.url
        else:
            name = f"{path}message-{self.message.number}-{entry.place}"
        return of_resource(self.message.feed, name)

    def is_named(self, resource: dict) -> bool:
        """Whether a later version can name the same resource again."""
        entry = self.entry
        if entry.holder is not None:
            return bool(resource.get("id")) and self.at(
                replace(entry, resource=entry.holder, holder=None)
            ).is_named(entry.holder)
        return bool(entry.name) or (entry.method == "PUT" and "?" in entry.url)

    def is_own(self, base: str) -> bool:
        """Whether an address is that of the feed's own server."""
        return not base or base == self.server

    def find(self, said, *kinds: str) -> dict | None:
        """The resource that a reference leads to: contained, in the Bundle, or kept before; None where it is none of `kinds`."""
        entry = self.entry_of(read_reference(said), kinds)
        return entry.resource if entry else None

    def entry_of(self, reference: Reference, kinds: tuple[str, ...]) -> Entry | None:
        """The entry that a reference leads to; None as well where it could be one of several."""
        return _latest(self.here(reference, kinds)) or self._kept(reference, kinds)

    def here(self, reference: Reference, kinds: tuple[str, ...]) -> list[Entry]:
        """The entries of this message that a reference may lead to."""
        if reference.kind and reference.kind not in kinds:
            return []
        if reference.form == "contained":
            holder = self.entry.holder or self.entry.resource
            held = [one for one in self.entry.contained if str(one.get("id")) == reference.name]
            found = [replace(self.entry, resource=one, holder=holder) for one in held]
        else:
            found = self._in_bundle(reference, kinds)
        return [one for one in found if one.resource.get("resourceType") in kinds]

    def _in_bundle(self, reference: Reference, kinds: tuple[str, ...]) -> list[Entry]:
        beside = self.beside
        if reference.form == "urn":
            return beside.by_address.get(reference.name, [])
        if reference.form == "identifier":
            every = [beside.by_identifier.get((k, reference.system, reference.name), []) for k in kinds]
            return [entry for some in every for entry in some]
        if reference.form != "literal":
            return []
        base, path = reference.base or self.entry.base, f"{reference.kind}/{reference.name}"
        found = beside.by_address.get(f"{base}/{path}" if base else path, [])
        if found or (reference.base and not self.is_own(reference.base)):
            return found
        return beside.by_id.get((reference.kind, reference.name), [])

    def kept_before(self, reference: Reference, kinds: tuple[str, ...]) -> Resource | None:
        """What an earlier message said of what a reference leads to; a relative one is one of the entry's own server."""
        if reference.form == "literal" and not reference.base:
            reference = replace(reference, base=self.entry.base)
        name = kept_name(self.message.feed, reference, self.is_own(reference.base), kinds)
        return self.kept(name) if name else None

    def _kept(self, reference: Reference, kinds: tuple[str, ...]) -> Entry | None:
        held = self.kept_before(reference, kinds)
        if held is None:
            return None
        said = orjson.loads(held.said)
        known = said["resource"].get("resourceType") in kinds
        return Entry(said["resource"], "kept", said["address"], bundle=self.entry.bundle) if known else None

    def coded(self, concept: dict | None) -> tuple[Coded, str, str] | None:
        """The first coding that is known: what it means, its system and code."""
        for system, code in codings(concept):
            if found := self.site.coded(self.message.feed, system, code):
                return found, system, code
        return None


def kept_name(feed: str, reference: Reference, own: bool, kinds: tuple[str, ...]) -> str:
    """The name under which a resource of an earlier message is kept; empty where there can be none."""
    match reference.form:
        case "urn":
            name = reference.name
        case "literal":
            name = f"{'' if own else reference.base + '/'}{reference.kind}/{reference.name}"
        case "identifier" if len(kinds) == 1:
            name = f"{kinds[0]}?{reference.system}|{reference.name}"
        case _:
            return ""
    return f"resource of {feed}: {name}"


def kept_as(resource: dict, address: str = "") -> dict:
    """A resource as it is kept for later messages, with the address to which its own references are relative."""
    return {"resource": resource, "address": address}


def kept_line(resource: dict, address: str = "") -> str:
    """The same as it is stored.

    >>> kept_line({"resourceType": "Medication"})
    '{"resource":{"resourceType":"Medication"},"address":""}'
    """
    return orjson.dumps(kept_as(resource, address)).decode()


def _latest(found: list[Entry]) -> Entry | None:
    """The last version of one resource; None where there is none, or several."""
    if len({(e.resource.get("resourceType"), str(e.resource.get("id"))) for e in found}) != 1:
        return None
    return max(found, key=_age_of_version)


def _age_of_version(entry: Entry) -> tuple[str, int]:
    meta = entry.resource.get("meta") or {}
    version = str(meta.get("versionId") or "")
    return str(meta.get("lastUpdated") or ""), int(version) if version.isdigit() and len(version) < 10 else 0


def codings(concept) -> list[tuple[str, str]]:
    """System and code of each coding, in the site's spelling of systems."""
    found = []
    for coding in (concept or {}).get("coding") or ():
        if coding.get("code"):
            found.append((system_name(str(coding.get("system") or "")), str(coding["code"])))
    return found


def in_words(concept) -> str:
    """The text of a CodeableConcept: its own, else the first display, else the first code."""
    concept = concept or {}
    said = concept.get("coding") or ()
    words = (concept.get("text"), *(c.get("display") for c in said), *(c.get("code") for c in said))
    return next((str(word) for word in words if word), "")


def server_name(feed: str) -> str:
    """The name under which the address of a feed's own server is kept."""
    return f"resource of {feed}: its server"


def scene_of(message: Message, site: Site, entries: list, kept: Kept) -> MessageContext:
    """The scene of a message, at its first entry.

    The feed's own server is the one that the site names, else the one of the first Bundle that came from one server alone.
    """
    feed = site.feed(message.feed)
    first = next((e for e in entries if isinstance(e, Entry)), Entry({}))
    beside = bundles(entries)
    server = feed.server or _first_server(message.feed, beside, kept)
    return MessageContext(message, site, feed, zone_of(feed), first, beside, kept, server)


def _first_server(feed: str, beside: dict[str, Beside], kept: Kept) -> str:
    bases = {base for bundle in beside.values() for base in bundle.bases}
    held = kept(server_name(feed))
    if held:
        return held.said
    return bases.pop() if len(bases) == 1 else ""
