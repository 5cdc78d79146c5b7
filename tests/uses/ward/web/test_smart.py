"""SMART App Launch: who is let in from the record, on whose page, and what proves it."""

import json
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.clock import SECOND, HandClock, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.smart import SmartServer
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import CANARY, NOW, NUMBER, adt, vitals
from tests.support.ward.provider import CLIENT, HostileProvider, hostile

WARD, SYSTEM = "https://ward.example.org", "https://ids.example.org/mrn"


@pytest.fixture
def record():
    """A record system: its FHIR server and authorization server in one."""
    with hostile(WallClock().now() // SECOND) as found:
        found.metadata = {"code_challenge_methods_supported": ["S256"], "issuer": found.base}
        found.patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-01-01",
                         "identifier": [{"system": SYSTEM, "value": NUMBER}]}  # fmt: skip
        found.more = {"patient": "p1"}
        found.claims = {"fhirUser": f"{found.base}/Practitioner/7", "preferred_username": None}
        yield found


@contextmanager
def ward(tmp_path, record, **smart):
    site = read_site()
    site.feeds["ehr"] = Feed(authority="H", identifier_system=SYSTEM)
    server = SmartServer(
        record.base, CLIENT, "ehr", **{"role": Role.NURSE, "client_secret": "a secret that is long"} | smart
    )
    web = Settings(address=WARD, smart=(server,))
    house = WardServer(
        WardConfig(str(tmp_path / "ward.db"), site, listeners=(), clock=HandClock(NOW), web=web)
    )
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate((adt(), vitals()))])
    house.engine.round()
    yield house, TestClient(house.app, base_url=WARD, follow_redirects=False, headers={"accept": "text/html"})
    site.feeds.pop("ehr")
    house.close()


@pytest.fixture
def place(tmp_path, record):
    with ward(tmp_path, record) as found:
        yield found


def launched(browser, record: HostileProvider, launch: str = "h1", **answer):
    """The answer to a launch, and the parameters with which the browser was sent to the record system."""
    asked = browser.get("/smart/launch", params={"iss": record.base} | ({"launch": launch} if launch else {}))
    assert asked.status_code == 303, asked.text
    said = record.sent_to(asked.headers["location"])
    return browser.get("/smart/answer", params={"code": "c", "state": said["state"]} | answer), said


def test_the_page_of_the_patient_opens_for_who_launched(place, record):
    house, browser = place
    answer, said = launched(browser, record)
    assert said["aud"] == record.base and said["launch"] == "h1" and said["code_challenge_method"] == "S256"
    assert set(said["scope"].split()) == {"launch", "openid", "fhirUser", "patient/Patient.rs"}
    assert said["redirect_uri"] == f"{WARD}/smart/answer"
    key = house.hospital.board(None)[0].key
    assert answer.status_code == 200 and f'content="0; url=/patient/{key}"' in answer.text
    page = browser.get(f"/patient/{key}")
    assert page.status_code == 200 and CANARY in page.text and "Practitioner/7, nurse" in page.text
    assert record.asked[-1] == "/Patient/p1"
    what = [(who, did, detail) for _, _, who, did, _, detail in house.audit.latest()]
    assert (f"{record.base}/Practitioner/7", "logged in", "launched from the record, nurse") in what


def test_without_a_handle_the_record_system_asks_which_patient(place, record):
    answer, said = launched(place[1], record, launch="")
    assert "launch" not in said and "launch/patient" in said["scope"].split() and answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"birthDate": "1950-01-02"},
        {"identifier": [{"system": SYSTEM, "value": "another"}]},
        {"identifier": []},
    ],
    ids=str,
)
def test_another_patient_is_not_opened(place, record, change):
    _, browser = place
    record.patient |= change
    answer, _ = launched(browser, record)
    assert answer.status_code == 200 and "not on your board" in answer.text and "/patient/" not in answer.text


def test_a_patient_of_another_ward_is_not_opened(tmp_path, record):
    with ward(tmp_path, record, wards=frozenset(["4A"])) as (_, browser):
        answer, _ = launched(browser, record)
        assert "not on your board" in answer.text and CANARY not in browser.get("/").text


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("more", {}),
        ("more", {"patient": 7}),
        ("more", {"patient": "p2"}),
        ("patient", {"resourceType": "OperationOutcome"}),
        ("claims", {"nonce": "another"}),
        ("claims", {"aud": "another"}),
        ("claims", {"iss": "https://elsewhere.example.org"}),
        ("claims", {"exp": 1_000_000_000}),
    ],
    ids=lambda value: json.dumps(value),
)
def test_what_is_not_proved_lets_nobody_in(place, record, part, value):
    _, browser = place
    setattr(record, part, value)
    answer, _ = launched(browser, record)
    assert answer.status_code == 403 and browser.get("/").status_code == 303


def test_a_launch_is_taken_once_by_the_browser_that_began(place, record):
    house, browser = place
    answer, said = launched(browser, record)
    assert answer.status_code == 200
    again = {"code": "c", "state": said["state"]}
    assert browser.get("/smart/answer", params=again).status_code == 403
    asked = browser.get("/smart/launch", params={"iss": record.base, "launch": "h"})
    state = parse_qs(urlsplit(asked.headers["location"]).query)["state"][0]
    other = TestClient(house.app, base_url=WARD, headers={"accept": "text/html"})
    assert other.get("/smart/answer", params={"code": "c", "state": state}).status_code == 403


def test_a_record_system_that_is_not_listed_or_without_pkce_cannot_launch(place, record):
    _, browser = place
    assert (
        browser.get(
            "/smart/launch", params={"iss": "https://elsewhere.example.org", "launch": "h"}
        ).status_code
        == 403
    )
    assert browser.get("/smart/launch").status_code == 403
    record.metadata = {"code_challenge_methods_supported": ["plain"]}
    assert browser.get("/smart/launch", params={"iss": record.base, "launch": "h"}).status_code == 502


@pytest.mark.parametrize(
    "wrong",
    [{"server": "http://ehr.example.org"}, {"client_id": ""}, {"feed": ""}, {"role": Role.ADMIN}],
    ids=str,
)
def test_settings_that_cannot_be_safe_are_refused(wrong):
    with pytest.raises(OutputError):
        SmartServer(**{"server": "https://ehr.example.org", "client_id": "w", "feed": "ehr"} | wrong)
