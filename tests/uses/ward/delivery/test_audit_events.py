"""The audit goes out as valid FHIR, line by line, with what the chain says."""

from fhir.resources.R4B.auditevent import AuditEvent

from opensepsis.uses.ward.notify.fhir_audit import audit_events
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.store.database import open_database

LINES = (
    ("ada", "saw a patient", "key", ""),
    ("bob", "dismiss", "key", "ssc2026_adults antibiotic"),
    ("somebody unknown", "failed to log in", "", ""),
)


def test_every_line_is_a_valid_audit_event(address):
    database = open_database(address)
    audit = Audit(database)
    for i, line in enumerate(LINES):
        audit.note(1_700_000_000_000_000 + i, *line)
    events = list(audit_events(audit))
    for event in events:
        AuditEvent.model_validate(event)
    assert [e["action"] for e in events] == ["R", "E", "R"]
    assert [e["outcome"] for e in events] == ["0", "0", "4"]
    assert events[1]["entity"][0]["what"] == {"identifier": {"value": "key"}}
    assert events[2]["entity"][0]["detail"][0]["valueString"] == audit.verify().last
    assert len({e["id"] for e in events}) == 3
    database.close()
