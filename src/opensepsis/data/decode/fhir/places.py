"""Where a patient is: the ward and bed of a Location, through the places that it is part of."""

from dataclasses import dataclass

from opensepsis.data.decode.fhir.bundle import Entry
from opensepsis.data.decode.fhir.context import MessageContext, codings
from opensepsis.data.decode.fhir.reference import read_reference

HIGHEST = 6  # bed, room, corridor, ward, level, building
WARD, BED = "wa", "bd"  # of location-physical-type
KINDS = {"ICU": "icu", "PEDICU": "icu", "PEDNICU": "icu", "CCU": "icu", "ER": "emergency"}  # of v3 RoleCode
KINDS |= {"1108-0": "emergency", "1162-7": "observation"}  # of HSLOC, the places of NHSN


@dataclass(frozen=True)
class Place:
    """A ward and a bed; `kind` is hospital, icu, emergency or observation."""

    ward: str = ""
    bed: str = ""
    kind: str = "hospital"


def place_of(said, scene: MessageContext) -> Place:
    """The place of a reference to a Location; where the Location is not known, its display or id is the ward."""
    chain = _chain(said, scene)
    reference = read_reference(said)
    name = reference.display or reference.name
    if not chain:
        ward, kind = scene.site.ward(name)
        return Place(ward, name if name != ward else "", kind)
    names = [_name(entry.resource) for entry in chain]
    listed = next((n for n in names if n in scene.site.wards), "")
    marked = next((n for n, entry in zip(names, chain, strict=True) if _type(entry) == WARD), "")
    above = names[-1] if _type(chain[0]) == BED else names[0]
    ward, kind = scene.site.ward(listed or marked or above or name)
    told = [KINDS[code] for entry in chain for _, code in _types(entry) if code in KINDS]
    bed = names[0] if names[0] not in (ward, listed) else ""
    return Place(ward, bed, told[0] if told and kind == "hospital" else kind)


def _chain(said, scene: MessageContext) -> list[Entry]:
    """A Location and what it is part of, as far as it is known."""
    found: list[Entry] = []
    while said and len(found) < HIGHEST:
        entry = scene.entry_of(read_reference(said), ("Location",))
        if entry is None or any(entry.resource is one.resource for one in found):
            break
        found.append(entry)
        said = entry.resource.get("partOf")
    return found


def _name(location: dict) -> str:
    return str(
        location.get("name") or next(iter(location.get("alias") or ()), "") or location.get("id") or ""
    )


def _type(entry: Entry) -> str:
    return next((code for _, code in codings(entry.resource.get("physicalType"))), "")


def _types(entry: Entry) -> list[tuple[str, str]]:
    return [one for concept in entry.resource.get("type") or () for one in codings(concept)]
