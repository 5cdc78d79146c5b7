"""Steps of a visit that are sent again, and what a cancellation takes back of them; a visit that is only expected."""

from itertools import permutations

import pytest

from opensepsis.uses.ward.model.facts import Move, Visited
from opensepsis.uses.ward.state.visits import visits_of
from tests.support.ward.telling import whom


def encounter(day, minute: float, status: str, since: float = 0, **period) -> dict:
    return {
        "resourceType": "Encounter", "id": "V1", "status": status, "subject": whom("1"), "class": {"code": "IMP"},
        "period": {"start": day.iso(since), **period}, "location": [{"location": {"display": "3B"}}],
        "meta": {"lastUpdated": day.iso(minute)},
    }  # fmt: skip


def step(day, minute: float, event: str, at: float, place: str = "3B^1^1", visit: str = "V1") -> str:
    return f"{day._head(f'ADT^{event}', minute, '1')}EVN|{event}|{day.stamp(at)}\rPV1|1|I|{place}||||||||||||||||{visit}\r"


def on_board(day) -> list[str]:
    return [bed.ward for bed in day.hospital.board(None)]


def test_a_discharge_that_was_told_twice_is_cancelled_once(day):
    """Its time or destination was corrected; the patient stays, and nobody would be called."""
    day.admit(0)
    for minute, at in ((10, 10), (15, 12)):
        said = encounter(day, minute, "finished", end=day.iso(at))
        day.send(minute, step(day, minute, "A03", at), said)
    assert on_board(day) == []
    day.send(20, step(day, 20, "A13", 20), encounter(day, 20, "in-progress"))
    assert on_board(day) == ["3B"]
    day.ill(30)
    assert day.alerts() == ["alert"]


def test_an_admission_that_was_told_twice_is_cancelled_once(day):
    for minute, since in ((1, 0), (10, 5)):
        day.send(minute, step(day, minute, "A01", since), encounter(day, minute, "in-progress", since))
    assert on_board(day) == ["3B"]
    day.send(20, step(day, 20, "A11", 20), encounter(day, 20, "entered-in-error"))
    assert on_board(day) == []
    day.send(30, step(day, 30, "A01", 30), encounter(day, 30, "in-progress", 30))
    assert on_board(day) == ["3B"] and len(day.patient().visits) == 1


@pytest.mark.parametrize("form", ["hl7"])
@pytest.mark.parametrize("place", ["", "3B^1^1"])
def test_a_move_that_was_told_twice_is_cancelled_once(day, place):
    day.admit(0)
    for minute in (10, 15):
        day.send(minute, step(day, minute, "A02", 10, "ICU^1^1"), {})
    day.send(20, step(day, 20, "A12", 20, place), {})
    assert on_board(day) == ["3B"]


@pytest.mark.parametrize(
    ("told", "cancelled"),
    [(("A02", "ICU^1^1"), ("A12", "3B^1^1")), (("A02", "ICU^1^1"), ("A12", "")), (("A03", "3B^1^1"), ("A13", "3B^1^1"))],
)  # fmt: skip
@pytest.mark.parametrize("form", ["hl7"])
def test_a_cancellation_that_comes_again_takes_nothing_later_back(day, told, cancelled):
    day.admit(0)
    day.send(10, step(day, 10, told[0], 10, told[1]), {})
    day.send(20, step(day, 20, cancelled[0], 20, cancelled[1]), {})
    assert on_board(day) == ["3B"]
    day.send(30, step(day, 30, told[0], 30, "5A^1^1"), {})
    after = on_board(day)
    day.send(90, step(day, 90, cancelled[0], 20, cancelled[1]), {})
    assert on_board(day) == after == (["5A"] if told[0] == "A02" else [])


@pytest.mark.parametrize("form", ["hl7"])
def test_a_day_that_is_sent_again_after_a_break_of_the_network_changes_nothing(day):
    told = [("A01", 0, "3B"), ("A02", 10, "ICU"), ("A12", 20, ""), ("A02", 30, "5A"), ("A03", 40, "5A"), ("A13", 50, "5A")]  # fmt: skip
    for late in (0, 100):
        for event, at, ward in told:
            day.send(at + late, step(day, at + late, event, at, f"{ward}^1^1" if ward else ""), {})
        assert on_board(day) == ["5A"]
        assert [ward for _, ward, _ in day.patient().visit.places] == ["3B", "5A"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_a_cancellation_takes_back_is_the_same_in_any_order(order):
    steps = [
        Visited("A|1", "v", move, time, stated, ward="3B")
        for move, time, stated in [
            (Move.ADMIT, 0, 0), (Move.DISCHARGE, 10, 10), (Move.DISCHARGE, 12, 15), (Move.CANCEL_DISCHARGE, 20, 20),
        ]
    ]  # fmt: skip
    assert [v.discharged for v in visits_of([steps[n] for n in order])] == [None]


@pytest.mark.parametrize("form", ["hl7"])
def test_who_is_expected_elsewhere_is_where_they_are(day):
    """A planned visit, told and updated with the class of an inpatient, moves nobody out of the emergency department."""
    day.admit(0, "ED", event="A04")
    day.ill(5)
    for minute, event in ((10, "A05"), (15, "A08")):
        day.send(minute, step(day, minute, event, minute, visit="V2"), {})
    assert on_board(day) == ["ED"] and day.alerts() == ["alert"]
    day.send(20, step(day, 20, "A01", 20, visit="V2"), {})
    assert on_board(day) == ["3B"]


@pytest.mark.parametrize("form", ["hl7"])
def test_who_was_not_admitted_from_the_emergency_department_after_all_is_still_there(day):
    day.admit(0, "ED", event="A04")
    for minute in (10, 12):
        day.send(minute, step(day, minute, "A01", 10), {})
    assert on_board(day) == ["3B"]
    day.send(20, step(day, 20, "A11", 20, ""), {})
    assert on_board(day) == ["ED"]


@pytest.mark.parametrize("form", ["hl7"])
@pytest.mark.parametrize(("told", "cancelled"), [("A02", "A12"), ("A03", "A13")])
@pytest.mark.parametrize("place", ["", "3B^1^1"])
def test_who_is_known_by_a_cancelled_step_alone_is_here(day, told, cancelled, place):
    """The admission was never told: before the feed began, or in a break of the network."""
    day.well(5)
    day.send(10, step(day, 10, told, 10, "ICU^1^1"), {})
    day.send(20, step(day, 20, cancelled, 20, place), {})
    assert on_board(day) == (["3B"] if place else [""])
    day.ill(30)
    assert day.alerts() == ["alert"]
