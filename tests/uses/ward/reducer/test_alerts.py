"""Alerts that behave: raised once, answered, raised again only for news, resolved, withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opensepsis.engine.moment import micro
from opensepsis.rules import hours, minutes
from opensepsis.uses.ward.alerts import Book, Reason, Situation, answer, merged, next_time, step
from opensepsis.uses.ward.effects import AlertState
from opensepsis.uses.ward.policy import AlertPolicy, Level

SPEAKING = AlertPolicy(silent=False)
WATCH = Reason("news2>=5", Level.WATCH, "NEWS2 5", about="news2")
ALERT = Reason("news2>=7", Level.ALERT, "NEWS2 7", about="news2")
SHOCK = Reason("septic_shock 0", Level.CRITICAL, "Septic shock", suppressible=False)
MISSED = Reason("deadline a", Level.ALERT, "deadline missed: antibiotic", suppressible=False)


def at(length: timedelta, *reasons, **more) -> Situation:
    return Situation(micro(length), reasons, **more)


def went(*situations, policy=SPEAKING, book=None):
    """The states after each situation, and the book."""
    book, states = book or Book("A|1"), []
    for now in situations:
        book, told = step(book, now, policy)
        states.append([t.state for t in told])
    return states, book


def test_a_watch_becomes_an_alert_and_is_raised_once():
    states, _ = went(at(hours(0), WATCH), at(minutes(5), ALERT), at(minutes(10), ALERT))
    assert states == [[AlertState.WATCH], [AlertState.ALERT], []]


def test_silent_mode_records_and_calls_nobody():
    states, book = went(at(hours(0), ALERT), at(hours(2), ALERT), policy=AlertPolicy())
    assert states == [[AlertState.SILENT], []]
    assert next_time(book, AlertPolicy()) is None


def test_a_speaking_ward_is_not_silent():
    policy = AlertPolicy(speaking_wards=frozenset(["3A"]))
    assert went(at(hours(0), ALERT, ward="3A"), policy=policy)[0] == [[AlertState.ALERT]]
    assert went(at(hours(0), ALERT, ward="3B"), policy=policy)[0] == [[AlertState.SILENT]]


def test_unanswered_it_escalates_exactly_in_time():
    before = at(SPEAKING.escalate_after - timedelta(microseconds=1), ALERT)
    states, _ = went(at(hours(0), ALERT), before, at(SPEAKING.escalate_after, ALERT), at(hours(1), ALERT))
    assert states == [[AlertState.ALERT], [], [AlertState.ESCALATED], []]


def answered(act, **more):
    _, book = went(at(hours(0), ALERT, organs=frozenset(["kidney"]), points=(("news2", 7),)))
    return answer(book, act, "ada", micro(minutes(10)), SPEAKING, **more)[0]


def test_an_answered_alert_rests_and_does_not_escalate():
    same = at(hours(3), ALERT, organs=frozenset(["kidney"]), points=(("news2", 7),))
    assert went(same, book=answered("acknowledge"))[0] == [[]]


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
    book = answered(act, words="seen", until=micro(hours(4)))
    assert went(news, book=book)[0] == [[AlertState.ALERT]]


def test_a_rise_below_the_set_number_is_no_news():
    rise = at(hours(1), ALERT, organs=frozenset(["kidney"]), points=(("news2", 8),))
    assert went(rise, book=answered("acknowledge"))[0] == [[]]


def test_the_end_of_a_snooze_raises_it_again():
    book = answered("snooze", words="scan first", until=micro(hours(2)))
    assert next_time(book, SPEAKING) == micro(hours(2))
    states, _ = went(at(hours(2) - timedelta(microseconds=1), ALERT), at(hours(2), ALERT), book=book)
    assert states == [[], [AlertState.ALERT]]


def test_already_treated_is_suppressed_but_shock_is_not():
    states, book = went(at(hours(0), ALERT, treated=True))
    assert states == [[AlertState.SUPPRESSED]]
    assert went(at(hours(1), ALERT, SHOCK, treated=True), book=book)[0] == [[AlertState.ALERT]]


def test_comfort_care_suppresses_everything():
    states, book = went(at(hours(0), ALERT, SHOCK, comfort_care=True))
    assert states == [[AlertState.SUPPRESSED]]
    assert went(at(hours(1), ALERT, SHOCK, MISSED, comfort_care=True), book=book)[0] == [[]]
    assert went(at(hours(2), ALERT, SHOCK), book=book)[0] == [[AlertState.ALERT]]


def test_it_resolves_only_after_nothing_held_for_a_while():
    states, _ = went(
        at(hours(0), ALERT), at(hours(1)), at(hours(3) - timedelta(microseconds=1)), at(hours(3))
    )
    assert states == [[AlertState.ALERT], [], [], [AlertState.RESOLVED]]


def test_what_cannot_be_judged_never_clears():
    unclear = at(hours(9), unclear=frozenset([ALERT.name]))
    states, book = went(at(hours(0), ALERT), unclear)
    assert states[1] == [AlertState.ESCALATED]
    assert book.held == (ALERT,)


def test_a_correction_withdraws_at_once_and_says_why():
    _, book = went(at(hours(0), ALERT))
    book, told = step(book, at(minutes(42), corrected="result corrected: lactate to 0.8"), SPEAKING)
    assert [t.state for t in told] == [AlertState.WITHDRAWN]
    assert told[0].words == "result corrected: lactate to 0.8"
    assert not book.open


def test_inside_the_lockout_only_news_opens_another():
    _, book = went(at(hours(0), ALERT), at(hours(1)), at(hours(3)))
    assert went(at(hours(4), ALERT), book=book)[0] == [[]]
    assert went(at(hours(4), ALERT, SHOCK), book=book)[0] == [[AlertState.ALERT]]
    assert went(at(hours(3) + SPEAKING.lockout, ALERT), book=book)[0] == [[AlertState.ALERT]]


def test_who_leaves_needs_no_alert():
    assert went(at(hours(0), ALERT), at(hours(1), ALERT, gone=True))[0][1] == [AlertState.RESOLVED]


def test_two_halves_become_one_alert_not_two_not_none():
    _, one = went(at(hours(1), ALERT))
    _, other = went(at(hours(0), ALERT), book=Book("A|2"))
    book, told = merged(one, other, micro(hours(2)), SPEAKING)
    assert book.open
    assert book.since == 0
    assert [t.state for t in told] == [AlertState.WITHDRAWN]
    assert went(at(hours(3), ALERT), book=replace(book, escalate_at=None))[0] == [[]]


def test_transitions_have_names_of_their_own_without_the_patient():
    _, book = went(at(hours(0), WATCH))
    _, told = step(book, at(hours(1), ALERT), SPEAKING)
    assert "A|1" not in told[0].name
    assert told[0].name.endswith("-1-2")


def test_of_several_reasons_about_one_score_the_gravest_is_told():
    _, told = step(Book("A|1"), at(hours(0), WATCH, ALERT, SHOCK), SPEAKING)
    assert told[0].reasons == ("Septic shock", "NEWS2 7")
