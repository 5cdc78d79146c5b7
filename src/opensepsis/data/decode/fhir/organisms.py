"""Organisms in Observations of their own, derived from the culture in which they grew: read as that culture with their name."""

from collections.abc import Callable
from functools import cache

import orjson

from opensepsis.data.decode.facts import Problem, Resource
from opensepsis.data.decode.fhir.bundle import Entry
from opensepsis.data.decode.fhir.context import (
    MessageContext,
    codings,
    in_words,
    kept_as,
    kept_line,
    kept_name,
)
from opensepsis.data.decode.fhir.identity import subject_of
from opensepsis.data.decode.fhir.reference import Reference, read_reference
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.intake.maps import map_rows

WITH_ITS_CULTURE = "an organism: it counts with the culture in which it grew"
OF_ANOTHER = "an organism whose culture is another patient's"
_OF_A_CULTURE = ("subject", "code", "specimen", "effectiveDateTime", "effectivePeriod", "effectiveInstant")
_OWN = ("resourceType", "id", "status", "subject", "meta", "issued", "derivedFrom")
Read = Callable[[dict, MessageContext, DecodeResult], None]


@cache
def systems_of(means: str) -> tuple[str, ...]:
    """The code systems of organisms, or of susceptibilities."""
    return tuple(row["system"].lower() for row in map_rows("fhir_organisms") if row["means"] == means)


def is_organism(resource: dict) -> bool:
    """Whether the code of an Observation names an organism."""
    return any(system in systems_of("organism") for system, _ in codings(resource.get("code")))


def read_organism(resource: dict, scene: MessageContext, into: DecodeResult, read: Read) -> None:
    """Reads an organism as its culture would be read that names it; one that comes before its culture is kept until then."""
    cultures = [one for one in map(read_reference, resource.get("derivedFrom") or ()) if one.name]
    found = next(filter(None, (scene.entry_of(one, ("Observation",)) for one in cultures)), None)
    if found is None:
        into.problems.append(Problem("unused", WITH_ITS_CULTURE))
        for name in filter(None, (_waiting_for(one, scene) for one in cultures)):
            into.facts.append(_waiting_with(resource, name, scene))
    elif subject_of(resource, scene) != subject_of(found.resource, scene):
        into.problems.append(Problem("dead", OF_ANOTHER))
    else:
        read(_as_culture(resource, found.resource), scene, into)


def keep_culture(resource: dict, scene: MessageContext, into: DecodeResult, read: Read) -> None:
    """Keeps what organisms of later messages need of a culture, and reads those that came before it."""
    if not scene.entry.name or scene.entry.holder is not None or resource.get("derivedFrom"):
        return
    own = Reference("literal", "Observation", scene.entry.name, scene.entry.base)
    if name := kept_name(scene.message.feed, own, scene.is_own(own.base), ("Observation",)):
        said = {part: resource[part] for part in ("resourceType", "id", *_OF_A_CULTURE) if part in resource}
        into.facts.append(Resource(name, kept_line(said, scene.entry.address)))
    for one in _waiting(_waiting_for(own, scene), scene):
        entry = Entry(one["resource"], scene.entry.place, one["address"], bundle=scene.entry.bundle)
        if subject_of(one["resource"], scene) == subject_of(resource, scene):
            read(_as_culture(one["resource"], resource), scene.at(entry), into)


class OrganismOfCulture(dict):
    """An Observation of a culture whose value is the name of an organism, in whatever words."""


def _as_culture(organism: dict, culture: dict) -> OrganismOfCulture:
    taken = {name: culture[name] for name in _OF_A_CULTURE if name in culture}
    own = {name: organism[name] for name in _OWN if name in organism}
    return OrganismOfCulture({**taken, **own, "valueString": in_words(organism.get("code"))})


def _waiting_for(culture: Reference, scene: MessageContext) -> str:
    name = kept_name(scene.message.feed, culture, scene.is_own(culture.base), ("Observation",))
    return f"{name} organisms" if name else ""


def _waiting(name: str, scene: MessageContext) -> list[dict]:
    held = scene.kept(name) if name else None
    return orjson.loads(held.said)["waiting"] if held else []


def _waiting_with(resource: dict, name: str, scene: MessageContext) -> Resource:
    before = [one for one in _waiting(name, scene) if one["resource"].get("id") != resource.get("id")]
    said = {part: resource[part] for part in ("code", *_OWN) if part in resource}
    waiting = [*before, kept_as(said, scene.entry.address)]
    return Resource(name, orjson.dumps({"waiting": waiting}).decode())
