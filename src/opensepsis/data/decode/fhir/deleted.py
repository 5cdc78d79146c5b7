"""A resource that its sender deletes: what it said no longer holds, whosever it was."""

from dataclasses import replace

from opensepsis.data.decode.facts import Problem, Voided
from opensepsis.data.decode.fhir.bundle import Entry
from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.fhir.encounters import deleted_visit
from opensepsis.data.decode.fhir.identity import subject_of
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.observations import DecodeResult

CHARTED = (
    "Observation",
    "DiagnosticReport",
    "MedicationAdministration",
    "MedicationRequest",
    "ServiceRequest",
    "Procedure",
    "Condition",
    "Flag",
    "Consent",
)


def read_deleted(url: str, scene: MessageContext, into: DecodeResult) -> None:
    """Takes back what a resource said; the deletion of a Patient is for a person to decide."""
    reference = read_reference({"reference": url})
    if reference.form != "literal":
        into.problems.append(Problem("dead", "a deletion that names no single resource"))
    elif reference.kind in CHARTED:
        resource = {"resourceType": reference.kind, "id": reference.name}
        place = replace(scene.entry, resource=resource, address=url if reference.base else "", holder=None)
        into.facts.append(Voided("", scene.at(place).origin(resource), scene.message.received + 3))
    elif reference.kind == "Encounter":
        _visit(url, scene, into)
    elif reference.kind == "Patient":
        into.problems.append(
            Problem("dead", "a Patient was deleted: a person must decide whether its values are deleted too")
        )
    else:
        words = "nothing is charted from this kind of resource"
        into.problems.append(Problem("unused", words, "deleted", reference.kind))


def _visit(url: str, scene: MessageContext, into: DecodeResult) -> None:
    said = {"reference": url}
    entry: Entry | None = scene.entry_of(read_reference(said), ("Encounter",))
    patient = subject_of(entry.resource, scene.at(entry)).patient if entry else ""
    if not patient:
        into.problems.append(Problem("dead", "an Encounter was deleted of which nothing is known"))
        return
    now = scene.message.received
    into.facts.append(deleted_visit(said, patient, now, scene))
