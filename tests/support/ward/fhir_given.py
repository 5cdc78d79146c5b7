"""Drugs that were given or ordered, as FHIR tells them."""

from tests.support.ward.fhir_said import iso

RATE = {
    "rateQuantity": {
        "value": 0.3,
        "unit": "ug/kg/min",
        "system": "http://unitsofmeasure.org",
        "code": "ug/kg/min",
    }
}
IV = {"route": {"text": "IV"}}


def given(name: str = "norepinephrine", **more) -> dict:
    said = {
        "resourceType": "MedicationAdministration", "id": "m", "status": "in-progress", "subject": {"reference": "Patient/7"},
        "medicationCodeableConcept": {"text": name}, "effectivePeriod": {"start": iso(5)}, "dosage": RATE | IV,
    }  # fmt: skip
    return {key: part for key, part in {**said, **more}.items() if part is not None}


def ordered(**more) -> dict:
    said = {
        "resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order", "subject": {"reference": "Patient/7"},
        "medicationCodeableConcept": {"text": "ceftriaxone"}, "authoredOn": iso(5), "dosageInstruction": [IV],
    }  # fmt: skip
    return {**said, **more}
