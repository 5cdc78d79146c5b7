"""The audit as FHIR R4 AuditEvent, one per line of it: for a hospital's own audit repository. hl7.org/fhir/R4/auditevent.html."""

from collections.abc import Iterator

from opensepsis.uses.ward.notify.webhook import iso
from opensepsis.uses.ward.security.audit import Audit

TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
LOOKING = ("saw", "logged", "failed")


def audit_events(audit: Audit) -> Iterator[dict]:
    """Every line in its order; patients by the key that stands for them, the chain's hash in each.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> audit = Audit(open_database(":memory:"))
    >>> audit.note(5, "ada", "saw a patient", "key")
    >>> [(event["action"], event["agent"][0]["who"]["display"]) for event in audit_events(audit)]
    [('R', 'ada')]
    """
    for number, time, who, what, subject, detail, _, kept in audit.lines():
        said = [{"type": "hash", "valueString": kept}]
        said += [{"type": "detail", "valueString": detail}] if detail else []
        entity = {"name": what, "detail": said}
        yield {
            "resourceType": "AuditEvent",
            "id": f"{number}-{kept[:16]}",
            "type": {"system": TYPES, "code": "rest", "display": "RESTful Operation"},
            "action": "R" if what.split(" ")[0] in LOOKING else "E",
            "recorded": iso(time),
            "outcome": "4" if what.startswith("failed") else "0",
            "agent": [{"who": {"display": who}, "requestor": True}],
            "source": {"observer": {"display": "opensepsis ward"}},
            "entity": [entity | ({"what": {"identifier": {"value": subject}}} if subject else {})],
        }
