"""FHIR R4 resources and bundles as facts; a tolerant reader of plain JSON. Every resource is used, or it is told why not."""

import re
from collections.abc import Callable

import orjson

from opensepsis.data.decode.facts import Problem, Resource, Voided, in_visit
from opensepsis.data.decode.fhir.bundle import Entry, Unread, entries_of
from opensepsis.data.decode.fhir.conditions import read_condition
from opensepsis.data.decode.fhir.context import Kept, MessageContext, nothing_kept, scene_of, server_name
from opensepsis.data.decode.fhir.deleted import read_deleted
from opensepsis.data.decode.fhir.encounters import read_encounter, visit_of
from opensepsis.data.decode.fhir.kept import READ, keep
from opensepsis.data.decode.fhir.medications import read_administration, read_request
from opensepsis.data.decode.fhir.observations import read_observation, read_report
from opensepsis.data.decode.fhir.orders import read_consent, read_flag, read_service_request
from opensepsis.data.decode.fhir.patients import read_patient
from opensepsis.data.decode.fhir.procedures import read_procedure
from opensepsis.data.decode.fhir.test_data import TEST_DATA, is_test_data
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import Site

READERS: dict[str, Callable[[dict, MessageContext, DecodeResult], None]] = {
    "Patient": read_patient,
    "Encounter": read_encounter,
    "Observation": read_observation,
    "DiagnosticReport": read_report,
    "MedicationAdministration": read_administration,
    "MedicationRequest": read_request,
    "ServiceRequest": read_service_request,
    "Procedure": read_procedure,
    "Condition": read_condition,
    "Flag": read_flag,
    "Consent": read_consent,
}
_KIND = re.compile(r"[A-Za-z]{1,40}$")
LASTING = ("Patient", "Encounter")
AT_THE_BEDSIDE = frozenset((
    "Observation", "DiagnosticReport", "MedicationAdministration", "MedicationRequest", "ServiceRequest", "Procedure",
))  # fmt: skip  # a diagnosis is coded afterwards too
MODIFIED = "a modifier extension or implicit rules change its meaning; the ward supports none"
UNUSED = "the ward does not use this type of resource"


def key_of(resource: dict) -> str:
    """What makes a resource the same as one that was sent before: its type, id and version.

    >>> key_of({"resourceType": "Observation", "id": "a", "meta": {"versionId": "2"}})
    'Observation/a/2'
    """
    meta = resource.get("meta")
    version = meta.get("versionId", "") if isinstance(meta, dict) else ""
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}/{version}"


def read_fhir(message: Message, site: Site, kept: Kept = nothing_kept) -> DecodeResult:
    """Every resource of a message: one, or all of a bundle. `kept` answers what earlier messages said of a resource by its name."""
    into = DecodeResult()
    documents = _documents(message.raw)
    entries = [entry for number, said in enumerate(documents) for entry in entries_of(said, str(number))]
    if not site.training and any(map(_is_test_bundle, documents)):
        into.problems.append(Problem("dead", TEST_DATA))
        return into
    scene = scene_of(message, site, entries, kept)
    if scene.server and not scene.feed.server and not kept(server_name(message.feed)):
        into.facts.append(Resource(server_name(message.feed), scene.server))
    for entry in entries:
        if isinstance(entry, Entry):
            _read_one(entry, scene.at(entry), into)
        elif entry.method == "DELETE":
            read_deleted(entry.url, scene, into)
        else:
            into.problems.append(_refused(entry))
    if not entries:
        into.problems.append(Problem("unused", "the Bundle holds no entry"))
    return into


def _documents(raw: bytes) -> list:
    """The one document of a message, or each of its lines."""
    try:
        return [orjson.loads(raw)]
    except orjson.JSONDecodeError:
        lines = [line for line in raw.split(b"\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [orjson.loads(line) for line in lines]


def _refused(entry: Unread) -> Problem:
    if entry.method in ("GET", "HEAD"):
        return Problem("unused", entry.words, "method", entry.method)
    return Problem("dead", entry.words)


def is_modified(resource: dict) -> bool:
    """Whether a resource, or a part of it, says that it may not be read without knowing an extension."""
    parts = [
        part
        for name, value in resource.items()
        if name != "contained"
        for part in (value if isinstance(value, list) else [value])
    ]
    return bool(resource.get("implicitRules")) or any(
        one.get("modifierExtension") for one in (resource, *parts) if isinstance(one, dict)
    )


def _is_test_bundle(said) -> bool:
    return isinstance(said, dict) and said.get("resourceType") == "Bundle" and is_test_data(said)


def _not_to_be_read(resource: dict, scene: MessageContext) -> str:
    """Why nothing may be taken from a resource that it says; empty where it may."""
    if is_modified(resource):
        return MODIFIED
    return TEST_DATA if is_test_data(resource) and not scene.site.training else ""


def _read_one(entry: Entry, scene: MessageContext, into: DecodeResult) -> None:
    """One resource of a bundle that cannot be read does not hide the others."""
    mine, kind = DecodeResult(), entry.resource["resourceType"]
    reader = READERS.get(kind)
    if reader and (reason := _not_to_be_read(entry.resource, scene)):  # nor does an earlier version hold
        into.problems.append(Problem("dead", reason))
        if kind not in LASTING and scene.is_named(entry.resource):
            into.facts.append(Voided("", scene.origin(entry.resource), scene.stated(entry.resource) + 3))
        return
    try:
        if kind in READ:
            keep(entry.resource, scene, mine)
        if reader:
            reader(entry.resource, scene, mine)
        elif kind not in READ:
            mine.problems.append(
                Problem("unused", UNUSED, "resource", kind if _KIND.match(kind) else "of no known kind")
            )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        named = kind if kind in READERS or kind in READ else "a resource"
        into.problems.append(Problem("dead", f"{named} could not be read ({type(problem).__name__})"))
        return
    visit = visit_of(entry.resource, scene) if kind in AT_THE_BEDSIDE and mine.facts else ""
    into.facts += in_visit(mine.facts, visit)
    into.problems += mine.problems
