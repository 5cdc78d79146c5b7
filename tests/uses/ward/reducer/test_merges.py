"""Merges that are turned round, moved on, taken back, and told out of order: everybody's values stay with their own."""

from itertools import permutations

import pytest

from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Described, Entry, Merged, Move, Visited
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward

HOUR = 3_600_000_000
POLICY = AlertPolicy(silent=False)
SHOCKED = {"respiratory_rate": 30.0, "systolic_pressure": 80.0, "heart_rate": 140.0, "spo2": 85.0}


def admitted(who: str, at: int) -> list:
    return [
        Visited(who, f"V{who}", Move.ADMIT, at, at, ward="3B"),
        Described(who, at, who, -(50 * 8766) * HOUR),
    ]


def charted(who: str, at: int, value: float = 1.0, name: str = "creatinine") -> Charted:
    return Charted(who, Event(name, at, known=at, value=value, origin=f"{who} {name} {at}"))


def ward_of(facts: list, recalled: bool = False) -> Ward:
    """A ward that was told these facts, one message each, an hour apart."""
    log = [Entry(i, i, i * HOUR, fact) for i, fact in enumerate(facts, 1)]
    ward = Ward(
        watched(), POLICY, (lambda name, before: [e for e in log if e.number < before]) if recalled else None
    )
    ward.take(log)
    return ward


def creatinine(ward: Ward, who: str) -> list[float]:
    return sorted(e.value for e in ward.patient(who).bedside.chart.standing("creatinine"))


START = [*admitted("A", HOUR), *admitted("B", HOUR), *admitted("C", HOUR)]
VALUES = [charted("A", HOUR, 1.0), charted("B", HOUR, 2.0), charted("C", HOUR, 3.0)]


def test_a_merge_that_is_turned_round_leaves_one_patient():
    ward = ward_of([*START, Merged("B", "A", 5), Merged("A", "B", 6), *VALUES])
    assert creatinine(ward, "A") == creatinine(ward, "B") == [1.0, 2.0]
    assert ward.patient("A") is ward.patient("B")
    assert len(ward.patients) == 2


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_who_was_merged_with_another_moves_on_alone(order):
    merges = [Merged("B", "A", 5), Merged("C", "A", 6)]
    ward = ward_of([*START, *VALUES, *(merges[i] for i in order)])
    assert creatinine(ward, "A") == creatinine(ward, "C") == [1.0, 3.0]
    assert creatinine(ward, "B") == [2.0]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_link_and_its_end_in_any_order_leave_two(order):
    links = [Merged("B", "A", 5), Merged("B", "A", 6, undone=True)]
    ward = ward_of([*START, *VALUES, *(links[i] for i in order)])
    assert (creatinine(ward, "A"), creatinine(ward, "B")) == ([1.0], [2.0])


def test_linked_again_after_the_end_is_one_again():
    links = [Merged("B", "A", 5), Merged("B", "A", 6, undone=True), Merged("B", "A", 7)]
    assert creatinine(ward_of([*START, *VALUES, *links]), "A") == [1.0, 2.0]


def test_an_alert_after_an_unlink_is_not_taken_for_an_old_one():
    ward = Ward(watched(), POLICY)
    ill = [charted("A", 2 * HOUR, value, name) for name, value in SHOCKED.items()]
    links = [Merged("B", "A", 5), Merged("B", "A", 6, undone=True)]
    told = [
        t
        for i, fact in enumerate([*START, *ill, *links], 1)
        for t in ward.take([Entry(i, i, 2 * HOUR + i, fact)])
    ]
    assert [t.patient for t in told if t.state == "alert"][-1] == "A"
    assert len({t.name for t in told}) == len(told)


def test_who_comes_back_after_an_unlink_gets_only_what_is_theirs():
    links = [Merged("B", "A", 5), Merged("B", "A", 6, undone=True)]
    left = [Visited(who, f"V{who}", Move.DISCHARGE, 15 * HOUR, 15 * HOUR) for who in "AB"]
    days = 24 * 9
    log = [Entry(i, i, i * HOUR, fact) for i, fact in enumerate([*START, *VALUES, *links, *left], 1)]
    ward = Ward(watched(), POLICY, lambda name, before: log)
    ward.take(log)
    ward.run_timers(days * HOUR)
    ward.release()
    assert {"A", "B"} <= set(ward.left)
    ward.take([Entry(99, 99, days * HOUR, fact) for fact in admitted("B", days * HOUR)])
    assert creatinine(ward, "B") == [2.0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_link_taken_back_the_other_way_round_and_made_again_holds_in_any_order(order):
    links = [Merged("A", "B", 5), Merged("B", "A", 6, undone=True), Merged("A", "B", 7)]
    ward = ward_of([*START, *VALUES, *(links[i] for i in order)])
    assert creatinine(ward, "A") == creatinine(ward, "B") == [1.0, 2.0]
