"""What is kept of resources that later messages refer to: drugs, places, visits, specimens, and who bears an identifier."""

from collections.abc import Callable

import orjson

from opensepsis.data.decode.facts import Resource
from opensepsis.data.decode.fhir.bundle import identifiers
from opensepsis.data.decode.fhir.context import MessageContext, kept_line, kept_name
from opensepsis.data.decode.fhir.reference import Reference, read_reference
from opensepsis.data.decode.observations import DecodeResult

READ = {
    "Medication": ("code", "ingredient", "contained"),
    "Location": ("name", "alias", "partOf", "physicalType", "type"),
    "Encounter": ("subject", "class", "partOf", "diagnosis"),
    "Specimen": ("type", "collection", "status", "subject"),
    "Patient": (),
}
SEVERAL = {"resourceType": "several"}  # bear one identifier: nobody can tell which is meant
MOST = 50_000


def keep(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """Notes what later messages may refer to, under each of its names, where it is new."""
    kind = resource["resourceType"]
    parts = READ[kind]
    said = {name: resource[name] for name in ("resourceType", "id", "identifier", *parts) if name in resource}
    for name, by_identifier in _names(resource, scene):
        held = scene.kept(name)
        line = kept_line(said, scene.entry.address)
        if by_identifier and held and _another(held, resource):
            line = kept_line(SEVERAL)
        if held is None or held.said != line:
            into.facts.append(Resource(name, line))


def _names(resource: dict, scene: MessageContext):
    """Its names and whether each is an identifier. Who bears the id of a server is told by the id itself."""
    kind, feed, address = resource["resourceType"], scene.message.feed, scene.entry.address
    if address.startswith("urn:"):
        yield kept_name(feed, read_reference({"reference": address}), True, (kind,)), False
    if scene.entry.name and kind != "Patient":
        reference = Reference("literal", kind, scene.entry.name, scene.entry.base)
        yield kept_name(feed, reference, scene.is_own(scene.entry.base), (kind,)), False
    for system, value in identifiers(resource):
        if system:
            yield kept_name(feed, Reference("identifier", kind, value, system=system), True, (kind,)), True


def _another(held: Resource, resource: dict) -> bool:
    """Whether an identifier was borne by another resource before."""
    before = orjson.loads(held.said)["resource"]
    return before == SEVERAL or before.get("id") != resource.get("id")


class Memory:
    """What earlier messages said of resources, by name; `find` asks the store for what is not at hand.

    >>> memory = Memory(lambda name: None)
    >>> memory.note(Resource("resource of lab: Medication/7", "{}"))
    >>> memory("resource of lab: Medication/7").said
    '{}'
    """

    def __init__(self, find: Callable[[str], Resource | None]):
        self.find = find
        self.held: dict[str, Resource | None] = {}

    def __call__(self, name: str) -> Resource | None:
        """The last that was said of a resource."""
        if name not in self.held:
            self._hold(name, self.find(name))
        return self.held[name]

    def note(self, resource: Resource) -> None:
        """Remembers what a message said."""
        self.held.pop(resource.patient, None)
        self._hold(resource.patient, resource)

    def _hold(self, name: str, resource: Resource | None) -> None:
        while len(self.held) >= MOST:
            del self.held[next(iter(self.held))]
        self.held[name] = resource
