"""Forgetting by rule: what was said of patients not heard of for long goes from the database, the audit and all others stay."""

from dataclasses import replace

import orjson
import pytest
from typer.testing import CliRunner

from opensepsis.errors import OutputError
from opensepsis.uses.ward.cli import ward
from opensepsis.uses.ward.cli_tools import ward_secret
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease
from opensepsis.uses.ward.store.retention import forget, old_patients
from tests.support.ward.fhir_given import given, ordered
from tests.support.ward.pages import CANARY, NOW, NUMBER, adt, vitals

DAY = 86_400_000_000
LATER = NOW + 400 * DAY
MERGE = (
    "MSH|^~\\&|ADT|H|||20260302110500+0000||ADT^A40|m|P|2.5.1\rEVN|A40|20260302110500+0000\r"
    "PID|1||8^^^H^MR||Quill^Merged||19500101|F\rMRG|7^^^H^MR\r"
)


def told(address: str, at: int, *said: bytes) -> WardServer:
    plan = WardConfig(database=address, listeners=(), clock=HandClock(at), policy=AlertPolicy(silent=False))
    house = WardServer(plan)
    house.engine.rebuild()
    house.store.keep([Arrival("hl7", "hl7", f"{at} {i}", raw, at) for i, raw in enumerate(said)])
    house.engine.round()
    return house


def later(raw: bytes) -> bytes:
    return raw.replace(b"20260302", b"20270406")


@pytest.fixture
def database(address):
    """A patient with an alert long ago, two merged ones of whom one was seen again, and one who came now."""
    house = told(
        address, NOW, adt(), vitals(), adt("7", "Seven"), adt("8", "Eight"), MERGE.encode(), b"MSH|no message"
    )
    house.audit.note(NOW, "ada", "saw a patient", "key")
    house.close()
    house = told(address, LATER, later(adt("9", "Nine")), later(vitals("9")), later(adt("8", "Eight")))
    house.close()
    opened = open_database(address)
    yield opened
    opened.close()


def everything(database) -> str:
    """All that the tables hold but the audit, as text."""
    names = [name for name in database.table_names() if name != "audit"]
    return repr([database.rows(f"SELECT * FROM {name}") for name in names])


def test_who_was_not_heard_of_is_forgotten_and_nobody_else(database, address):
    assert [name for name in old_patients(database, LATER - 300 * DAY)] == [f"H|{NUMBER}"]
    assert CANARY in everything(database)
    gone = forget(database, ward_secret(database), LATER - 300 * DAY)
    assert gone.patients == 1 and gone.messages >= 3 and gone.entries > 5 and gone.transitions > 0
    left = everything(database)
    assert CANARY not in left and NUMBER not in left and "Eight" in left and "Nine" in left
    assert Audit(database).verify().whole and Audit(database).verify().lines >= 1
    numbers = [row[0] for row in database.rows("SELECT number FROM message ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    house = told(address, LATER + DAY)
    assert {bed.name for bed in house.hospital.board(None)} == {"Quill^Nine", "Quill^Eight"} or len(
        house.hospital.board(None)
    ) == 2
    house.close()


def test_what_is_kept_of_a_patients_drugs_goes_with_them(address):
    house = WardServer(WardConfig(database=address, listeners=(), clock=HandClock(NOW)))
    for number, said in enumerate((given(), ordered())):
        house.store.keep([Arrival("fhir", "fhir", str(number), orjson.dumps(said), NOW)])
    house.engine.round()
    kept = {f"resource of fhir: {name}" for name in ("MedicationAdministration/m", "MedicationRequest/r")}
    assert kept <= {row[0] for row in house.store.database.rows("SELECT patient FROM entry")}
    house.store.keep([Arrival("hl7", "hl7", "later", later(adt("9", "Nine")), LATER)])
    house.engine.round()
    assert kept < set(old_patients(house.store.database, LATER - 300 * DAY))
    house.close()


def bundle(*entries) -> dict:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": a, "resource": r} for a, r in entries],
    }


def test_only_what_is_nobodys_stays_whatever_its_name(address):
    """By id, by the address on another server, by an identifier and by a urn."""
    person = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": "77"}]}
    visit = {
        "resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP"}, "subject": {"reference": "Patient/p"},
        "identifier": [{"system": "urn:visits", "value": "9"}], "period": {"start": "2026-03-02T10:00:00Z"},
    }  # fmt: skip
    drug = {
        "resourceType": "Medication",
        "code": {"text": "ceftriaxone"},
        "identifier": [{"system": "urn:drugs", "value": "1"}],
    }
    place = {"resourceType": "Location", "name": "3B"}
    said = [
        bundle(("https://a.example/fhir/Patient/p", person)),
        {**visit, "id": "e1"},
        bundle(("https://b.example/fhir/Encounter/e2", {**visit, "id": "e2"})),
        bundle(("urn:uuid:1", visit), ("urn:uuid:2", drug)),
        {**drug, "id": "m1"},
        bundle(("https://b.example/fhir/Location/l1", {**place, "id": "l1"})),
    ]
    house = WardServer(WardConfig(database=address, listeners=(), clock=HandClock(NOW)))
    for number, one in enumerate(said):
        house.store.keep([Arrival("fhir", "fhir", str(number), orjson.dumps(one), NOW)])
    house.engine.round()
    house.store.keep([Arrival("hl7", "hl7", "later", later(adt("9", "Nine")), LATER)])
    house.engine.round()
    kept = house.store.database.rows("SELECT DISTINCT patient FROM entry WHERE patient LIKE 'resource of%'")
    kept = {name.partition(": ")[2] for (name,) in kept}
    gone = {name.partition(": ")[2] for name in old_patients(house.store.database, LATER - 300 * DAY)} - {""}
    theirs = {
        "Encounter/e1",
        "https://b.example/fhir/Encounter/e2",
        "Encounter?urn:visits|9",
        "urn:uuid:1",
        "Patient?urn:mrn|77",
    }
    nobodys = {
        "its server",
        "urn:uuid:2",
        "Medication/m1",
        "Medication?urn:drugs|1",
        "https://b.example/fhir/Location/l1",
    }
    assert gone == theirs and kept == theirs | nobodys
    house.close()


def test_what_is_kept_of_a_patient_stays_as_long_as_they_do(address):
    house = WardServer(WardConfig(database=address, listeners=(), clock=HandClock(NOW)))
    for number, (one, at) in enumerate(((given(), NOW), ({**given(), "id": "n"}, LATER))):
        house.store.keep([Arrival("fhir", "fhir", str(number), orjson.dumps(one), at)])
    house.engine.round()
    house.store.keep([Arrival("hl7", "hl7", "later", later(adt("9", "Nine")), LATER)])
    house.engine.round()
    assert old_patients(house.store.database, LATER - 300 * DAY) == ()
    house.close()


def test_who_comes_back_begins_anew_and_their_alert_is_told(database, address):
    forget(database, ward_secret(database), LATER - 300 * DAY)
    before = len(database.rows("SELECT 1 FROM transition"))
    house = told(
        address, LATER + 2 * DAY, *(later(raw).replace(b"20270406", b"20270408") for raw in (adt(), vitals()))
    )
    assert house.engine.failed == ""
    assert len(database.rows("SELECT 1 FROM transition")) > before
    house.close()


def test_nothing_is_forgotten_while_messages_wait(database):
    with database.transaction() as run:
        run("INSERT INTO unread (number) VALUES (1)")
    with pytest.raises(OutputError, match="not been processed yet"):
        forget(database, b"secret", LATER)


def test_forgetting_twice_changes_nothing_more(database):
    secret = ward_secret(database)
    forget(database, secret, LATER - 300 * DAY)
    again = forget(database, secret, LATER - 300 * DAY)
    assert replace(again, messages=0) == replace(again, patients=0, messages=0, entries=0, transitions=0)


def test_the_command_says_how_many_and_needs_a_word(address, database, monkeypatch):
    monkeypatch.setattr("opensepsis.uses.ward.cli_tools.WallClock", lambda: HandClock(LATER))
    run = CliRunner(env={"OPENSEPSIS_DATABASE": address}).invoke
    assert "at least 30" in str(run(ward, ["forget", "--older-than", "3"]).exception)
    assert run(ward, ["forget", "--older-than", "300"]).output.startswith("1 patient has")
    assert CANARY in everything(database)
    said = " ".join(run(ward, ["forget", "--older-than", "300", "--yes"]).output.split())
    assert said.startswith("Deleted: 1 patient,") and CANARY not in everything(database)
    (line,) = [row for row in Audit(database).latest() if row[2] == "retention"]
    assert "1 patient," in line[5] and NUMBER not in repr(line)
    lease = Lease(open_database(address))
    assert lease.try_take()
    assert "A ward is running" in str(run(ward, ["forget", "--older-than", "300"]).exception)
    lease.release()
    lease.database.close()
