"""Alerts that behave: raised once, answered, raised again only for news, resolved, withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import hours, minutes
from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.state.alert_answers import answer, merged
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, Level
from opensepsis.uses.ward.state.alert_record import AlertInputs, AlertRecord, Reason
from opensepsis.uses.ward.state.alerts import advance, next_time

SPEAKING = AlertPolicy(silent=False)
WATCH = Reason("news2>=5", Level.WATCH, "NEWS2 5", about="news2")
ALERT = Reason("news2>=7", Level.ALERT, "NEWS2 7", about="news2")
SHOCK = Reason("septic_shock 0", Level.CRITICAL, "Septic shock", suppressible=False)
MISSED = Reason(
    "deadline a", Level.ALERT, "deadline missed: antibiotic", suppressible=False, breaks_through=True
)
HIGH = Reason("news2>=7", Level.ALERT, "NEWS2 13", suppressible=False, about="news2")


def at(length: timedelta, *reasons, **more) -> AlertInputs:
    return AlertInputs(to_microseconds(length), reasons, **more)


def went(*situations, policy=SPEAKING, record=None):
    """The states after each situation, and the record."""
    record, states = record or AlertRecord("A|1"), []
    for now in situations:
        record, changes = advance(record, now, policy)
        states.append([t.state for t in changes])
    return states, record


def test_a_watch_becomes_an_alert_and_is_raised_once():
    states, _ = went(at(hours(0), WATCH), at(minutes(5), ALERT), at(minutes(10), ALERT))
    assert states == [[AlertState.WATCH], [AlertState.ALERT], []]


def test_silent_mode_records_and_calls_nobody():
    states, record = went(at(hours(0), ALERT), at(hours(2), ALERT), policy=AlertPolicy())
    assert states == [[AlertState.SILENT], []]
    assert next_time(record, AlertPolicy()) is None


def test_a_speaking_ward_is_not_silent():
    policy = AlertPolicy(speaking_wards=frozenset(["3A"]))
    assert went(at(hours(0), ALERT, ward="3A"), policy=policy)[0] == [[AlertState.ALERT]]
    assert went(at(hours(0), ALERT, ward="3B"), policy=policy)[0] == [[AlertState.SILENT]]


def test_unanswered_it_escalates_exactly_in_time():
    before = at(SPEAKING.escalate_after - timedelta(microseconds=1), ALERT)
    states, _ = went(at(hours(0), ALERT), before, at(SPEAKING.escalate_after, ALERT), at(hours(1), ALERT))
    assert states == [[AlertState.ALERT], [], [AlertState.ESCALATED], []]


def answered(act, **more):
    _, record = went(at(hours(0), ALERT, organs=frozenset(["kidney"]), points=(("news2", 7),)))
    return answer(record, act, "ada", to_microseconds(minutes(10)), SPEAKING, **more)[0]


def test_an_answered_alert_rests_and_does_not_escalate():
    same = at(hours(3), ALERT, organs=frozenset(["kidney"]), points=(("news2", 7),))
    assert went(same, record=answered("acknowledge"))[0] == [[]]


@pytest.mark.parametrize("act", ["acknowledge", "dismiss", "snooze"])
@pytest.mark.parametrize(
    "news",
    [
        at(hours(1), ALERT, organs=frozenset(["kidney", "liver"]), points=(("news2", 7),)),
        at(hours(1), ALERT, organs=frozenset(["kidney"]), points=(("news2", 9),)),
        at(hours(1), ALERT, SHOCK),
        at(hours(1), ALERT, MISSED),
    ],
    ids=["new organ", "set rise", "shock", "missed deadline"],
)
def test_only_news_raises_it_again(act, news):
    record = answered(act, words="seen", until=to_microseconds(hours(4)))
    assert went(news, record=record)[0] == [[AlertState.ALERT]]


def test_a_rise_below_the_set_number_is_no_news():
    rise = at(hours(1), ALERT, organs=frozenset(["kidney"]), points=(("news2", 8),))
    assert went(rise, record=answered("acknowledge"))[0] == [[]]


def test_the_end_of_a_snooze_raises_it_again():
    record = answered("snooze", words="scan first", until=to_microseconds(hours(2)))
    assert next_time(record, SPEAKING) == to_microseconds(hours(2))
    states, _ = went(at(hours(2) - timedelta(microseconds=1), ALERT), at(hours(2), ALERT), record=record)
    assert states == [[], [AlertState.ALERT]]


def test_already_treated_is_suppressed_but_shock_is_not():
    states, record = went(at(hours(0), ALERT, treated=True))
    assert states == [[AlertState.SUPPRESSED]]
    assert went(at(hours(1), ALERT, SHOCK, treated=True), record=record)[0] == [[AlertState.ALERT]]


def test_comfort_care_suppresses_everything():
    states, record = went(at(hours(0), ALERT, SHOCK, comfort_care=True))
    assert states == [[AlertState.SUPPRESSED]]
    assert went(at(hours(1), ALERT, SHOCK, MISSED, comfort_care=True), record=record)[0] == [[]]
    assert went(at(hours(2), ALERT, SHOCK), record=record)[0] == [[AlertState.ALERT]]


def test_it_resolves_only_after_nothing_held_for_a_while():
    states, _ = went(
        at(hours(0), ALERT), at(hours(1)), at(hours(3) - timedelta(microseconds=1)), at(hours(3))
    )
    assert states == [[AlertState.ALERT], [], [], [AlertState.RESOLVED]]


def test_what_cannot_be_judged_never_clears():
    unclear = at(hours(9), unclear=frozenset([ALERT.name]))
    states, record = went(at(hours(0), ALERT), unclear)
    assert states[1] == [AlertState.ESCALATED]
    assert record.held == (ALERT,)


def test_a_correction_withdraws_at_once_and_says_why():
    _, record = went(at(hours(0), ALERT))
    record, changes = advance(record, at(minutes(42), corrected="result corrected: lactate to 0.8"), SPEAKING)
    assert [t.state for t in changes] == [AlertState.WITHDRAWN]
    assert changes[0].words == "result corrected: lactate to 0.8"
    assert not record.open


def test_inside_the_lockout_only_news_opens_another():
    _, record = went(at(hours(0), ALERT), at(hours(1)), at(hours(3)))
    assert went(at(hours(4), ALERT), record=record)[0] == [[]]
    assert went(at(hours(4), ALERT, SHOCK), record=record)[0] == [[AlertState.ALERT]]
    assert went(at(hours(3) + SPEAKING.lockout, ALERT), record=record)[0] == [[AlertState.ALERT]]


def test_who_leaves_needs_no_alert():
    assert went(at(hours(0), ALERT), at(hours(1), ALERT, gone="left"))[0][1] == [AlertState.RESOLVED]


def test_two_halves_become_one_alert_not_two_not_none():
    _, one = went(at(hours(1), ALERT))
    _, other = went(at(hours(0), ALERT), record=AlertRecord("A|2"))
    record, changes = merged(one, other, to_microseconds(hours(2)), SPEAKING)
    assert record.open
    assert record.since == 0
    assert [(t.patient, t.state, t.merged_into, t.replaces) for t in changes] == [
        ("A|2", AlertState.WITHDRAWN, ("A|1", 1), None),
        ("A|1", AlertState.ALERT, None, ("A|2", 1)),
    ]
    assert went(at(hours(3), ALERT), record=replace(record, escalate_at=None))[0] == [[]]


def test_transitions_have_names_of_their_own_without_the_patient():
    _, record = went(at(hours(0), WATCH))
    _, changes = advance(record, at(hours(1), ALERT), SPEAKING)
    assert "A|1" not in changes[0].name
    assert changes[0].name.endswith("-1-2")


def test_of_several_reasons_about_one_score_the_gravest_is_told():
    _, changes = advance(AlertRecord("A|1"), at(hours(0), WATCH, ALERT, SHOCK), SPEAKING)
    assert changes[0].reasons == ("Septic shock", "NEWS2 7")


def test_treatment_suppresses_only_what_rests_on_infection():
    assert went(at(hours(0), HIGH, treated=True))[0] == [[AlertState.ALERT]]
    states, record = went(at(hours(0), ALERT, treated=True))
    assert states == [[AlertState.SUPPRESSED]]
    assert went(at(hours(1), ALERT, HIGH, treated=True), record=record)[0] == [[AlertState.ALERT]]


def test_what_is_suppressed_speaks_when_the_treatment_is_over_and_not_before():
    _, record = went(at(hours(0), ALERT, treated=True, recheck=to_microseconds(hours(3))))
    assert next_time(record, SPEAKING) == to_microseconds(hours(3))
    assert went(at(hours(2), ALERT), record=record)[0] == [[]]  # a daily dose may be late
    _, changes = advance(record, at(hours(3), ALERT, lapsed="an order was not carried out"), SPEAKING)
    assert [(t.state, t.words) for t in changes] == [(AlertState.ALERT, "an order was not carried out")]


@pytest.mark.parametrize(
    ("act", "lasting"), [("acknowledge", SPEAKING.acknowledged_for), ("dismiss", SPEAKING.dismissed_for)]
)
def test_an_answer_does_not_last_for_ever(act, lasting):
    record = answered(act)
    end = minutes(10) + lasting
    same = {"organs": frozenset(["kidney"]), "points": (("news2", 7),)}
    assert next_time(record, SPEAKING) == to_microseconds(end)
    assert went(at(end - timedelta(microseconds=1), ALERT, **same), at(end, ALERT, **same), record=record)[
        0
    ] == [
        [],
        [AlertState.ALERT],
    ]
    assert went(at(end, WATCH, **same), record=record)[0] == [[]]  # nothing calls any more


def test_an_alert_that_gets_worse_unanswered_escalates_in_time_all_the_same():
    worse = at(minutes(20), ALERT, organs=frozenset(["kidney"]))
    states, _ = went(at(hours(0), ALERT), worse, at(SPEAKING.escalate_after, ALERT))
    assert states == [[AlertState.ALERT], [AlertState.ALERT], [AlertState.ESCALATED]]


def test_an_escalated_alert_that_gets_worse_stays_escalated_and_shock_calls_anew():
    before = at(hours(0), ALERT), at(minutes(30), ALERT)
    worse = at(minutes(40), ALERT, organs=frozenset(["liver"]))
    assert went(*before, worse)[0][1:] == [[AlertState.ESCALATED], [AlertState.ESCALATED]]
    states, _ = went(*before, at(minutes(40), ALERT, SHOCK), at(minutes(70), ALERT, SHOCK))
    assert states[2:] == [[AlertState.ALERT], [AlertState.ESCALATED]]


def test_an_answer_to_what_has_changed_is_not_taken_and_recorded():
    _, record = went(at(hours(0), ALERT), at(minutes(5), ALERT, organs=frozenset(["kidney"])))
    same, changes = answer(
        record, "acknowledge", "ada", to_microseconds(minutes(6)), SPEAKING, alert=1, seen=1
    )
    assert same.state is AlertState.ALERT
    assert [(t.state, t.user, t.spoken) for t in changes] == [(AlertState.ALERT, "ada", False)]
    assert "changed" in changes[0].words
    assert (
        answer(record, "acknowledge", "ada", to_microseconds(minutes(6)), SPEAKING, alert=1, seen=2)[0].state
        is AlertState.ACKNOWLEDGED
    )
    assert (
        answer(record, "acknowledge", "ada", to_microseconds(minutes(6)), SPEAKING, alert=2, seen=9)[0].state
        is AlertState.ALERT
    )


def test_an_escalation_is_no_change_of_what_the_alert_says():
    _, record = went(at(hours(0), ALERT), at(minutes(30), ALERT))
    assert (
        answer(record, "acknowledge", "ada", to_microseconds(minutes(31)), SPEAKING, alert=1, seen=1)[0].state
        is AlertState.ACKNOWLEDGED
    )


def test_the_lockout_runs_from_when_an_alert_settled():
    states, record = went(at(hours(0), ALERT), at(hours(1), WATCH), at(hours(3), WATCH), at(hours(4), ALERT))
    assert states == [[AlertState.ALERT], [], [AlertState.WATCH], []]
    assert next_time(record, SPEAKING) == to_microseconds(hours(3) + SPEAKING.lockout)
    assert went(at(hours(5), ALERT, SHOCK), record=record)[0] == [[AlertState.ALERT]]
    assert went(at(hours(5), ALERT, organs=frozenset(["liver"])), record=record)[0] == [[AlertState.ALERT]]
    assert went(at(hours(3) + SPEAKING.lockout, ALERT), record=record)[0] == [[AlertState.ALERT]]


def test_a_watch_that_called_nobody_locks_nothing_out():
    _, record = went(at(hours(0), WATCH), at(hours(1)), at(hours(3)))
    assert not record.open
    assert went(at(hours(4), ALERT), record=record)[0] == [[AlertState.ALERT]]


def test_an_alert_that_was_only_recorded_locks_no_ward_that_speaks():
    policy = AlertPolicy(speaking_wards=frozenset(["5A"]))
    _, record = went(
        at(hours(0), ALERT, ward="3B"), at(hours(1), ward="3B"), at(hours(3), ward="3B"), policy=policy
    )
    assert went(at(hours(4), ALERT, ward="3B"), record=record, policy=policy)[0] == [[]]
    assert went(at(hours(4), ALERT, ward="5A"), record=record, policy=policy)[0] == [[AlertState.ALERT]]


def test_a_transfer_is_told_to_whoever_was_told_and_on_arrival():
    policy = AlertPolicy(speaking_wards=frozenset(["5A"]))
    _, record = went(at(hours(0), ALERT, ward="3B"), policy=policy)
    arrived, changes = advance(record, at(hours(1), ALERT, ward="5A"), policy)
    assert [(t.state, t.ward, t.moved_from, t.spoken) for t in changes] == [
        (AlertState.ALERT, "5A", "3B", True)
    ]
    arrived, _ = answer(arrived, "acknowledge", "ada", to_microseconds(hours(1)), policy)
    gone, changes = advance(arrived, at(hours(2), ALERT, ward="3B"), policy)
    assert [(t.state, t.ward, t.moved_from, t.spoken) for t in changes] == [
        (AlertState.ACKNOWLEDGED, "3B", "5A", True)
    ]
    assert gone.answered == to_microseconds(hours(1))
    assert advance(gone, at(hours(3), ALERT, ward="3B"), policy)[1] == ()


def test_a_value_that_is_corrected_away_takes_a_partial_score_along_and_one_that_only_aged_does_not():
    unclear = frozenset([ALERT.name])
    states, _ = went(at(hours(0), ALERT), at(hours(1), unclear=unclear, corrected="result withdrawn: SpO₂"))
    assert states[1] == [AlertState.WITHDRAWN]
    aged = at(hours(1), unclear=unclear, corrected="result corrected: weight", stood=unclear)
    assert went(at(hours(0), ALERT), aged)[0][1] == [AlertState.ESCALATED]


def test_a_reason_says_how_old_it_is():
    old = replace(HIGH, measured=0)
    _, changes = advance(AlertRecord("A|1"), at(hours(29), old), SPEAKING)
    assert changes[0].reasons == ("NEWS2 13, 29 h ago",)


def test_of_two_merged_alerts_the_one_that_calls_goes_on():
    _, one = went(at(hours(0), ALERT))
    one = answer(one, "acknowledge", "ada", to_microseconds(minutes(5)), SPEAKING)[0]
    _, other = went(at(hours(1), ALERT), record=AlertRecord("A|2"))
    assert merged(one, other, to_microseconds(hours(2)), SPEAKING)[0].state is AlertState.ALERT


def test_an_alert_that_is_resumed_escalates_again():
    record = answer(
        answered("snooze", until=to_microseconds(hours(4))),
        "resume",
        "ada",
        to_microseconds(hours(1)),
        SPEAKING,
    )[0]
    assert next_time(record, SPEAKING) == to_microseconds(hours(1) + SPEAKING.escalate_after)


def test_a_rise_is_measured_from_what_was_answered():
    """At 13 it was called, at 7 acknowledged: 12 is a rise, and so is a kidney that failed again."""
    totals = [("alert", 13), ("seen", 7), ("worse", 9)]
    called, seen, worse = (
        at(hours(i), ALERT, points=(("news2", total),)) for i, (_, total) in enumerate(totals)
    )
    _, record = went(replace(called, organs=frozenset(["kidney"])), seen)
    record, _ = answer(record, "acknowledge", "ada", to_microseconds(hours(1.5)), SPEAKING)
    assert went(worse, record=record)[0] == [[AlertState.ALERT]]
    again = replace(seen, time=to_microseconds(hours(2)), organs=frozenset(["kidney"]))
    assert went(again, record=record)[0] == [[AlertState.ALERT]]


def test_a_missed_deadline_that_was_answered_is_not_told_every_twelve_hours():
    _, record = went(at(hours(0), MISSED))
    record, _ = answer(record, "acknowledge", "ada", to_microseconds(minutes(5)), SPEAKING)
    assert next_time(record, SPEAKING) is None
    assert went(*(at(hours(13 * i), MISSED) for i in range(1, 9)), record=record)[0] == [[]] * 8


def test_who_says_not_my_patient_silences_nobody_elses_call():
    _, record = went(at(hours(0), ALERT))
    record, changes = answer(
        record,
        "dismiss",
        "ada",
        to_microseconds(minutes(5)),
        SPEAKING,
        words="not my patient: bed 4 is Dr Roe's",
    )
    assert [(t.state, t.spoken) for t in changes] == [(AlertState.ALERT, False)]
    assert went(at(minutes(30), ALERT), record=record)[0] == [[AlertState.ESCALATED]]


def test_the_name_of_a_speaking_ward_is_read_in_any_case():
    policy = AlertPolicy(speaking_wards=frozenset(["3b "]))
    assert (policy.is_silent("3B"), policy.is_silent("3C"), policy.is_silent("")) == (False, True, True)
