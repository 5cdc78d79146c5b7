"""Who has taken which change of an alert, on the patient's page: when, or how often it was tried and with what answer."""

import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.notify.worker import Patience, deliver
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store import outbox
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, NUMBER, PASSWORD, adt, vitals
from tests.support.ward.receiving import SECOND, SECRET, receiving

PATIENT = f"H|{NUMBER}"
QUICK = Patience(tries=2, first=1.0, longest=4.0)


@pytest.fixture
def called(tmp_path):
    """A ward whose patient calls, its pager, and the patient's page as a nurse sees it."""
    with receiving() as receiver:
        channel = Webhook("pager", receiver.url, SECRET, patience=0.4)
        plan = WardConfig(
            str(tmp_path / "ward.db"), policy=AlertPolicy(silent=False), listeners=(), clock=HandClock(NOW),
            channels=(channel,), web=Settings(silent=False),
        )  # fmt: skip
        house = WardServer(plan)
        house.accounts.add("nurse", PASSWORD, "nurse")
        house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate((adt(), vitals()))])
        house.engine.round()
        browser = TestClient(house.app, headers={"accept": "text/html"})
        browser.post("/login", data={"name": "nurse", "password": PASSWORD})
        (bed,) = house.hospital.board(None)
        yield house, channel, receiver, lambda: browser.get(f"/patient/{bed.key}").text
        house.close()


def test_what_was_taken_says_when(called):
    house, channel, _, page = called
    assert "pager: not taken yet" in page()
    assert deliver(house.store, channel, NOW + 90 * SECOND, QUICK) == 1
    (receipts,) = outbox.receipts(house.store.database, PATIENT).values()
    assert [(r.outlet, r.standing, r.taken) for r in receipts] == [("pager", "sent", NOW + 90 * SECOND)]
    assert "pager: taken" in page() and "12:01" in page().partition("pager: taken")[2][:60]
    assert outbox.receipts(house.store.database, "H|other") == {}


def test_what_was_not_taken_says_how_often_it_was_tried(called):
    house, channel, receiver, page = called
    receiver.faults = ["500", "500"]
    deliver(house.store, channel, NOW, QUICK)
    assert "pager: not taken yet, 1 try, the last: answered 500" in page()
    deliver(house.store, channel, NOW + 60 * SECOND, QUICK)
    assert "pager: could not be delivered, 2 tries, the last: answered 500" in page()
