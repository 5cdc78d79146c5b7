"""Rules of alerting change only when two persons agree: proposed by one, confirmed by another, in force from the next start."""

import re

import pytest
from fastapi.testclient import TestClient

from opensepsis.errors import AccountError, FormatError, OpensepsisError
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.rules_in_force import differences, rules_of
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store.rule_changes import CONFIRMED, WITHDRAWN, RuleChanges
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, PASSWORD, token

REASON = "fewer calls at night"
LATER = 'limits = { "news2 alert" = 9 }\nlockout = "12 h"\nactive_wards = ["3B"]'


def started(address: str) -> WardServer:
    return WardServer(WardConfig(address, listeners=(), clock=HandClock(NOW), web=Settings(silent=True)))


@pytest.fixture
def house(address):
    made = started(address)
    for name in ("ada", "bea"):
        made.accounts.add(name, PASSWORD, "admin")
    yield made
    made.close()


def browser(house, name: str) -> TestClient:
    client = TestClient(house.app, follow_redirects=False, headers={"accept": "text/html"})
    assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return client


def proposed(client, said: str = LATER, reason: str = REASON):
    return client.post("/rules", data={"token": token(client), "said": said, "reason": reason})


def decided(client, number: int = 1, decision: str = CONFIRMED):
    return client.post(f"/rules/{number}/decide", data={"token": token(client), "decision": decision})


def test_one_proposes_another_confirms_and_the_next_start_obeys(house, address):
    ada, bea = browser(house, "ada"), browser(house, "bea")
    assert proposed(ada).status_code == 303
    assert decided(ada).status_code == 422  # nobody confirms their own
    shown = bea.get("/rules").text
    assert "limit: news2 alert" in shown and "from 9 points" in shown and "12:00:00" in shown
    assert decided(bea).status_code == 303
    assert house.engine.ward.policy == AlertPolicy()  # not before the next start
    assert "from the next start" in bea.get("/rules").text
    house.store.close()
    again = started(address)
    policy = again.engine.ward.policy
    assert policy.label == "usual 5, rules 1" and policy.lockout.total_seconds() == 12 * 3600
    assert (policy.is_silent("3B"), policy.is_silent("4A")) == (False, True)
    assert [line[2:] for line in Audit(again.store.database).latest() if "rules" in line[3]][:1]
    did = [(line[2], line[3]) for line in Audit(again.store.database).latest()]
    assert ("ada", "proposed rules") in did and ("bea", "confirmed rules") in did
    again.store.close()


def test_only_one_change_waits_and_either_may_withdraw_it(house):
    ada, bea = browser(house, "ada"), browser(house, "bea")
    proposed(ada)
    assert proposed(bea).status_code == 422
    assert decided(ada, decision=WITHDRAWN).status_code == 303
    assert decided(bea).status_code == 422  # it does not wait any more
    assert RuleChanges(house.store.database).in_force() is None
    assert proposed(bea, said="").status_code == 303 and decided(ada, 2).status_code == 303
    stands = RuleChanges(house.store.database).in_force()
    assert stands is not None and stands.number == 2


@pytest.mark.parametrize(("said", "reason"), [
    ("lockout = 12", REASON), ("nonsense", REASON), ('limits = { "news3 alert" = 7 }', REASON), ("budget = 0.02", REASON),
    ("active_wards = 3", REASON), ("lockout = '12 h'", "short"), ("[rules]\nlockout = '12 h'", REASON),
])  # fmt: skip
def test_what_is_not_understood_is_not_kept(house, said, reason):
    answer = proposed(browser(house, "ada"), said, reason)
    assert answer.status_code == 422 and RuleChanges(house.store.database).all() == []
    assert re.search(r'class="wrong"', answer.text)


def test_only_administrators_see_and_change_rules(house):
    house.accounts.add("phy", PASSWORD, "physician")
    client = browser(house, "phy")
    assert client.get("/rules").status_code == 403 and proposed(client).status_code == 403


def test_agreed_rules_that_a_version_does_not_understand_are_told_on_every_page(house, address):
    changes = RuleChanges(house.store.database)
    changes.decide(changes.propose("gone = 1", REASON, "ada", NOW), CONFIRMED, "bea", NOW)
    house.store.close()
    again = started(address)
    assert again.engine.ward.policy == AlertPolicy()
    assert "Rules 1 cannot be used" in browser(again, "ada").get("/").text
    again.store.close()


def test_a_store_keeps_who_and_when(house):
    changes = RuleChanges(house.store.database)
    number = changes.propose(LATER, REASON, "ada", 5)
    with pytest.raises(AccountError, match="second person"):
        changes.decide(number, CONFIRMED, "ada", 6)
    changes.decide(number, CONFIRMED, "bea", 7)
    (kept,) = changes.all()
    assert (kept.proposed_by, kept.proposed, kept.decided_by, kept.decided) == ("ada", 5, "bea", 7)


def test_what_changes_is_said_in_words():
    policy, _ = rules_of(LATER, 1, AlertPolicy(), None)
    named = [name for name, _, _ in differences(AlertPolicy(), policy)]
    assert named == ["limit: news2 alert", "lockout", "speaking_wards"]
    assert differences(policy, policy) == []
    with pytest.raises(FormatError):
        rules_of("active_wards = []\nx", 1, AlertPolicy(), None)
    assert issubclass(FormatError, OpensepsisError)


@pytest.mark.parametrize(
    ("wards", "said"), [((), "Silent mode:"), (("ICU", "3B"), "Silent mode on all wards but 3B, ICU:")]
)
def test_every_page_says_which_wards_are_silent(address, wards, said):
    policy = AlertPolicy(speaking_wards=frozenset(wards))
    made = WardServer(WardConfig(address, listeners=(), clock=HandClock(NOW), policy=policy))
    assert f"<strong>{said}</strong>" in TestClient(made.app).get("/login").text
    made.close()
