"""What earlier versions said of an administration, or of an order: whether it ran or stood, and what doses that refer to it need."""

import orjson

from opensepsis.data.decode.facts import Resource
from opensepsis.data.decode.fhir.context import MessageContext, in_words, kept_line, kept_name
from opensepsis.data.decode.fhir.reference import Reference
from opensepsis.data.decode.observations import DecodeResult

ORDERED = (
    "medicationCodeableConcept",
    "medicationReference",
    "dosageInstruction",
)  # by what an order names its drug and route
STOPPED = "stopped"  # a status
WAS_STOPPED = "stopped"  # the mark of what is remembered of an order whose last version was
STOOD = {"status": "active"}  # of an order that was active once, whatever became of it


def said_before(scene: MessageContext) -> dict:
    """What is remembered of the entry's resource; empty where it is new."""
    held = scene.kept(name) if (name := _name(scene)) else None
    return orjson.loads(held.said)["resource"] if held else {}


def remember(said: dict, scene: MessageContext, into: DecodeResult) -> None:
    """Keeps what is said of the entry's resource for those that come later, where that is new."""
    if not (name := _name(scene)):
        return
    held, line = scene.kept(name), kept_line(said, scene.entry.address)
    if held is None or held.said != line:
        into.facts.append(Resource(name, line))


def remember_order(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """Keeps the drug and the routes of an order as its last version has them, and that it stood once."""
    before = said_before(scene)
    stood = stood_before(scene) or resource.get("status") == "active"
    if any(_is_older(resource, other.resource, scene) for other in _other_versions(scene)):
        return  # the last version in this message says it all
    if _is_older(resource, before, scene):
        resource = before
    parts = {
        name: resource[name] for name in ("resourceType", "meta", WAS_STOPPED, *ORDERED) if name in resource
    }
    parts |= {WAS_STOPPED: True} if resource is not before and resource.get("status") == STOPPED else {}
    parts |= {"dosageInstruction": routes} if (routes := routes_of(resource)) else {}
    parts |= {"contained": drugs} if (drugs := _contained_drugs(resource)) else {}
    remember(parts | (STOOD if stood else {}), scene, into)


def stood_before(scene: MessageContext) -> bool:
    """Whether an order was active in an earlier message, or in another version of it in this one."""
    versions = said_before(scene), *(other.resource for other in _other_versions(scene))
    return any(one.get("status") == "active" for one in versions)


def stopped_later(resource: dict, scene: MessageContext) -> int | None:
    """When a later version of an order, which came before this one, stopped it; None where none did."""
    before = said_before(scene)
    stops = (
        before.get(WAS_STOPPED) and resource.get("status") == "active" and _is_older(resource, before, scene)
    )
    return scene.stated(before) if stops else None


def _other_versions(scene: MessageContext) -> list:
    if not scene.entry.name:
        return []
    found = scene.here(_reference(scene), (scene.entry.kind,))
    return [entry for entry in found if entry is not scene.entry]


def routes_of(order: dict) -> list[dict]:
    """The instructions of an order with their routes alone, in words.

    >>> routes_of({"dosageInstruction": [{"route": {"coding": [{"display": "Oral"}]}, "text": "daily"}]})
    [{'route': {'text': 'Oral'}}]
    """
    told = order.get("dosageInstruction") or ()
    routes = (one["route"] for one in told if isinstance(one, dict) and one.get("route"))
    return [{"route": {"text": in_words(route)}} for route in routes]


def _contained_drugs(resource: dict) -> list[dict]:
    return [
        one
        for one in resource.get("contained") or ()
        if isinstance(one, dict) and one.get("resourceType") == "Medication"
    ]


def _is_older(resource: dict, other: dict, scene: MessageContext) -> bool:
    """Whether a version was made before another, by their numbers, else by their times."""
    mine, its = (scene.version(one) for one in (resource, other))
    if mine.isdigit() and its.isdigit():
        return int(mine) < int(its)
    made, after = (scene.moment((one.get("meta") or {}).get("lastUpdated")) for one in (resource, other))
    return made is not None and after is not None and made < after


def _reference(scene: MessageContext) -> Reference:
    return Reference("literal", scene.entry.kind, scene.entry.name, scene.entry.base)


def _name(scene: MessageContext) -> str:
    if not scene.entry.name:
        return ""
    return kept_name(
        scene.message.feed, _reference(scene), scene.is_own(scene.entry.base), (scene.entry.kind,)
    )
