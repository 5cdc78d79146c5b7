"""CDS Hooks: who may call, whose card it is, what it says, when there is none, and what users make of it."""

import re
from dataclasses import dataclass
from uuid import uuid4

import orjson
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.errors import OutputError
from opensepsis.uses.ward.cds.cards import LONGEST_SUMMARY, REASONS, as_text
from opensepsis.uses.ward.cds.clients import CdsClient, CdsHooks
from opensepsis.uses.ward.model.clock import SECOND, HandClock, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store.cards import Cards
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, NUMBER, adt, vitals

WARD, EHR, SYSTEM = "https://ward.example.org", "https://ehr.example.org", "https://ids.example.org/mrn"
VIEW = "sepsis-patient-view"


@dataclass
class Record:
    """A record system that calls a ward."""

    house: WardServer
    client: TestClient
    key: RSAKey

    def token(self, endpoint: str, header=None, key=None, **claims) -> str:
        now = WallClock().now() // SECOND
        said = {
            "iss": EHR,
            "aud": f"{WARD}/cds-services/{endpoint}",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
        }
        said = {name: value for name, value in (said | claims).items() if value is not None}
        key = key or self.key
        head = {"alg": "ES384" if key.key_type == "EC" else "RS384", "kid": key.kid, "typ": "JWT"} | (
            header or {}
        )
        return jwt.encode(head, said, key, algorithms=[head["alg"]])

    def call(self, said: dict, service: str = VIEW, token: str | None = None):
        held = token if token is not None else self.token(service)
        return self.client.post(
            f"/cds-services/{service}", json=said, headers={"Authorization": f"Bearer {held}"}
        )


def patient(number=NUMBER, born="1950-01-01", **more) -> dict:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "birthDate": born,
        "identifier": [{"system": SYSTEM, "value": number}],
        **more,
    }


def said(hook="patient-view", prefetched=None, **context) -> dict:
    body = {
        "hook": hook,
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": "p1"} | context,
    }
    return body | ({"prefetch": {"patient": prefetched}} if prefetched is not None else {})


@pytest.fixture(scope="module")
def keys():
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}), ECKey.generate_key(
        "P-384", {"kid": "two", "use": "sig"}
    )


@pytest.fixture
def record(tmp_path, keys):
    """A ward that is not silent, with an ill patient whom HL7 and the record system know by one number."""
    (tmp_path / "keys.json").write_bytes(orjson.dumps(KeySet(list(keys)).as_dict(private=False)))
    hooks = CdsHooks(WARD, (CdsClient(EHR, str(tmp_path / "keys.json"), "ehr"),))
    site = read_site()
    site.feeds["ehr"] = Feed(authority="H", identifier_system=SYSTEM)
    plan = WardConfig(
        database=str(tmp_path / "ward.db"),
        site=site,
        policy=AlertPolicy(silent=False),
        listeners=(),
        clock=HandClock(NOW),
        web=Settings(silent=False, cds_hooks=hooks),
    )
    house = WardServer(plan)
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate((adt(), vitals()))])
    house.engine.round()
    yield Record(house, TestClient(house.app, base_url=WARD), keys[0])
    site.feeds.pop("ehr")
    house.close()


def test_discovery_names_the_hooks_and_what_they_need(record):
    services = record.client.get("/cds-services").json()["services"]
    assert {s["hook"] for s in services} == {"patient-view", "order-sign", "encounter-start"}
    assert all(
        s["prefetch"] == {"patient": "Patient/{{context.patientId}}"} and s["id"] and s["description"]
        for s in services
    )


def test_a_patient_with_an_alert_gets_one_card_that_says_why(record):
    answer = record.call(said(prefetched=patient()))
    assert answer.status_code == 200
    (card,) = answer.json()["cards"]
    assert card["indicator"] in ("warning", "critical") and "NEWS2" in card["summary"]
    assert len(card["summary"]) <= LONGEST_SUMMARY < 140
    assert "**Why now**" in card["detail"] and "measured 2 Mar 11:50" in card["detail"]
    (link,) = card["links"]
    assert link["type"] == "absolute" and re.fullmatch(WARD + r"/patient/[0-9a-f]{24}", link["url"])
    assert NUMBER not in answer.text and "suggestions" not in card
    assert {r["code"] for r in card["overrideReasons"]} == set(REASONS) and all(
        r["display"] for r in card["overrideReasons"]
    )
    lines = [(who, what) for _, _, who, what, _, _ in record.house.audit.latest()]
    assert lines == [(f"record system {EHR}", "was given a card")]


def test_whoever_has_no_alert_or_is_not_here_gets_none(record):
    assert record.call(said(prefetched=patient("somebody else"))).json() == {"cards": []}
    record.house.store.keep([Arrival("hl7", "hl7", "9", adt("5", "Well"), NOW)])
    record.house.engine.round()
    assert record.call(said(prefetched=patient("5"))).json() == {"cards": []}


@pytest.mark.parametrize("born", ["1950-01-02", "1905-01-01"])
def test_another_birth_date_gets_no_card(record, born):
    assert record.call(said(prefetched=patient(born=born))).json() == {"cards": []}


def test_a_birth_date_that_is_not_told_is_no_difference(record):
    assert len(record.call(said(prefetched=patient(born=None))).json()["cards"]) == 1


def test_a_patient_who_cannot_be_told_is_a_failed_precondition(record):
    assert record.call(said()).status_code == 412, "the id of another server is no record number"
    other = patient() | {"id": "p2"}
    assert record.call(said(prefetched=other)).status_code == 400
    assert record.call(said(prefetched={"resourceType": "Person", "id": "p1"})).status_code == 400


def test_a_silent_ward_gives_no_card(record):
    record.house.engine.ward.policy = AlertPolicy(silent=True)
    assert record.call(said(prefetched=patient())).json() == {"cards": []}
    record.house.engine.ward.policy = AlertPolicy(silent=True, speaking_wards=frozenset(["3B"]))
    assert len(record.call(said(prefetched=patient())).json()["cards"]) == 1


def test_signing_an_order_shows_what_is_due_while_an_alert_stands(record):
    client = TestClient(
        record.house.app, base_url=WARD, follow_redirects=False, headers={"accept": "text/html"}
    )
    record.house.accounts.add("ada", "a long enough password", "physician")
    client.post("/login", data={"name": "ada", "password": "a long enough password"})
    bed = record.house.hospital.board(None)[0]
    page = client.get(f"/patient/{bed.key}").text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    infection = {
        "token": token,
        "act": "start",
        "clock": "",
        "trigger": "suspected_infection",
        "reason": "pneumonia",
    }
    trigger = re.search(r'name="trigger" value="([^"]+)"', page)[1]
    client.post(f"/patient/{bed.key}/act", data=infection | {"trigger": trigger})
    record.house.engine.round()
    bed = record.house.hospital.board(None)[0]
    assert bed.next_due is not None
    acknowledged = {"token": token, "act": "acknowledge", "alert": bed.alert.number, "step": bed.alert.step}
    assert client.post(f"/patient/{bed.key}/act", data=acknowledged).status_code == 303
    record.house.engine.round()
    assert record.call(said(prefetched=patient())).json() == {"cards": []}, (
        "answered: the page need not call again"
    )
    signing = said("order-sign", patient(), draftOrders={"resourceType": "Bundle", "entry": []})
    (card,) = record.call(signing, "sepsis-order-sign").json()["cards"]
    assert "**Due next**" in card["detail"] and "acknowledged" in card["detail"]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example.org"},
        {"iss": None},
        {"aud": f"{WARD}/cds-services/sepsis-order-sign"},
        {"aud": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000, "exp": 4_000_000_100},
        {"iat": 1_000_000_000},
        {"exp": 4_000_000_000},
        {"jti": None},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_is_not_authorized_and_not_told_why(record, claims):
    answer = record.call(said(prefetched=patient()), token=record.token(VIEW, **claims))
    assert answer.status_code == 401 and answer.json() == {"detail": "Not authorized."}


def test_a_token_is_taken_once_for_one_service(record):
    token = record.token(VIEW, aud=[f"{WARD}/cds-services/{VIEW}"])
    assert record.call(said(prefetched=patient()), token=token).status_code == 200
    assert record.call(said(prefetched=patient()), token=token).status_code == 401
    again = record.token(VIEW, jti="once")
    assert record.call(said(prefetched=patient()), token=again).status_code == 200
    assert record.call(said(prefetched=patient()), token=record.token(VIEW, jti="once")).status_code == 401


def test_only_keys_of_the_record_system_hold(record, keys):
    assert record.call(said(prefetched=patient()), token=record.token(VIEW, key=keys[1])).status_code == 200
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    assert record.call(said(prefetched=patient()), token=record.token(VIEW, key=stranger)).status_code == 401
    elsewhere = record.token(VIEW, header={"jku": "https://elsewhere.example.org/jwks"})
    assert record.call(said(prefetched=patient()), token=elsewhere).status_code == 401
    for token in ("", "x", "x.y", "a.b.c", "e30.e30.", "e30.W10.", "e30.eyJpc3MiOltdfQ."):
        assert record.call(said(prefetched=patient()), token=token).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"hook":"patient-view"}',
        orjson.dumps(said("order-sign")),
        b'{"prefetch":[]}',
        b"\xff",
    ],
    ids=lambda b: b[:20].hex(),
)
def test_a_body_that_cannot_be_read_is_said(record, body):
    headers = {"Authorization": f"Bearer {record.token(VIEW)}"}
    assert record.client.post(f"/cds-services/{VIEW}", content=body, headers=headers).status_code == 400


def test_a_service_that_is_not_there(record):
    assert record.call(said(), "another").status_code == 404


def test_feedback_is_kept_once_counted_and_answers_no_alert(record):
    (card,) = record.call(said(prefetched=patient())).json()["cards"]
    before = record.house.hospital.board(None)[0].alert
    overridden = {
        "card": card["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": card["overrideReasons"][0], "userComment": "already on it"},
        "outcomeTimestamp": "2026-03-02T12:01:00Z",
    }
    unknown = overridden | {"card": str(uuid4())}
    endpoint = f"{VIEW}/feedback"
    for _ in range(2):
        answer = record.call({"feedback": [overridden, unknown]}, endpoint, record.token(endpoint))
        assert answer.status_code == 200
    (count,) = Cards(record.house.store.database).counts()
    assert (count.service, count.shown, count.answered) == (VIEW, 1, 1)
    assert count.outcomes == (("overridden", "action-completed", 1),)
    record.house.engine.round()
    assert record.house.hospital.board(None)[0].alert == before
    assert record.call({"feedback": [unknown]}, endpoint, record.token(endpoint)).status_code == 404
    assert record.call({"feedback": [overridden]}, endpoint, record.token(VIEW)).status_code == 401, (
        "another endpoint"
    )
    for wrong in (
        {},
        {"feedback": []},
        {"feedback": [overridden | {"outcome": "ignored"}]},
        {"feedback": [{"outcome": "accepted"}]},
    ):
        assert record.call(wrong, endpoint, record.token(endpoint)).status_code == 400
    record.house.accounts.add("root", "a long enough password", "admin")
    client = TestClient(record.house.app, base_url=WARD, headers={"accept": "text/html"})
    client.post("/login", data={"name": "root", "password": "a long enough password"})
    page = client.get("/feeds").text
    assert VIEW in page and "action-completed" in page and "already on it" not in page


def test_what_senders_wrote_stays_text_in_markdown():
    assert as_text("a [link](http://x)\n# b") == r"a \[link\]\(http://x\) \# b"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: CdsHooks("http://ward.example.org", (CdsClient(EHR, f"{EHR}/jwks", "ehr"),)),
        lambda: CdsHooks(WARD, ()),
        lambda: CdsHooks(WARD, (CdsClient(EHR, f"{EHR}/jwks", "a"), CdsClient(EHR, f"{EHR}/jwks", "b"))),
        lambda: CdsClient(EHR, "http://ehr.example.org/jwks", "ehr"),
        lambda: CdsClient(EHR, "/nowhere/keys.json", "ehr"),
        lambda: CdsClient("", f"{EHR}/jwks", "ehr"),
    ],
)
def test_settings_that_cannot_be_safe_are_refused(wrong):
    with pytest.raises(OutputError):
        wrong()
