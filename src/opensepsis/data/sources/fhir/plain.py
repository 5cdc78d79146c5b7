"""Resources of the usual plain form: what the reader said of the first that says a thing holds for all that say the same.

A bulk export repeats itself: the same code with the same unit and number, for another patient at another time. The reader
(`data/decode/fhir`) is asked once for each thing said, and its answer is kept with blanks for patient, times and origin. Whatever has
more to it (parts, contained resources, later versions, a patient by identifier) goes to the reader every time.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from opensepsis.data.decode.facts import Charted, Rejected, Said
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.sources.fhir.counting import Outcome, outcome_of

MOST = 400_000  # answers at hand
_SIMPLE = ("final", "preliminary", "registered", "unknown")
_GIVEN = ("completed", "not-done", "unknown")
_is_name = re.compile(r"[^/|?# \t]+").fullmatch
Raw = msgspec.Raw
NOTHING = Raw()


class _Reference(msgspec.Struct):
    reference: str = ""
    type: str = ""
    display: str = ""
    identifier: Raw = NOTHING


class _Period(msgspec.Struct):
    start: str | None = None
    end: str | None = None


class _Meta(msgspec.Struct):
    versionId: str | None = None
    lastUpdated: str | None = None
    profile: Raw = NOTHING


class Resource(msgspec.Struct):
    """As much of a resource as tells whether it is plain, and what it says."""

    resourceType: str
    id: str = ""
    status: str = ""
    meta: _Meta | None = None
    subject: _Reference | None = None
    code: Raw = NOTHING
    effectiveDateTime: str | None = None
    effectivePeriod: _Period | None = None
    issued: str | None = None
    valueQuantity: Raw = NOTHING
    valueString: Raw = NOTHING
    valueCodeableConcept: Raw = NOTHING
    dataAbsentReason: Raw = NOTHING
    note: Raw = NOTHING
    referenceRange: Raw = NOTHING
    specimen: _Reference | None = None
    medicationCodeableConcept: Raw = NOTHING
    medicationReference: _Reference | None = None
    dosage: Raw = NOTHING
    request: _Reference | None = None
    intent: str = ""
    doNotPerform: bool = False
    authoredOn: str | None = None
    dosageInstruction: Raw = NOTHING
    # what is never plain
    component: Raw = NOTHING
    hasMember: Raw = NOTHING
    derivedFrom: Raw = NOTHING  # read only to tell an organism of a culture
    contained: Raw = NOTHING
    focus: Raw = NOTHING
    effectiveTiming: Raw = NOTHING
    effectiveInstant: Raw = NOTHING
    implicitRules: Raw = NOTHING
    patient: Raw = NOTHING
    valueInteger: Raw = NOTHING
    valueBoolean: Raw = NOTHING
    valueRange: Raw = NOTHING
    valueRatio: Raw = NOTHING
    valueSampledData: Raw = NOTHING
    valueTime: Raw = NOTHING
    valueDateTime: Raw = NOTHING
    valuePeriod: Raw = NOTHING
    valueDecimal: Raw = NOTHING
    valueAttachment: Raw = NOTHING
    valueReference: Raw = NOTHING

    @property
    def version(self) -> str:
        """Its version; empty where the sender counts none."""
        return (self.meta.versionId if self.meta else None) or ""

    @property
    def updated(self) -> str | None:
        """When its server changed it last."""
        return self.meta.lastUpdated if self.meta else None


decode = msgspec.json.Decoder(Resource).decode


def _has_more(said: Resource) -> bool:
    """Whether a resource holds what is never plain."""
    return bool(
        said.component or said.hasMember or said.contained or said.focus or said.effectiveTiming or said.effectiveInstant
        or said.implicitRules or said.patient or said.valueInteger or said.valueBoolean or said.valueRange or said.valueRatio
        or said.valueSampledData or said.valueTime or said.valueDateTime or said.valuePeriod or said.valueDecimal
        or said.valueAttachment or said.valueReference
    )  # fmt: skip


class Moments(NamedTuple):
    """The times of one resource: what its answer is filled with."""

    start: int
    end: int | None
    known: int


@dataclass(frozen=True)
class Answer:
    """What the reader said of a resource, with blanks for patient, times and origin, and what the resource came to."""

    facts: tuple[tuple[Charted, str, str], ...]
    outcome: Outcome


def subject_of(resource: Resource) -> str:
    """The id of its patient where a plain reference names it; else empty."""
    said = resource.subject
    if said is None or said.type or said.identifier:
        return ""
    kind, _, name = said.reference.partition("/")
    return name if kind == "Patient" and _is_name(name) else ""


def key_of(resource: Resource, line: bytes) -> tuple | None:
    """What a resource says, without whom and when; None where it is not plain."""
    if b"modifierExtension" in line or not _is_name(resource.id):
        return None
    if resource.version not in ("", "1") or _has_more(resource):
        return None
    match resource.resourceType:
        case "Observation":
            return _observed(resource)
        case "MedicationAdministration":
            return _given(resource)
        case "MedicationRequest":
            return _ordered(resource)
    return None


def short_key_of(resource: Resource, key: tuple, beside: str) -> tuple:
    """As much of a key as says whether any list has the code or the drug."""
    if resource.resourceType == "Observation":
        return (*key[:3], _unit(resource.valueQuantity), beside)
    if resource.resourceType == "MedicationAdministration":
        return (*key[:3], beside)
    return (*key[:5], beside)


class _Quantity(msgspec.Struct):
    unit: str | None = None
    system: str | None = None
    code: str | None = None


_quantity = msgspec.json.Decoder(_Quantity).decode


def _unit(quantity: Raw) -> tuple:
    if not quantity:
        return ()
    said = _quantity(quantity)
    return said.unit, said.system, said.code


def _observed(said: Resource) -> tuple | None:
    if said.status not in _SIMPLE or said.effectivePeriod or not said.effectiveDateTime or not said.code:
        return None
    quantity, text, coded = (
        bytes(said.valueQuantity),
        bytes(said.valueString),
        bytes(said.valueCodeableConcept),
    )
    several = (quantity and (text or coded)) or (text and coded)
    if several or (said.specimen and said.specimen.identifier):
        return None
    absent, note = bytes(said.dataAbsentReason), bytes(said.note)
    # a text has no unit of its own: that of its reference range counts
    text_range = bytes(said.referenceRange) if text else b""
    return "Observation", said.status, bytes(said.code), quantity, text, coded, absent, note, text_range


def _given(said: Resource) -> tuple | None:
    period, dosage = said.effectivePeriod, bytes(said.dosage)
    if said.status not in _GIVEN or bool(period) == bool(said.effectiveDateTime):
        return None
    if period and (not period.start or not period.end):
        return None
    drug, profile = _drug(said), bytes(said.meta.profile) if said.meta else b""
    return (
        None
        if drug is None
        else ("MedicationAdministration", said.status, drug, profile, dosage, bool(period))
    )


def _ordered(said: Resource) -> tuple | None:
    drug = _drug(said)
    if drug is None or not said.authoredOn or said.status == "entered-in-error":
        return None
    parts = (said.status, said.intent, said.doNotPerform, drug, bytes(said.dosageInstruction))
    return ("MedicationRequest", *parts)


def _drug(said: Resource) -> bytes | str | None:
    reference = said.medicationReference
    if bool(said.medicationCodeableConcept) == bool(reference):
        return None
    if reference is None:
        return bytes(said.medicationCodeableConcept)
    # what it leads to is asked beside: the same drug may have another id
    return None if reference.identifier else f"{reference.type} {reference.display}"


def emptied(read: DecodeResult, patient: str, origin: str, moments: Moments) -> Answer | None:
    """The reader's answer with blanks; None where it holds more than patient, times and origin can fill, or is refused."""
    outcome = outcome_of(read)
    facts = [_blank(fact, patient, origin, moments) for fact in read.facts if not isinstance(fact, Rejected)]
    blanks = tuple(blank for blank in facts if blank is not None)
    if outcome.refused or len(blanks) < len(facts):
        return None
    return Answer(blanks, outcome)


def _blank(fact: Said, patient: str, origin: str, moments: Moments) -> tuple[Charted, str, str] | None:
    """A row, and which of the times stand in `time` and `end`."""
    if not isinstance(fact, Charted) or fact.patient != patient:
        return None
    event = fact.event
    time, end = _which(event.time, moments), "none" if event.end is None else _which(event.end, moments)
    known = event.origin == origin and event.known == moments.known
    return (fact, time, end) if known and time and end else None


def _which(time: int, moments: Moments) -> str:
    return "start" if time == moments.start else "end" if time == moments.end else ""
