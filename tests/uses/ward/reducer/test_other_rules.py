"""A ward that starts under other rules works its log out anew: nobody is called for what was over long ago."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opensepsis.uses.ward.state.alert_policy import AlertPolicy, Level, ScoreReaches
from opensepsis.uses.ward.store import Store, outbox
from opensepsis.uses.ward.store.commit import AlertRoute
from tests.support.ward.feeds import Day

LOW = AlertPolicy(version="4, rules 1", silent=False, reasons=(ScoreReaches("news2", 3, Level.ALERT),))
HIGH = AlertPolicy(silent=False, reasons=(ScoreReaches("news2", 20, Level.ALERT),))


def letters(day: Day) -> list[tuple]:
    """What waits to be sent."""
    due = outbox.due(day.store.database, "pager", day.clock.now() + 10**12, 100)
    return [(letter.transition.patient, letter.transition.state.value) for letter in due]


@pytest.fixture
def begun(tmp_path):
    """A ward under some rules, with a pager."""
    made: list[Day] = []

    def under(policy: AlertPolicy) -> Day:
        made.append(Day("hl7", tmp_path / "ward.db", policy=policy))
        made[0].store.outlets = (AlertRoute("pager"),)
        return made[0]

    yield under
    made[0].store.close()


def again(day: Day, policy: AlertPolicy) -> None:
    """The same ward, stopped and started under other rules."""
    day.store.close()
    day.policy = policy
    opened = Store(str(day.path), (AlertRoute("pager"),))
    day.store, day.engine.store = opened, opened
    day.engine._policy = policy
    day.engine._entries = opened.last_entry()
    day.engine.rebuild()


def test_only_who_is_still_ill_is_called_once(begun):
    day = begun(HIGH)
    for who in ("1", "2"):
        day.admit(0, who=who)
        day.ill(5, who=who)
    for minute in range(60, 900, 60):  # the second is well again, for hours
        day.ill(minute)
        day.well(minute + 1, who="2")
    day.wait(905)
    assert letters(day) == []
    again(day, LOW)
    states = {(t.patient[-1], t.state.value, t.spoken) for t in day.store.transitions()}
    assert ("2", "resolved", False) in states and ("2", "alert", False) in states
    assert {(who[-1], state) for who, state in letters(day)} <= {("1", "alert"), ("1", "escalated")}
    assert len(letters(day)) == 1


@pytest.fixture
def called(begun):
    """A ward that has called once, and that call."""
    day = begun(LOW)
    day.admit(0)
    day.ill(5)
    day.wait(10)
    before = letters(day)
    assert len(before) == 1
    return day, before


def test_the_same_rules_call_nobody_again(called):
    day, before = called
    again(day, LOW)
    assert letters(day) == before


def test_what_was_told_under_the_rules_before_and_still_calls_is_told_once(called):
    day, before = called
    again(day, replace(LOW, version="5, rules 2"))
    assert letters(day) == before and {t.policy for t in day.store.transitions()} == {
        "usual 4, rules 1",
        "usual 5, rules 2",
    }
    day.wait(60)
    assert [state for _, state in letters(day)] == ["alert", "escalated"]


@pytest.mark.parametrize(
    "first", [AlertPolicy(silent=False, rise=1), AlertPolicy(silent=False, same_set=timedelta(0))]
)
def test_a_call_under_other_rules_is_none_that_was_written_before(begun, first):
    """The rules before told more steps of the alert: the next step under the new ones has the number of one of theirs."""
    day = begun(first)
    day.admit(0)
    day.well(5)
    for i, (name, value) in enumerate(
        (("rate", 26), ("spo2", 91), ("systolic", 98), ("pulse", 134), ("temp", 39.2))
    ):
        day.result(65 + i, **{name: value})
    again(day, AlertPolicy(version="5, rules 1", silent=False, rise=9))
    day.wait(75)
    assert day.patient().alert_record.state.value == "alert"
    day.wait(110)
    assert day.last().state.value == "escalated" and letters(day)[-1][1] == "escalated"


def test_the_history_of_an_alert_is_that_of_the_rules_in_force(begun):
    day = begun(AlertPolicy(silent=False))
    day.admit(0)
    day.well(5)
    day.ill(65)
    again(day, AlertPolicy(version="5, rules 1", silent=False))
    day.wait(110)  # nobody answered
    (letter,) = [one for one in outbox.due(day.store.database, "pager", day.clock.now() + 10**12, 100)][-1:]
    told = outbox.history(day.store.database, letter.transition)
    assert {one.policy for one in told} == {"usual 5, rules 1"} and told[-1].state.value == "escalated"
