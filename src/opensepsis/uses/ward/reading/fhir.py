"""FHIR R4 resources and bundles as facts; a tolerant reader of plain JSON. Fields: codes.md section 6."""

from collections.abc import Callable

import orjson

from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.charting import Reading
from opensepsis.uses.ward.reading.fhir_doings import (
    read_administration,
    read_condition,
    read_consent,
    read_procedure,
    read_request,
    read_service_request,
)
from opensepsis.uses.ward.reading.fhir_people import read_encounter, read_patient
from opensepsis.uses.ward.reading.fhir_results import read_observation, read_report
from opensepsis.uses.ward.reading.fhir_scene import Scene, scene_of
from opensepsis.uses.ward.reading.site import Site

READERS: dict[str, Callable[[dict, Scene, Reading], None]] = {
    "Patient": read_patient,
    "Encounter": read_encounter,
    "Observation": read_observation,
    "DiagnosticReport": read_report,
    "MedicationAdministration": read_administration,
    "MedicationRequest": read_request,
    "ServiceRequest": read_service_request,
    "Procedure": read_procedure,
    "Condition": read_condition,
    "Flag": read_consent,
    "Consent": read_consent,
}


def key_of(resource: dict) -> str:
    """What makes a resource the same as one that was sent before: its type, id and version.

    >>> key_of({"resourceType": "Observation", "id": "a", "meta": {"versionId": "2"}})
    'Observation/a/2'
    """
    meta = resource.get("meta")
    version = meta.get("versionId", "") if isinstance(meta, dict) else ""
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}/{version}"


def read_fhir(message: Message, site: Site) -> Reading:
    """Every resource of a message: one, or all of a bundle. A resource of another kind says nothing of use."""
    into, said = Reading(), orjson.loads(message.raw)
    resources = list(_resources(said))
    if not resources:
        into.problems.append(Problem("dead", "this is no FHIR resource"))
        return into
    scene = scene_of(message, site, resources)
    for resource in resources:
        reader = READERS.get(resource["resourceType"])
        if reader:
            _read_one(reader, resource, scene, into)
    return into


def _read_one(reader, resource: dict, scene: Scene, into: Reading) -> None:
    """One resource of a bundle that cannot be read does not hide the others."""
    mine = Reading()
    try:
        reader(resource, scene, mine)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        words = f"{resource['resourceType']} could not be read ({type(problem).__name__})"
        into.problems.append(Problem("dead", words))
        return
    into.facts += mine.facts
    into.problems += mine.problems


def _resources(said):
    if not isinstance(said, dict) or "resourceType" not in said:
        return
    if said["resourceType"] != "Bundle":
        yield said
        return
    for entry in said.get("entry") or ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield from _resources(entry["resource"])
