"""Alerts that other systems read as FHIR: valid, only what was told, only for who may, and no other patient's by a mistake."""

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.detectedissue import DetectedIssue
from fhir.resources.R4B.flag import Flag

from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from tests.support.ward.pages import CANARY, NOW, NUMBER, adt, vitals

KINDS = ("Flag", "RiskAssessment", "DetectedIssue", "Communication")
MINE = f"patient:identifier=urn:opensepsis:authority:H|{NUMBER}"


@pytest.fixture
def read(bench):
    """A system that reads; the answer to an address."""
    client, token = bench.client(), bench.house.accounts.new_reader_token("dashboard")
    return lambda address, held=token: client.get(
        f"/fhir/{address}", headers={"Authorization": f"Bearer {held}"}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_that_was_told_is_read_and_found(read, kind, bench):
    answer = read(kind)
    found = answer.json()
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/fhir+json")
    Bundle.model_validate(found)
    assert found["total"] == len(found["entry"]) >= 1
    one = found["entry"][0]["resource"]
    assert read(f"{kind}/{one['id']}").json() == one and one["meta"]["lastUpdated"].endswith("Z")
    assert CANARY not in answer.text
    assert read(f"{kind}?{MINE}").json()["total"] == found["total"]
    assert read(f"{kind}?patient:identifier={NUMBER}").json()["total"] == found["total"]
    assert read(f"{kind}?patient:identifier=elsewhere|{NUMBER}").json()["total"] == 0
    assert read(f"{kind}?patient:identifier=5").json()["total"] == 0
    assert {line[2] for line in bench.house.audit.latest()} >= {"system dashboard"}


def test_the_issue_is_valid_and_rests_on_the_assessment(read):
    issue = read("DetectedIssue").json()["entry"][0]["resource"]
    DetectedIssue.model_validate(issue)
    assert issue["severity"] in ("moderate", "high") and "NEWS2" in issue["detail"]
    reference = issue["evidence"][0]["detail"][0]["reference"]
    assert read(reference).status_code == 200


def test_a_corrected_alert_is_read_as_it_stands_now(read, bench):
    before = read("Flag").json()["entry"][0]["resource"]
    assert before["status"] == "active"
    again = vitals(rate="14", pressure="120").replace(b"|F|", b"|C|")
    bench.house.store.keep([Arrival("hl7", "hl7", "c", again.replace(b"|2|P", b"|3|P"), NOW)])
    bench.house.engine.round()
    after = read(f"Flag/{before['id']}").json()
    Flag.model_validate(after)
    assert read("Communication").json()["total"] >= 1
    assert after["meta"]["lastUpdated"] >= before["meta"]["lastUpdated"]


def test_what_was_only_recorded_is_not_there(bench, tmp_path):
    bench.house.engine.ward.policy = AlertPolicy(silent=True)
    said = (adt("9", "Silent", "9Z"), vitals("9"))
    bench.house.store.keep([Arrival("hl7", "hl7", f"s{i}", raw, NOW) for i, raw in enumerate(said)])
    bench.house.engine.round()
    client, token = bench.client(), bench.house.accounts.new_reader_token("dashboard")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/fhir/Flag?patient:identifier=9", headers=headers).json()["total"] == 0
    assert client.get(f"/fhir/Flag?{MINE}", headers=headers).json()["total"] == 1


def test_pages_time_and_status_choose(read):
    every = read("Communication").json()
    first = read("Communication?_count=1").json()
    assert len(first["entry"]) == 1 and first["total"] == every["total"]
    if every["total"] > 1:
        onward = next(link["url"] for link in first["link"] if link["relation"] == "next")
        assert read(onward).json()["entry"][0] != first["entry"][0]
    assert "entry" not in read("Communication?_count=0").json()
    changed = every["entry"][0]["resource"]["meta"]["lastUpdated"]
    assert read(f"Communication?_lastUpdated=ge{changed}").json()["total"] >= 1
    assert read(f"Communication?_lastUpdated=gt{changed}").json()["total"] == 0
    assert (
        read("Flag?status=active,inactive").json()["total"]
        >= 1
        > read("Flag?status=entered-in-error").json()["total"]
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("Flag?patient=7", 400),
        ("Flag?patiennt:identifier=7", 400),
        ("Flag?_lastUpdated=ge2026-03-02", 400),
        ("Flag?_lastUpdated=yesterday", 400),
        ("Flag?_count=x", 400),
        ("Flag?_count=-1", 400),
        ("Patient", 404),
        ("Observation/1", 404),
        ("Flag/0", 404),
    ],
)
def test_what_is_not_understood_is_refused_not_ignored(read, asked, status):
    answer = read(asked)
    assert answer.status_code == status and answer.json()["resourceType"] == "OperationOutcome"


def test_a_feed_reads_nothing_and_a_reader_posts_nothing(read, bench):
    feed, reader = (
        bench.house.accounts.new_feed_token("ehr"),
        bench.house.accounts.new_reader_token("dashboard"),
    )
    assert (
        read("Flag", feed).status_code == read("Flag", "").status_code == read("Flag", "x").status_code == 401
    )
    body = {"resourceType": "Patient", "id": "1"}
    answer = bench.client().post("/fhir/Patient", json=body, headers={"Authorization": f"Bearer {reader}"})
    assert answer.status_code == 401


def test_the_capability_statement_says_so(read, bench):
    said = bench.client().get("/fhir/metadata").json()
    CapabilityStatement.model_validate(said)
    codes = {one["type"]: {i["code"] for i in one["interaction"]} for one in said["rest"][0]["resource"]}
    assert all(codes[kind] >= {"read", "search-type"} for kind in KINDS)
