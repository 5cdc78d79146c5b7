"""Vital signs that a monitor sends one by one call as a set in one message does: once, with the last value (alert policy usual 5)."""

import pytest

from opensepsis.uses.ward.workbench.figures import calls_of

SECOND = 1 / 60
SIGNS = {"rate": 26, "spo2": 91, "systolic": 98, "pulse": 134, "temp": 38.4}


@pytest.fixture
def begun(day):
    day.admit(0)
    day.well(5)
    return day


def one_by_one(day, minute: float, pause: float = 0.2, **signs) -> None:
    """Each sign in a message of its own."""
    for i, (name, value) in enumerate(signs.items()):
        day.result(minute, late=minute + i * pause * SECOND, order=f"{name}-{minute}", **{name: value})


def told(day) -> list[tuple[str, bool]]:
    return [(t.state.value, bool(t.updates)) for t in day.store.transitions()]


def test_a_set_one_by_one_calls_once(begun):
    one_by_one(begun, 65, **SIGNS)
    assert told(begun).count(("alert", False)) == 1 and ("alert", True) in told(begun)
    assert len(calls_of(begun.store.transitions())) == 1
    (shown,) = begun.hospital.board(None)
    total = begun.total("news2", 66)
    assert begun.last().reasons[0].startswith(f"NEWS2 {total}")
    assert shown.alert.reasons[0].startswith(f"NEWS2 {total}") and shown.alert.unanswered


def test_as_many_calls_as_in_one_message(begun, new_day):
    one_by_one(begun, 65, **SIGNS)
    other = new_day()
    other.admit(0)
    other.well(5)
    other.result(65, **SIGNS)
    assert len(calls_of(begun.store.transitions())) == len(calls_of(other.store.transitions())) == 1
    assert begun.last().reasons == other.last().reasons


def test_the_next_set_that_is_worse_calls_again(begun):
    one_by_one(begun, 65, rate=26, spo2=91, temp=39.2)
    one_by_one(begun, 66, systolic=88, pulse=134)
    assert len(calls_of(begun.store.transitions())) == 2


def test_a_sign_that_stands_for_shock_calls_whenever_it_comes(mother):
    mother.admit(0)
    mother.pregnancy(4)
    mother.well(5)
    one_by_one(mother, 65, rate=31)
    before = len(calls_of(mother.store.transitions()))
    one_by_one(mother, 65 + SECOND, mean=58, lactate=4.8)
    assert len(calls_of(mother.store.transitions())) > before and mother.last().level == "critical"


def test_it_stays_one_call_after_a_restart_in_the_midst(begun):
    one_by_one(begun, 65, rate=26, spo2=91, temp=39.2)
    begun.killed()
    one_by_one(begun, 65 + SECOND, systolic=98, pulse=134)
    assert len(calls_of(begun.store.transitions())) == 1
