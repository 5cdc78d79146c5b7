"""Notifications of a FHIR server about what is subscribed to."""


def parameters(*events: tuple[int, str], kind: str = "event-notification", since: int = 9) -> dict:
    """A status as the backport has it for R4, with the names of its profile."""
    said = [
        {"name": "subscription", "valueReference": {"reference": "Subscription/1"}},
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(since)},
    ]
    for number, focus in events:
        parts = [
            {"name": "event-number", "valueString": str(number)},
            {"name": "focus", "valueReference": {"reference": focus}},
        ]
        said.append({"name": "notification-event", "part": parts})
    return {"resourceType": "Parameters", "parameter": said}


def bundle(status: dict, *resources: dict) -> dict:
    entries = [
        {"resource": status},
        *({"fullUrl": f"https://ehr/Observation/{r['id']}", "resource": r} for r in resources),
    ]
    return {"resourceType": "Bundle", "type": "history", "entry": entries}
