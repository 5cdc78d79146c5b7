"""Of whom a resource is: the name of its patient (`patient_names.py`), or why nobody can be told."""

from dataclasses import dataclass

from opensepsis.data.decode.facts import Problem, Voided
from opensepsis.data.decode.fhir.bundle import Entry, identifiers
from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.nobody import names_nobody
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.patient_names import named, of_issuer

RECORD_NUMBER = "MR"
VISITS = ("VN", "AN", "PRN")  # of table 0203: they number a visit or an account, not a person
WITHDRAWN = ("entered-in-error", "cancelled")


@dataclass(frozen=True)
class Subject:
    """A patient by name, or why there is none. `other` is what a resource is about that is no patient."""

    patient: str = ""
    reason: str = ""
    other: str = ""


def whose(resource: dict, scene: MessageContext, into: DecodeResult) -> str:
    """The patient of a resource; empty, and the reason told, where it has none."""
    subject = subject_of(resource, scene)
    if subject.patient:
        return subject.patient
    kind, withdrawn = resource["resourceType"], str(resource.get("status") or "") in WITHDRAWN
    void = scene.is_named(resource) and (withdrawn or scene.said_again(resource)) and kind != "Encounter"
    if void:  # what was said before, of whomever, no longer holds
        into.facts.append(Voided("", scene.origin(resource), scene.stated(resource) + 3))
    if subject.other:
        words = f"the {kind} is not about a patient"
        into.problems.append(Problem("unused", words, "subject", subject.other))
    elif not (void and withdrawn):
        into.problems.append(Problem("dead", f"the {kind} has no patient: {subject.reason}"))
    return ""


def subject_of(resource: dict, scene: MessageContext) -> Subject:
    """The patient of `subject` or `patient`; where neither is there, of the encounter."""
    said = resource.get("subject") or resource.get("patient")
    if not said:
        visit = scene.find(resource.get("encounter") or resource.get("context"), "Encounter")
        said = (visit or {}).get("subject")
    return referred(said, scene) if said else Subject(reason="it names none")


def referred(said, scene: MessageContext) -> Subject:
    """The patient that a Reference names."""
    reference = read_reference(said)
    if reference.form == "identifier" and names_nobody(reference.name):
        return Subject(reason="its identifier is a placeholder for an unknown patient")
    if reference.kind and reference.kind != "Patient":
        return Subject(other=reference.kind)
    if (
        reference.form == "identifier"
        and reference.system
        and reference.system == scene.feed.identifier_system
    ):
        return Subject(
            by_identifier(reference.system, reference.name, scene)
        )  # the record number says it itself
    here = scene.here(reference, ("Patient",))
    names = {patient_named(entry, scene).name for entry in here}
    if not here and reference.form == "literal":
        return Subject(by_id(reference.name, reference.base or scene.entry.base, scene))
    if not here and reference.form in ("urn", "identifier"):
        kept = scene.entry_of(reference, ("Patient",))
        names = {patient_named(kept, scene).name} if kept else set()
    if not here and not names and reference.form == "identifier":
        return Subject(by_identifier(reference.system, reference.name, scene))
    if len(names) == 1 and names != {""}:
        return Subject(names.pop())
    if names:
        return Subject(
            reason="its Patient has neither id nor identifier"
            if names == {""}
            else "it may be several Patients"
        )
    other = next(iter(scene.here(reference, NO_PATIENTS)), None)
    return (
        Subject(other=other.resource["resourceType"]) if other else Subject(reason=_REASONS[reference.form])
    )


NO_PATIENTS = (
    "Group",
    "Device",
    "Location",
    "Medication",
    "Substance",
    "Practitioner",
    "RelatedPerson",
    "Specimen",
)
_REASONS = {
    "contained": "the resource holds no such Patient",
    "urn": "the Bundle holds no such entry",
    "": "the reference has no form that R4 knows",
}


def by_id(name: str, base: str, scene: MessageContext) -> str:
    """A patient by the id on a server: the feed's own, or another one by its address."""
    if not scene.is_own(base):
        return named(scene.site.server_space(base), name)
    if scene.feed.identifier_system or not scene.feed.authority:
        return named(scene.site.server_space(scene.message.feed), name)
    return named(of_issuer(scene.feed.authority, scene.feed.taken), name)


def by_identifier(system: str, value: str, scene: MessageContext) -> str:
    """A patient by a business identifier; without a system it is one of the feed's authority."""
    feed = scene.feed
    if system and system != feed.identifier_system:
        return named(of_issuer(system, feed.taken), value)
    if system or feed.authority:
        return named(scene.site.record_space(scene.message.feed), value)
    return named(scene.site.feed_space(scene.message.feed, "identifier"), value)


@dataclass(frozen=True)
class Named:
    """The name of a Patient; `same` are a record number and an id that are the same person's, the number first."""

    name: str = ""
    same: tuple[str, str] | None = None


def patient_named(entry: Entry, scene: MessageContext) -> Named:
    """A Patient by the id that its server knows, else by its record number.

    The id of an entry that is named by a urn, or of a contained Patient, is one of its Bundle only: there the identifier comes first.
    """
    resource, record = entry.resource, best_identifier(entry.resource, scene)
    number = by_identifier(*record, scene) if record else ""
    if entry.holder is not None:
        return Named(number)
    name = entry.name or str(resource.get("id") or "")
    own = by_id(name, entry.base, scene) if name else ""
    passing = entry.address.startswith("urn:") and entry.method != "PUT"
    if number and (passing or not own):
        return Named(number, (number, own) if entry.name else None)
    site = scene.feed.identifier_system
    if own and record and site and record[0] == site and own != number:
        return Named(own, (number, own))
    return Named(own)


def best_identifier(resource: dict, scene: MessageContext) -> tuple[str, str] | None:
    """The record number of a Patient: of the site's system, else one of type MR, else the first that has a system, else the first.

    Of each kind those come last whose period is over, and behind all others the numbers of visits and accounts.
    """
    said = sorted(_listed(resource), key=lambda one: (_is_of_visit(one), _is_over(one)))
    found = [one for one in identifiers({"identifier": said}) if not names_nobody(one[1])]
    numbers = [
        (str(one.get("system") or ""), str(one["value"]))
        for one in said
        if (str(one.get("system") or ""), str(one.get("value"))) in found
        and one.get("use") != "old"
        and any(c.get("code") == RECORD_NUMBER for c in (one.get("type") or {}).get("coding") or ())
    ]
    mine = [one for one in found if scene.feed.identifier_system and one[0] == scene.feed.identifier_system]
    named = [one for one in found if one[0]]
    return next(iter((*mine, *numbers, *named, *found)), None)


def _listed(resource: dict) -> list[dict]:
    said = resource.get("identifier") or ()
    return [one for one in ([said] if isinstance(said, dict) else said) if isinstance(one, dict)]


def _is_of_visit(identifier: dict) -> bool:
    return any(c.get("code") in VISITS for c in (identifier.get("type") or {}).get("coding") or ())


def _is_over(identifier: dict) -> bool:
    return bool((identifier.get("period") or {}).get("end"))
