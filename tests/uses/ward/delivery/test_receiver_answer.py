"""A receiver acknowledges in its answer: signed with the shared secret, for the change that it was told of; any other changes nothing."""

import hmac
from hashlib import sha256

import orjson
import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.model.clock import SECOND, HandClock, WallClock
from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.notify.worker import Patience, deliver
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store import outbox
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import CANARY, NOW, NUMBER, PASSWORD, adt, vitals
from tests.support.ward.receiving import SECRET, receiving

QUICK = Patience(tries=2, first=1.0, longest=4.0)
HALF_AN_HOUR = 30 * 60 * SECOND
HEAD = vitals().partition(b"OBX|1|")[0]
WORSE = (
    HEAD
    + b"OBX|1|NM|9269-2^x^LN||8||||||F|||20260302115500+0000\rOBX|2|NM|3151-8^x^LN||6|L/min|||||F|||20260302115500+0000"
)


def signed(body: bytes, name: str, secret: bytes = SECRET, at: int | None = None) -> dict:
    """The headers of an answer as the documentation has them."""
    timestamp = str(int(WallClock().now() / SECOND) if at is None else at)
    said = timestamp.encode() + b".answer." + name.encode() + b"." + body
    return {"X-Opensepsis-Timestamp": timestamp, "X-Opensepsis-Signature": f"v1={hmac.new(secret, said, sha256).hexdigest()}"}  # fmt: skip


def acknowledged(name: str, by: object = "Dr Ito") -> bytes:
    return orjson.dumps({"acknowledged": {"id": name, "by": by}})


@pytest.fixture
def called(tmp_path):
    """A ward whose patient calls, and its pager."""
    with receiving() as receiver:
        channel, clock = Webhook("pager", receiver.url, SECRET, patience=2), HandClock(NOW)
        plan = WardConfig(
            str(tmp_path / "ward.db"), policy=AlertPolicy(silent=False), listeners=(), clock=clock,
            channels=(channel,), web=Settings(silent=False),
        )  # fmt: skip
        house = WardServer(plan)
        house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate((adt(), vitals()))])
        house.engine.round()
        yield house, channel, receiver, clock
        house.close()


def told(called, answer) -> int:
    """How many letters arrive, answered as `answer(id, request's headers, request's body)` says: headers and body."""
    house, channel, receiver, _ = called
    receiver.answer = lambda headers, body: answer(headers["X-Opensepsis-Id"], headers, body)
    found = deliver(house.store, channel, house.hospital.now(), QUICK, on_answer=house.delivery.on_answer)
    house.engine.round()
    return found


def alert_of(house):
    return house.hospital.board(None)[0].alert


def history(house):
    return house.hospital.patient(house.hospital.board(None)[0].key, None).bed.alert.history


def escalated(called) -> bool:
    """Whether the alert is escalated once its time has come."""
    house, _, _, clock = called
    clock.set(NOW + HALF_AN_HOUR + SECOND)
    house.engine.round()
    return alert_of(house).state == "escalated"


def test_a_signed_answer_acknowledges(called):
    house = called[0]
    assert alert_of(house).unanswered
    assert told(called, lambda name, *_: (signed(acknowledged(name), name), acknowledged(name))) == 1
    assert (alert_of(house).state, alert_of(house).unanswered) == ("acknowledged", False)
    assert "Dr Ito (answer of pager)" in {step.user for step in history(house)}
    assert ("Dr Ito (answer of pager)", "acknowledge") in [
        (line[2], line[3]) for line in house.audit.latest()
    ]
    assert not escalated(called), "nobody else is called"


def test_the_answer_is_taken_once(called):
    house = called[0]
    told(called, lambda name, *_: (signed(acknowledged(name), name), acknowledged(name)))
    assert told(called, lambda name, *_: ({}, b"")) == 1, "that it was acknowledged is told too"
    assert [step.state for step in history(house)].count("acknowledged") == 1


WRONG = {
    "not signed": lambda name, *_: ({}, acknowledged(name)),
    "the signature is wrong": lambda name, *_: (signed(acknowledged(name), name, b"another secret 16"), acknowledged(name)),
    "too old": lambda name, *_: (signed(acknowledged(name), name, at=1_700_000_000), acknowledged(name)),
    "no timestamp": lambda name, *_: (signed(acknowledged(name), name) | {"X-Opensepsis-Timestamp": "now"}, acknowledged(name)),
    "of another id": lambda name, *_: (signed(acknowledged("H|9#1.1"), name), acknowledged("H|9#1.1")),
    "without who": lambda name, *_: (signed(acknowledged(name, "  "), name), acknowledged(name, "  ")),
}  # fmt: skip
WRONG_TOO = {
    "another body": lambda name, *_: (signed(acknowledged(name), name), acknowledged(name, "Somebody else")),
    "signed for another id": lambda name, *_: (signed(acknowledged(name), "H|9#1.1"), acknowledged(name)),
    "the request's own signature": lambda name, headers, _: (
        {k: v for k, v in headers.items() if k.startswith("X-")},
        acknowledged(name),
    ),
    "a name that is none": lambda name, *_: (signed(acknowledged(name, 7), name), acknowledged(name, 7)),
    "a name with a line end": lambda name, *_: (signed(acknowledged(name, "a\nb"), name), acknowledged(name, "a\nb")),
    "no object": lambda name, *_: (signed(b'{"acknowledged":"yes"}', name), b'{"acknowledged":"yes"}'),
}  # fmt: skip


@pytest.mark.parametrize(("why", "answer"), list((WRONG | WRONG_TOO).items()), ids=list(WRONG | WRONG_TOO))
def test_a_wrong_answer_is_noted_and_the_alert_goes_on(called, caplog, why, answer):
    house = called[0]
    assert told(called, answer) == 1, "it was taken: nobody is paged again for it"
    (receipts,) = outbox.receipts(house.store.database, f"H|{NUMBER}").values()
    (line,) = [line for line in house.audit.latest() if line[3] == "answered an alert, not used"]
    assert receipts[0].standing == "sent" and receipts[0].words == line[5] != ""
    assert why in line[5] or why in WRONG_TOO
    assert "an answer was not used" in caplog.text and CANARY not in caplog.text and NUMBER not in caplog.text
    assert alert_of(house).unanswered and escalated(called)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b"[]", b'"acknowledged"', b'{"status":"queued"}', b'{"acknowledged":', b"\xff" * 99]
)  # fmt: skip
def test_any_other_answer_says_only_that_it_was_taken(called, body):
    house = called[0]
    assert told(called, lambda *_: ({}, body)) == 1
    (receipts,) = outbox.receipts(house.store.database, f"H|{NUMBER}").values()
    assert [(one.standing, one.words) for one in receipts] == [("sent", "")]
    assert alert_of(house).unanswered and escalated(called)


def test_an_answer_to_what_has_changed_is_recorded_and_not_taken(called):
    house, channel, receiver, clock = called
    (letter,) = outbox.due(house.store.database, "pager", NOW)
    clock.set(NOW + 10 * 60 * SECOND)
    house.store.keep([Arrival("hl7", "hl7", "worse", WORSE, clock.now())])
    house.engine.round()
    assert alert_of(house).changed > letter.transition.step, "otherwise this test tests nothing"
    receiver.answer = lambda headers, body: (
        signed(acknowledged(headers["X-Opensepsis-Id"]), headers["X-Opensepsis-Id"]),
        acknowledged(headers["X-Opensepsis-Id"]),
    )
    house.delivery.on_answer("pager", letter.transition, channel.send(letter.transition, ()))
    house.engine.round()
    assert alert_of(house).unanswered
    assert any("not taken" in step.words for step in history(house))
    said = [(line[3], line[5]) for line in house.audit.latest() if line[2] == "Dr Ito (answer of pager)"]
    assert said == [("answered an alert, not used", "the alert had changed")]


def test_an_answer_to_what_was_answered_is_not_audited_as_an_acknowledgement(called):
    house, channel, receiver, _ = called
    (letter,) = outbox.due(house.store.database, "pager", NOW)
    (bed,) = house.hospital.board(None)
    house.hospital.act(
        bed.key, Acted("", "acknowledge", "nurse", NOW, alert=bed.alert.number, step=bed.alert.step)
    )
    house.engine.round()
    receiver.answer = lambda headers, body: (
        signed(acknowledged(headers["X-Opensepsis-Id"]), headers["X-Opensepsis-Id"]),
        acknowledged(headers["X-Opensepsis-Id"]),
    )
    house.delivery.on_answer("pager", letter.transition, channel.send(letter.transition, ()))
    said = [(line[3], line[5]) for line in house.audit.latest() if line[2] == "Dr Ito (answer of pager)"]
    assert said == [("answered an alert, not used", "it was answered already")]


def test_what_calls_nobody_cannot_be_acknowledged(called):
    house = called[0]
    told(called, lambda *_: ({}, b""))
    (bed,) = house.hospital.board(None)
    house.accounts.add("nurse", PASSWORD, "nurse")
    browser = TestClient(house.app)
    browser.post("/login", data={"name": "nurse", "password": PASSWORD})
    house.hospital.act(bed.key, Acted("", "acknowledge", "nurse", NOW))
    house.engine.round()
    assert told(called, lambda name, *_: (signed(acknowledged(name), name), acknowledged(name))) == 1
    assert {
        one.words for some in outbox.receipts(house.store.database, f"H|{NUMBER}").values() for one in some
    } == {
        "",
        "nobody was called",
    }
    page = browser.get(f"/patient/{bed.key}", headers={"accept": "text/html"}).text
    assert "pager: its answer was not used (nobody was called); taken" in page
