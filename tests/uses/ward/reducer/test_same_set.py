"""A set of measurements that comes one by one calls once; whatever is more urgent or another thing calls all the same (usual 5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import minutes
from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.notify.fhir import resources
from opensepsis.uses.ward.notify.webhook import body_of
from opensepsis.uses.ward.state.alert_answers import answer, merged
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, Level
from opensepsis.uses.ward.state.alert_record import SIGN, AlertInputs, AlertRecord, Reason
from opensepsis.uses.ward.state.alerts import advance, next_time
from opensepsis.uses.ward.workbench.figures import calls_of

SPEAKING = AlertPolicy(silent=False)
SHOCK = Reason("septic_shock 0", Level.CRITICAL, "Septic shock", suppressible=False)
SEPSIS = Reason("sepsis3 0", Level.ALERT, "Sepsis-3")


def news2(seconds: float, points: int, *others: Reason, **more) -> AlertInputs:
    """NEWS2 of so many points at a moment."""
    high = Reason("news2>=7", Level.ALERT, f"NEWS2 {points}", suppressible=False, about="news2")
    totals = {"news2": points} | more.pop("also", {})
    return AlertInputs(
        to_microseconds(timedelta(seconds=seconds)), (high, *others), points=tuple(totals.items()), **more
    )


def after(*situations: AlertInputs, policy: AlertPolicy = SPEAKING, record: AlertRecord | None = None):
    """The changes that these situations make, and the record."""
    record, changes = record or AlertRecord("A|1"), []
    for now in situations:
        record, made = advance(record, now, policy)
        changes += made
    return changes, record


@pytest.mark.parametrize("policy", [SPEAKING, AlertPolicy()])
def test_a_further_rise_brings_the_call_up_to_date(policy):
    changes, _ = after(news2(0, 8), news2(0.3, 9), news2(0.6, 11), news2(5, 13), policy=policy)
    assert [(c.reasons, c.updates) for c in changes] == [
        (("NEWS2 8",), ""), (("NEWS2 9",), changes[0].name), (("NEWS2 11",), changes[0].name), (("NEWS2 13",), changes[0].name),
    ]  # fmt: skip
    assert len(calls_of(changes)) == 1 and len({c.name for c in changes}) == 4


@pytest.mark.parametrize(("seconds", "calls"), [(5, 1), (5.000001, 2), (60, 2)])
def test_after_five_seconds_it_is_another_call(seconds, calls):
    assert len(calls_of(after(news2(0, 8), news2(seconds, 11))[0])) == calls


def test_the_five_seconds_begin_with_the_call_and_not_with_its_updates():
    changes, _ = after(news2(0, 7), news2(4, 9), news2(8, 11), news2(9, 13))
    assert [bool(c.updates) for c in changes] == [False, True, False, True]
    assert changes[3].updates == changes[2].name


@pytest.mark.parametrize(
    "more",
    [
        news2(1, 11, SHOCK), news2(1, 11, SEPSIS), news2(1, 11, organs=frozenset(["kidney"])),
        news2(1, 11, organs=frozenset([f"{SIGN}MAP 52"])), news2(1, 8, SHOCK), news2(1, 8, also={"sofa": 6}),
        news2(1, 11, also={"sofa": 6}), news2(1, 11, Reason("deadline a", Level.ALERT, "missed", breaks_through=True)),
    ],
)  # fmt: skip
def test_what_is_more_urgent_or_another_thing_calls(more):
    changes, _ = after(news2(0, 8, also={"sofa": 2}), more)
    assert [c.updates for c in changes] == ["", ""] and len(calls_of(changes)) == 2


def test_a_watched_score_that_rises_to_an_alert_calls():
    watch = Reason("news2>=5", Level.WATCH, "NEWS2 6", about="news2")
    changes, _ = after(AlertInputs(0, (watch,), points=(("news2", 6),)), news2(1, 8), news2(2, 10))
    assert [(c.state, bool(c.updates)) for c in changes] == [
        (AlertState.WATCH, False), (AlertState.ALERT, False), (AlertState.ALERT, True),
    ]  # fmt: skip


@pytest.mark.parametrize("act", ["acknowledge", "dismiss"])
def test_a_rise_after_an_answer_calls_again(act):
    _, record = after(news2(0, 8))
    record, _ = answer(record, act, "ada", to_microseconds(timedelta(seconds=1)), SPEAKING)
    changes, _ = after(news2(2, 11), record=record)
    assert [(c.state, c.updates) for c in changes] == [(AlertState.ALERT, "")]


def test_an_answer_to_what_was_updated_since_is_not_taken():
    _, record = after(news2(0, 8), news2(1, 13))
    record, told = answer(
        record, "acknowledge", "ada", to_microseconds(minutes(1)), SPEAKING, alert=1, seen=1
    )
    assert record.state is AlertState.ALERT and "changed since" in told[0].words
    assert (
        answer(record, "acknowledge", "ada", 1, SPEAKING, alert=1, seen=2)[0].state is AlertState.ACKNOWLEDGED
    )


def test_updates_do_not_put_off_the_escalation():
    _, record = after(news2(0, 8), news2(4, 13))
    assert next_time(record, SPEAKING) == to_microseconds(SPEAKING.escalate_after)
    changes, _ = after(replace(news2(0, 13), time=to_microseconds(SPEAKING.escalate_after)), record=record)
    assert [(c.state, c.updates) for c in changes] == [(AlertState.ESCALATED, "")]


def test_an_alert_of_another_record_is_not_updated():
    _, record = after(news2(0, 8))
    joined, _ = merged(AlertRecord("A|2"), record, to_microseconds(timedelta(seconds=1)), SPEAKING)
    changes, _ = after(news2(2, 11), record=joined)
    assert [c.updates for c in changes] == [""]


def test_one_who_is_treated_hears_of_a_rise_once():
    treated = {"treated": True}
    low = Reason("news2>=5 infection", Level.ALERT, "NEWS2 5", about="news2")

    def at(seconds: float, points: int) -> AlertInputs:
        return replace(news2(seconds, points, **treated), reasons=(replace(low, words=f"NEWS2 {points}"),))

    changes, _ = after(at(0, 5), at(60, 7), at(61, 9))
    assert [(c.state, bool(c.updates)) for c in changes] == [
        (AlertState.SUPPRESSED, False), (AlertState.ALERT, False), (AlertState.ALERT, True),
    ]  # fmt: skip


def test_receivers_are_told_the_last_value_under_the_name_of_the_call():
    changes, _ = after(news2(0, 8), news2(1, 13))
    assert b'"updates"' not in body_of(changes[0])
    assert f'"updates":"{changes[0].name}"'.encode() in body_of(changes[1]) and b"NEWS2 13" in body_of(
        changes[1]
    )
    first, second = (resources(c, tuple(changes[: i + 1])) for i, c in enumerate(changes))
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert "NEWS2 13" in second[2]["payload"][0]["contentString"] and "NEWS2 13" in str(second[1])
