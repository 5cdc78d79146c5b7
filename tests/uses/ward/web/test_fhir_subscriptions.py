"""Subscriptions of other systems on alerts: told at least once and in order, only what they asked, only to whom they belong."""

import json

import pytest
from fastapi.testclient import TestClient
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.subscription import Subscription

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.notify.worker import Patience
from tests.support.ward.alert_subscriptions import ADDRESS, Reader, alarm, asked, ward
from tests.support.ward.pages import CANARY, NOW, NUMBER
from tests.support.ward.receiving import receiving


@pytest.fixture
def house(tmp_path):
    with ward(tmp_path) as found:
        yield found


@pytest.fixture
def hook():
    with receiving() as found:
        yield found


def told(hook) -> list[dict]:
    return [json.loads(body) for _, body in hook.taken]


def kinds(bundles: list[dict]) -> list[str]:
    parameters = [one["entry"][0]["resource"]["parameter"] for one in bundles]
    return [next(p["valueCode"] for p in some if p["name"] == "type") for some in parameters]


def test_a_topic_is_told_with_numbers_after_a_handshake(house, hook):
    reader = Reader(house)
    made = reader.ask("POST", said=asked(hook.url))
    name = made.json()["id"]
    assert made.status_code == 201 and made.headers["location"] == f"{ADDRESS}/fhir/Subscription/{name}"
    assert "s3cret" not in made.text and made.json()["status"] == "requested"
    Subscription.model_validate(reader.ask("GET", f"/{name}").json())
    (rest,) = reader.client.get("/fhir/metadata").json()["rest"]
    assert "Subscription" in {resource["type"] for resource in rest["resource"]}
    house.alert_subscriptions.tell_all()
    assert kinds(told(hook)) == ["handshake"] and reader.ask("GET", f"/{name}").json()["status"] == "active"
    alarm(house)
    house.alert_subscriptions.tell_all()
    house.alert_subscriptions.tell_all()
    assert kinds(told(hook)) == ["handshake", "event-notification"]
    assert all(dict(headers)["X-Key"] == "s3cret" for headers, _ in hook.taken)
    bundle = told(hook)[1]
    Bundle.model_validate(bundle)
    sent = {entry["resource"]["resourceType"] for entry in bundle["entry"][1:]}
    assert sent == {"Flag", "RiskAssessment", "DetectedIssue", "Communication"} and CANARY not in json.dumps(
        bundle
    )
    status = reader.ask("GET", f"/{name}/$status").json()["entry"][0]["resource"]["parameter"]
    assert next(p["valueString"] for p in status if p["name"] == "events-since-subscription-start") == "4"
    again = reader.ask("GET", f"/{name}/$events?eventsSinceNumber=3").json()
    assert [e["resource"] for e in again["entry"][1:]] == [e["resource"] for e in bundle["entry"][3:]]
    assert {line[2] for line in house.audit.latest()} >= {"system pager"}


def test_what_was_not_taken_comes_again_also_after_a_restart(tmp_path, hook):
    with ward(tmp_path) as house:
        assert Reader(house).ask("POST", said=asked(hook.url)).status_code == 201
        house.alert_subscriptions.tell_all()
        alarm(house)
        hook.faults = ["500", "hang up"]
        for seconds in (0, 1):
            house.alert_subscriptions.clock.set(NOW + seconds * SECOND)
            house.alert_subscriptions.tell_all()
        assert kinds(told(hook)) == ["handshake"] and hook.tried == 3
    with ward(tmp_path) as house:
        house.alert_subscriptions.clock.set(NOW + 10 * SECOND)
        house.alert_subscriptions.tell_all()
        house.alert_subscriptions.tell_all()
    assert kinds(told(hook)) == ["handshake", "event-notification"]


def test_after_many_tries_it_is_given_up_and_says_so(house, hook):
    reader, telling = Reader(house), house.alert_subscriptions
    name = reader.ask("POST", said=asked(hook.url)).json()["id"]
    telling.patience, hook.faults = Patience(tries=2, first=1), ["500"] * 9
    for seconds in range(0, 10, 2):
        telling.clock.set(NOW + seconds * SECOND)
        telling.tell_all()
    assert reader.ask("GET", f"/{name}").json()["status"] == "error" and hook.tried == 2


def test_a_heartbeat_comes_while_nothing_happens(house, hook):
    Reader(house).ask("POST", said=asked(hook.url, heartbeat=30))
    for seconds in (0, 29, 30, 31, 61):
        house.alert_subscriptions.clock.set(NOW + seconds * SECOND)
        house.alert_subscriptions.tell_all()
    assert kinds(told(hook)) == ["handshake", "heartbeat", "heartbeat"]


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        (("Flag?status=active",), ["Flag"]),
        ((f"Flag?patient:identifier=urn:opensepsis:authority:H|{NUMBER}", "Communication"), ["Flag", "Communication"]),
        (("Flag?patient:identifier=urn:opensepsis:authority:H|0000",), []),
        (("Flag?status=inactive",), []),
    ],
    ids=str,
)  # fmt: skip
def test_filters_choose(house, hook, filters, sent):
    Reader(house).ask("POST", said=asked(hook.url, filters=filters, content="id-only"))
    house.alert_subscriptions.tell_all()
    alarm(house)
    house.alert_subscriptions.tell_all()
    events = [
        p
        for one in told(hook)
        for p in one["entry"][0]["resource"]["parameter"]
        if p["name"] == "notification-event"
    ]
    focus = [
        next(p["valueReference"]["reference"] for p in e["part"] if p["name"] == "focus") for e in events
    ]
    assert [one.split("/")[-2] for one in focus] == sent and all(len(one["entry"]) == 1 for one in told(hook))


def test_plain_r4_gets_the_resource(house, hook):
    Reader(house).ask("POST", said=asked(hook.url, criteria="Flag?status=active"))
    house.alert_subscriptions.tell_all()
    alarm(house)
    house.alert_subscriptions.tell_all()
    assert [one["resourceType"] for one in told(hook)] == ["Flag"]


def test_what_was_before_is_no_event_and_silence_is_not_told(tmp_path, hook):
    with ward(tmp_path) as house:
        alarm(house)
        Reader(house).ask("POST", said=asked(hook.url))
        for _ in range(3):
            house.alert_subscriptions.tell_all()
        assert kinds(told(hook)) == ["handshake"]


def test_nobody_sees_or_ends_anothers(house, hook):
    reader, other = Reader(house), Reader(house, "another")
    name = reader.ask("POST", said=asked(hook.url)).json()["id"]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/$status"), ("GET", "/$events")):
        assert other.ask(method, f"/{name}{path}").status_code == 404
        assert TestClient(house.app).request(method, f"/fhir/Subscription/{name}{path}").status_code == 401
    assert other.ask("GET").json()["total"] == 0 and reader.ask("GET").json()["total"] == 1
    feed = house.accounts.new_feed_token("lab")
    assert (
        TestClient(house.app)
        .post("/fhir/Subscription", json=asked(hook.url), headers={"Authorization": f"Bearer {feed}"})
        .status_code
        == 401
    )
    assert reader.ask("DELETE", f"/{name}").status_code == 200 and reader.ask("GET").json()["total"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        asked("http://elsewhere.example.org/hook"),
        asked("ftp://127.0.0.1/x"),
        asked("https://a.example.org", criteria="Observation?code=1"),
        asked("https://a.example.org", criteria="Flag?code=1"),
        asked("https://a.example.org", type="email"),
        asked("https://a.example.org", content="all"),
        asked("https://a.example.org", heartbeat=1),
        asked("https://a.example.org", header=["no colon"]),
        asked("https://a.example.org", header=["X: a\r\nY: b"]),
        asked("https://a.example.org", header=["Content-Type: text/plain"]),
    ],
    ids=lambda said: json.dumps(said)[60:120],
)
def test_what_cannot_be_is_refused(house, wrong):
    answer = Reader(house).ask("POST", said=wrong)
    assert answer.status_code in (400, 422) and answer.json()["resourceType"] == "OperationOutcome"
