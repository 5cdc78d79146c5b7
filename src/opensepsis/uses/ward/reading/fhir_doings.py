"""What was given, ordered, done or decided: MedicationAdministration, MedicationRequest, Procedure, Condition, Flag, Consent."""

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.chart import Event
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Charted, NotScored, Voided
from opensepsis.uses.ward.reading.charting import Reading, in_own_word
from opensepsis.uses.ward.reading.drugs import Drug, administer
from opensepsis.uses.ward.reading.fhir_scene import Scene, in_words
from opensepsis.uses.ward.reading.standing import standing_order

GIVEN = ("completed", "in-progress", "stopped", "on-hold")
DRUG_SYSTEMS = ("rxnorm", "atc", "whocc.no")
PREGNANT = ("77386006", "Z33", "Z33.1")  # SNOMED CT, ICD-10, ICD-10-CM
SUPPORT = {
    "40617009": "ventilation", "ventilation": "ventilation", "302497006": "dialysis", "dialysis": "dialysis", "oxygen": "oxygen",
    "57485005": "oxygen", "233573008": "ecmo", "ecmo": "ecmo",
}  # fmt: skip


def read_administration(resource: dict, scene: Scene, into: Reading) -> None:
    """A drug that was given; what was not done is shown, what was entered in error is taken back."""
    patient, status = scene.patient(resource), resource.get("status", "")
    if not patient:
        into.problems.append(Problem("dead", "the MedicationAdministration has no patient"))
        return
    period, dosage = resource.get("effectivePeriod") or {}, resource.get("dosage") or {}
    start = scene.moment(resource.get("effectiveDateTime") or period.get("start"))
    rate, dose = dosage.get("rateQuantity") or {}, dosage.get("dose") or {}
    amount = rate or dose
    name, codes = _drug(resource)
    drug = Drug(
        patient=patient,
        name=name,
        codes=codes,
        route=in_words(dosage.get("route")) or "iv" if rate else in_words(dosage.get("route")),
        start=start,
        end=scene.moment(period.get("end")),
        known=scene.stated(resource),
        origin=f"fhir MedicationAdministration/{resource.get('id', '')}",
        status="withdrawn" if status == "entered-in-error" else "given" if status in GIVEN else "not given",
        amount=amount.get("value"),
        unit=amount.get("code") or amount.get("unit") or "",
        later=scene.said_again(resource),
    )
    administer(drug, scene.message.received, into)
    if drug.later and (not rate or drug.status != "given"):  # of one dose the last version; of rates each
        into.facts.append(Voided(patient, drug.origin, drug.filed(scene.message.received)))


def read_request(resource: dict, scene: Scene, into: Reading) -> None:
    """A drug that was ordered."""
    patient = scene.patient(resource)
    if not patient or resource.get("intent") not in (
        "order",
        "instance-order",
        "original-order",
        "filler-order",
    ):
        return
    gone = resource.get("status") in ("cancelled", "entered-in-error", "draft")
    name, codes = _drug(resource)
    routes = [in_words(d.get("route")) for d in resource.get("dosageInstruction") or () if d.get("route")]
    drug = Drug(
        patient=patient,
        name=name,
        codes=codes,
        route=routes[0] if routes else "",
        start=scene.moment(resource.get("authoredOn")),
        end=None,
        known=scene.stated(resource),
        origin=f"fhir MedicationRequest/{resource.get('id', '')}",
        status="not given" if gone else "ordered",
    )
    administer(drug, scene.message.received, into)
    if gone:
        into.facts.append(Voided(patient, drug.origin, scene.stated(resource) + 1))


def _drug(resource: dict) -> tuple[str, tuple[str, ...]]:
    concept = resource.get("medicationCodeableConcept") or {}
    codings = concept.get("coding") or ()
    codes = tuple(
        str(c["code"])
        for c in codings
        if any(s in c.get("system", "").lower() for s in DRUG_SYSTEMS) and c.get("code")
    )
    display = (resource.get("medicationReference") or {}).get("display", "")
    return in_words(concept) or display, codes


def read_service_request(resource: dict, scene: Scene, into: Reading) -> None:
    """An order is shown; comfort care and SpO₂ scale 2 by order take effect."""
    patient, time = scene.patient(resource), scene.moment(resource.get("authoredOn"))
    if not patient or time is None:
        return
    if _ordered(resource, patient, time, scene, into):
        return
    words = in_words(resource.get("code"))
    into.facts.append(NotScored(patient, time, words, "an order: nothing was taken or given yet"))


def _ordered(resource: dict, patient: str, time: int, scene: Scene, into: Reading) -> bool:
    """Comfort care or SpO₂ scale 2, if that is what a resource says."""
    concept = standing_order(_everything(resource))
    if not concept:
        return False
    period = resource.get("period") or resource.get("occurrencePeriod") or {}
    gone = resource.get("status") in ("entered-in-error", "rejected")
    ended = resource.get("status") in ("inactive", "completed", "revoked")
    end = scene.moment(period.get("end")) or (scene.stated(resource) if ended else None)
    known = scene.stated(resource) + 2 * gone
    origin = f"fhir {resource['resourceType']}/{resource.get('id', '')}"
    event = Event(concept, time, time if gone else end, known, None, None if gone else "ordered", origin)
    into.facts.append(Charted(patient, event))
    if gone:
        into.facts.append(Voided(patient, origin, known))
    return True


def _everything(resource: dict) -> str:
    """All codes and words by which a resource says what it is."""
    concepts = [resource.get("code") or {}, *(resource.get("category") or ()), *_provisions(resource)]
    words = [
        w
        for c in concepts
        for w in (
            c.get("text", ""),
            *(str(x.get(n, "")) for x in c.get("coding") or () for n in ("code", "display")),
        )
    ]
    return " ".join(words).lower()


def _provisions(resource: dict) -> list[dict]:
    return list((resource.get("provision") or {}).get("code") or ())


def read_consent(resource: dict, scene: Scene, into: Reading) -> None:
    """Comfort care, or the order for SpO₂ scale 2, as a Flag or Consent."""
    patient, period = scene.patient(resource), resource.get("period") or {}
    time = scene.moment(period.get("start") or resource.get("dateTime")) or scene.stated(resource)
    if patient:
        _ordered(resource, patient, time, scene, into)


def read_procedure(resource: dict, scene: Scene, into: Reading) -> None:
    """Support as an interval: ventilation, dialysis, oxygen, ECMO."""
    _void_if_wrong(resource, resource.get("status"), scene, into)
    patient, said = scene.patient(resource), _everything(resource)
    concept = next((c for word, c in SUPPORT.items() if word in said), None)
    period = resource.get("performedPeriod") or {}
    start = scene.moment(period.get("start") or resource.get("performedDateTime"))
    if (
        not patient
        or concept is None
        or start is None
        or resource.get("status") in ("not-done", "preparation")
    ):
        return
    gone = resource.get("status") == "entered-in-error"
    words = in_words(resource.get("code")).partition(": ")[2] or None
    end = start if gone else scene.moment(period.get("end"))
    if words and not gone and (words := in_own_word(concept, words, patient, start, into)) is None:
        return
    known = scene.stated(resource) + 2 * gone
    origin = f"fhir Procedure/{resource.get('id', '')}"
    into.facts.append(
        Charted(patient, Event(concept, start, end, known, None, None if gone else words, origin))
    )


def read_condition(resource: dict, scene: Scene, into: Reading) -> None:
    """A diagnosis by its code; it counts from when it was recorded."""
    patient = scene.patient(resource)
    checked = ((resource.get("verificationStatus") or {}).get("coding") or [{}])[0].get("code")
    if _void_if_wrong(resource, checked, scene, into):
        return
    codings = (resource.get("code") or {}).get("coding") or ()
    if patient and any(str(c.get("code", "")) in PREGNANT for c in codings):
        _pregnancy(resource, patient, scene, into)
    code = next((str(c.get("code", "")) for c in codings if "icd" in c.get("system", "").lower()), "")
    recorded = scene.moment(resource.get("recordedDate") or resource.get("onsetDateTime"))
    if patient and code and recorded is not None and "diagnosis" in CONCEPTS:
        origin = f"fhir Condition/{resource.get('id', '')}"
        into.facts.append(
            Charted(patient, Event("diagnosis", recorded, None, scene.stated(resource), None, code, origin))
        )


def _void_if_wrong(resource: dict, status: str | None, scene: Scene, into: Reading) -> bool:
    """Whether a resource says of itself that it is wrong; then whatever it said before is void."""
    patient, wrong = scene.patient(resource), status in ("entered-in-error", "refuted")
    if patient and wrong:
        origin = f"fhir {resource['resourceType']}/{resource.get('id', '')}"
        into.facts.append(Voided(patient, origin, scene.stated(resource) + 2))
    return wrong


def _pregnancy(resource: dict, patient: str, scene: Scene, into: Reading) -> None:
    """A diagnosis of pregnancy: active, or over."""
    standing = ((resource.get("clinicalStatus") or {}).get("coding") or [{}])[0].get("code", "active")
    time = scene.moment(resource.get("recordedDate") or resource.get("onsetDateTime")) or scene.stated(
        resource
    )
    over = None if standing in ("active", "recurrence", "relapse") else "not pregnant"
    if over:
        time = scene.moment(resource.get("abatementDateTime")) or scene.stated(resource)
    origin = f"fhir Condition/{resource.get('id', '')}"
    event = Event(PREGNANCY.name, time, None, scene.stated(resource), None, over or "pregnant", origin)
    into.facts.append(Charted(patient, event))
