"""Orders, flags and consents of comfort care, as FHIR tells them."""

from tests.support.ward.fhir_said import iso

COMFORT = {"coding": [{"system": "http://snomed.info/sct", "code": "133918004", "display": "Comfort care"}]}
ABOUT = {"subject": {"reference": "Patient/7"}, "patient": {"reference": "Patient/7"}}


def order(**more) -> dict:
    said = {
        "resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order", "subject": ABOUT["subject"], "code": COMFORT,
        "authoredOn": iso(5),
    }  # fmt: skip
    return {**said, **more}


def flag(**more) -> dict:
    said = {
        "resourceType": "Flag",
        "id": "f",
        "status": "active",
        "subject": ABOUT["subject"],
        "code": COMFORT,
        "period": {"start": iso(5)},
    }
    return {**said, **more}


def consent(kind: str | None = "permit", **more) -> dict:
    provision = {"code": [COMFORT], **({"type": kind} if kind else {})}
    said = {
        "resourceType": "Consent", "id": "c", "status": "active", "patient": ABOUT["patient"], "provision": provision, "dateTime": iso(5),
    }  # fmt: skip
    return {**said, **more}
