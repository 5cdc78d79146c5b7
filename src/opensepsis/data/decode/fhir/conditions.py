"""Condition: a diagnosis by its code, and pregnancy; it counts from when it was recorded."""

from opensepsis.data.decode.coded_pregnancy import pregnancy_word
from opensepsis.data.decode.facts import Charted, Problem, Rejected, Voided
from opensepsis.data.decode.fhir.context import MessageContext, in_words
from opensepsis.data.decode.fhir.diagnosis_marks import diagnosis_marks
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.observations import WITHOUT_A_CODE
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.intake.diagnosis_codes import diagnosis_in_words
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.person import PREGNANCY

PREGNANT = "77386006"  # of SNOMED CT
WRONG = ("entered-in-error", "refuted")
UNSURE = ("unconfirmed", "provisional", "differential")
ICD = ("icd-10", "icd10", "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.90")
ICD9 = ("icd-9", "icd9", "2.16.840.1.113883.6.103")
STANDING = ("active", "recurrence", "relapse")


def read_condition(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A diagnosis; one that is refuted or wrong is taken back, one that is not confirmed is shown."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    checked, stated, origin = (
        _code(resource.get("verificationStatus")),
        scene.stated(resource),
        scene.origin(resource),
    )
    wrong = checked in WRONG
    if (wrong or scene.said_again(resource)) and scene.is_named(resource):
        into.facts.append(Voided(patient, origin, stated + 2 * wrong))
    if wrong:
        return
    coded = [c for c in (resource.get("code") or {}).get("coding") or () if c.get("code")]
    told = (resource.get("recordedDate"), resource.get("onsetDateTime"), resource.get("onsetPeriod"))
    recorded = scene.first_moment(*told[:2]) if any(told) else _end_of_visit(resource, scene)
    words = in_words(resource.get("code")) or "a condition"
    if checked in UNSURE:
        reason = f"not confirmed: {checked}"
        into.facts.append(Rejected(patient, recorded if recorded is not None else stated, words, reason))
        return
    pregnancy = next((word for c in coded if (word := word_of_pregnancy(c))), None)
    if pregnancy:
        _pregnancy(resource, pregnancy, patient, recorded, scene, into)
    code = next((text for c in coded if (text := _icd(c))), "")
    if not code:
        if not pregnancy:
            system = str(coded[0].get("system") or "") if coded else ""
            said = str(coded[0]["code"]) if coded else WITHOUT_A_CODE
            into.problems.append(Problem("unmapped", "no ICD-9 or ICD-10 code", system, said))
    elif recorded is None:
        into.facts.append(
            Rejected(patient, stated, CONCEPTS["diagnosis"].label, "no time to the minute", words)
        )
    else:
        text = code + diagnosis_marks(resource, scene)
        into.facts.append(Charted(patient, Event("diagnosis", recorded, None, stated, None, text, origin)))


def _icd(coding: dict) -> str:
    """A code of ICD-9 or ICD-10 with its system before it.

    >>> _icd({"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "99592"}), _icd({"system": "http://loinc.org", "code": "1"})
    ('ICD9:995.92', '')
    """
    system = str(coding.get("system") or "").lower()
    if any(name in system for name in ICD9):
        return diagnosis_in_words(f"ICD9:{coding['code']}")
    return diagnosis_in_words(f"ICD10:{coding['code']}") if any(name in system for name in ICD) else ""


def _end_of_visit(resource: dict, scene: MessageContext) -> int | None:
    """When the visit ended, for a diagnosis without any time: it was coded then."""
    visit = scene.find(resource.get("encounter"), "Encounter") or {}
    return scene.moment((visit.get("period") or {}).get("end"))


def _code(concept) -> str:
    return next((str(c["code"]) for c in (concept or {}).get("coding") or () if c.get("code")), "")


def word_of_pregnancy(coding: dict) -> str | None:
    """The word of the concept `pregnancy` for a code of ICD or SNOMED CT; None where it tells none."""
    if str(coding["code"]) == PREGNANT:
        return "pregnant"
    code = _icd(coding)
    return pregnancy_word(code) if code else None


def _pregnancy(
    resource: dict,
    told: str,
    patient: str,
    recorded: int | None,
    scene: MessageContext,
    into: DecodeResult,
) -> None:
    """A diagnosis of pregnancy: active, or over."""
    standing = _code(resource.get("clinicalStatus")) or "active"
    stated, time = scene.stated(resource), recorded
    word = told if standing in STANDING else "not pregnant"
    if standing not in STANDING:
        time = scene.moment(resource.get("abatementDateTime"))
    event = Event(
        PREGNANCY.name, stated if time is None else time, None, stated, None, word, scene.origin(resource)
    )
    into.facts.append(Charted(patient, event))
