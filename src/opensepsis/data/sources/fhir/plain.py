"""Resources of the usual plain form: what the reader said of the first that says a thing holds for all that say the same.

A bulk export repeats itself: the same code with the same unit and number, for another patient at another time. The reader
(`data/decode/fhir`) is asked once for each thing said, and its answer is kept with blanks for patient, times and origin. Whatever has
more to it (contained resources, a patient by identifier, several values) goes to the reader every time.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from opensepsis.data.decode import facts as told
from opensepsis.data.decode.facts import Charted, Rejected, Said, Voided
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.sources.fhir.counting import Outcome, outcome_of

SIMPLE = ("final", "preliminary", "registered", "unknown")
_GIVEN = ("completed", "not-done", "unknown")
_DONE = ("completed", "unknown")
NAME = r"^[^/|?# \t\n]+$"
_is_name = re.compile(NAME).fullmatch
Raw = msgspec.Raw
NOTHING = Raw()


class Reference(msgspec.Struct):
    """A reference to a resource that stands by itself."""

    reference: str = ""
    display: str = ""
    # what is never plain
    type: None = None
    identifier: None = None


def is_plain_reference(text: str, kind: str) -> bool:
    """Whether a reference is that of a resource of this export by its id, and no other form of it.

    >>> is_plain_reference("Specimen/7", "Specimen"), is_plain_reference("https://a.example/Specimen/7", "Specimen")
    (True, False)
    """
    named, _, name = text.partition("/")
    return named == kind and _is_name(name) is not None


class _Period(msgspec.Struct):
    start: str | None = None
    end: str | None = None


class _Meta(msgspec.Struct):
    versionId: str | None = None
    lastUpdated: str | None = None
    profile: Raw = NOTHING
    security: Raw = NOTHING
    tag: Raw = NOTHING

    @property
    def is_labelled(self) -> bool:
        """Whether a label may say that it is test data."""
        return b"test" in bytes(self.security).lower() or any(
            word in bytes(self.tag).lower() for word in (b"test", b"training")
        )


class Resource(msgspec.Struct, gc=False):
    """As much of a resource as tells what it says; one that has what is never plain cannot be decoded as this."""

    resourceType: str
    id: str = ""
    status: str = ""
    meta: _Meta | None = None
    subject: Raw = NOTHING
    code: Raw = NOTHING
    effectiveDateTime: str | None = None
    effectivePeriod: _Period | None = None
    issued: str | None = None
    valueQuantity: Raw = NOTHING
    valueString: str | None = None
    valueCodeableConcept: Raw = NOTHING
    valueInteger: Raw = NOTHING
    valueBoolean: Raw = NOTHING
    valueRange: Raw = NOTHING
    valueRatio: Raw = NOTHING
    valueTime: Raw = NOTHING
    valueDateTime: Raw = NOTHING
    component: Raw = NOTHING
    dataAbsentReason: Raw = NOTHING
    note: Raw = NOTHING
    bodySite: Raw = NOTHING
    method: Raw = NOTHING
    referenceRange: Raw = NOTHING
    derivedFrom: Raw = NOTHING  # read only to tell an organism of a culture
    specimen: Reference | None = None
    medicationCodeableConcept: Raw = NOTHING
    medicationReference: Reference | None = None
    dosage: Raw = NOTHING
    request: Reference | None = None
    intent: str = ""
    doNotPerform: bool = False
    category: Raw = NOTHING
    reportedBoolean: bool = False
    authoredOn: str | None = None
    dosageInstruction: Raw = NOTHING
    verificationStatus: Raw = NOTHING
    clinicalStatus: Raw = NOTHING
    encounter: Raw = NOTHING
    recordedDate: str | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Raw = NOTHING
    abatementDateTime: str | None = None
    performedDateTime: str | None = None
    performedPeriod: _Period | None = None
    # what is never plain
    hasMember: None = None
    contained: None = None
    focus: None = None
    effectiveTiming: None = None
    effectiveInstant: None = None
    implicitRules: None = None
    modifierExtension: None = None
    statusReason: None = None
    patient: None = None
    valueSampledData: None = None
    valuePeriod: None = None
    valueDecimal: None = None
    valueAttachment: None = None
    valueReference: None = None

    @property
    def again(self) -> bool:
        """Whether this is a later version."""
        return self.meta is not None and self.meta.versionId not in (None, "", "1")


decode = msgspec.json.Decoder(Resource).decode
decode_reference = msgspec.json.Decoder(Reference).decode


_KEPT_BEFORE = ("Observation/", "MedicationRequest/")


class Moments(NamedTuple):
    """The times of one resource: what its answer is filled with."""

    start: int
    end: int | None
    known: int


class Blank(NamedTuple):
    """A row without patient, times and origin: which of the times stand in `time` and `end`, and what follows the origin."""

    void: bool
    concept: str | None = None
    time: str | None = None
    end: str | None = None
    value: float | None = None
    text: str | None = None
    whole: float | None = None
    weigh: str | None = None
    suffix: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the reader said of a resource, with blanks for patient, times and origin, and what the resource came to."""

    facts: tuple[Blank, ...]
    outcome: Outcome


def patient_of(subject: bytes) -> str:
    """The id of the patient where a plain reference names it; else empty.

    >>> patient_of(b'{"reference": "Patient/7"}'), patient_of(b'{"reference": "Group/7"}')
    ('7', '')
    """
    return id_in(subject, "Patient")


def id_in(said: bytes, kind: str) -> str:
    """The id in a plain reference to a resource of a kind; else empty.

    >>> id_in(b'{"reference": "Encounter/7"}', "Encounter")
    '7'
    """
    try:
        reference = decode_reference(said).reference
    except msgspec.MsgspecError:
        return ""
    named, _, name = reference.partition("/")
    return name if named == kind and _is_name(name) else ""


def given(said: Resource) -> tuple | None:
    """What an administration says, without whom and when; None where it has no drug, or two."""
    drug = _drug(said)
    if drug is None:
        return None
    profile = bytes(said.meta.profile) if said.meta else b""
    period = said.effectivePeriod
    times = bool(said.effectiveDateTime), period is not None and (bool(period.start), bool(period.end))
    return "given", said.status, drug, profile, bytes(said.dosage), times, bytes(said.note)


def ordered(said: Resource) -> tuple | None:
    """What an order says, without whom and when; None where it has no drug, or two."""
    drug = _drug(said)
    if drug is None:
        return None
    kind = bytes(said.category), said.reportedBoolean
    return "ordered", said.status, drug, said.intent, said.doNotPerform, bytes(said.dosageInstruction), kind


def diagnosed(said: Resource) -> tuple | None:
    """What a diagnosis says, without whom and when; None of one with a time that is none of those, or that is over."""
    if said.abatementDateTime or said.onsetPeriod or not said.code:
        return None
    return "diagnosed", bytes(said.verificationStatus), bytes(said.code), bytes(said.clinicalStatus)


def done(said: Resource) -> tuple | None:
    """What a procedure says, without whom and when; None of one with two kinds of time, or with part of one."""
    period = said.performedPeriod
    whole = period is not None and bool(period.start and period.end)
    if whole == bool(said.performedDateTime) or (period is not None and not whole) or not said.code:
        return None
    return "done", said.status, bytes(said.code), whole


def without_dose(key: tuple) -> tuple | None:
    """As much of what a dose or an order says as tells whether any list has the drug; None where its amount or route cannot be read."""
    given = key[0] == "given"
    try:
        (_dosage if given else _instructions)((key[4] if given else key[5]) or b"null")
    except msgspec.MsgspecError:
        return None
    return key[:4] if given else key[:5]


def is_plain(said: Resource) -> bool:
    """Whether what holds for this resource holds for all that say the same."""
    match said.resourceType:
        case "Observation":
            return said.status in SIMPLE and bool(said.code)
        case "MedicationAdministration":
            return not said.again and _is_plain_dose(said)
        case "MedicationRequest":
            return not said.again and bool(said.authoredOn) and said.status != "entered-in-error"
        case "Condition":
            return not said.again
        case "Procedure":
            return not said.again and said.status in _DONE
    return False


def beside_quantity(said: Resource) -> tuple | None:
    """What an Observation says beside a quantity; None where that is nothing."""
    if (
        said.valueString is None and said.component is NOTHING and said.note is NOTHING and said.dataAbsentReason is NOTHING
        and said.valueCodeableConcept is NOTHING and said.valueInteger is NOTHING and said.valueBoolean is NOTHING
        and said.valueRange is NOTHING and said.valueRatio is NOTHING and said.valueTime is NOTHING and said.valueDateTime is NOTHING
        and said.bodySite is NOTHING and said.method is NOTHING
    ):  # fmt: skip
        return None
    parts = (
        said.valueCodeableConcept, said.component, said.dataAbsentReason, said.note, said.valueInteger, said.valueBoolean, said.valueRange,
        said.valueRatio, said.valueTime, said.valueDateTime, said.bodySite, said.method,
    )  # fmt: skip
    return said.valueString, *(bytes(part) for part in parts)


def needs_range(said: Resource) -> bool:
    """Whether the unit is that of the reference range: of a number that is sent without a unit."""
    quantity = bytes(said.valueQuantity)
    return said.valueString is not None or not (b'"unit"' in quantity or b'"code"' in quantity)


class _Quantity(msgspec.Struct):
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    value: float | None = None


class _Ratio(msgspec.Struct):
    numerator: _Quantity | None = None
    denominator: _Quantity | None = None


class _Coding(msgspec.Struct):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class _Concept(msgspec.Struct):
    coding: list[_Coding] | None = None
    text: str | None = None


class _Dosage(msgspec.Struct):
    dose: _Quantity | None = None
    rateQuantity: _Quantity | None = None
    rateRatio: _Ratio | None = None
    route: _Concept | None = None
    method: _Concept | None = None


_dosage = msgspec.json.Decoder(_Dosage | None).decode
_instructions = msgspec.json.Decoder(list[_Dosage] | None).decode
_quantity = msgspec.json.Decoder(_Quantity).decode


def unit_of(quantity: Raw) -> tuple | None:
    """The unit of a Quantity, in every form that it has; empty without one or without a number, None where it cannot be read."""
    if not quantity:
        return ()
    try:
        said = _quantity(quantity)
    except msgspec.MsgspecError:
        return None
    return () if said.value is None else (said.unit, said.system, said.code)


def _is_plain_dose(said: Resource) -> bool:
    period = said.effectivePeriod
    if said.status not in _GIVEN or (period is not None) == bool(said.effectiveDateTime):
        return False
    return period is None or bool(period.start and period.end)


def _drug(said: Resource) -> bytes | str | None:
    reference = said.medicationReference
    if bool(said.medicationCodeableConcept) == (reference is not None):
        return None
    # what a reference leads to is asked beside: the same drug may have another id
    return bytes(said.medicationCodeableConcept) if reference is None else reference.display


def emptied(read: DecodeResult, patient: str, origin: str, moments: Moments) -> Answer | None:
    """The reader's answer with blanks; None where it holds more than patient, times and origin can fill, or is refused."""
    outcome = outcome_of(read)
    facts = [_blank(fact, patient, origin, moments) for fact in read.facts if not _makes_no_row(fact)]
    blanks = tuple(blank for blank in facts if blank is not None)
    if outcome.refused or len(blanks) < len(facts):
        return None
    return Answer(blanks, outcome)


def _makes_no_row(fact: Said) -> bool:
    """What is only told, and what a ward keeps of a culture or an order: an export is read twice for those."""
    kept = isinstance(fact, told.Resource) and any(kind in fact.patient for kind in _KEPT_BEFORE)
    return isinstance(fact, Rejected) or kept


def _blank(fact: Said, patient: str, origin: str, moments: Moments) -> Blank | None:
    """A row, and which of the times stand in `time` and `end`."""
    if isinstance(fact, Voided):
        whole = fact.patient == patient and fact.known == moments.known
        return (
            Blank(True, suffix=_suffix(fact.origin, origin))
            if whole and fact.origin.startswith(origin)
            else None
        )
    if not isinstance(fact, Charted) or fact.patient != patient:
        return None
    event, own = fact.event, str(fact.event.origin)
    time, end = _which(event.time, moments), None if event.end is None else _which(event.end, moments)
    known = event.known == moments.known and f"{own} ".startswith(f"{origin} ")
    if not known or not time or end == "":
        return None
    return Blank(
        False, event.concept, time, end, event.value, event.text, fact.whole, fact.weigh, _suffix(own, origin)
    )


def _suffix(own: str, origin: str) -> str | None:
    return own.removeprefix(origin) or None


def _which(time: int, moments: Moments) -> str:
    return "start" if time == moments.start else "end" if time == moments.end else ""
