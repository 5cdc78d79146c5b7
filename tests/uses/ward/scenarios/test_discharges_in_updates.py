"""What an A08 says of a discharge, and who is expected after one; in every order, with the ward killed in between."""

from itertools import permutations

import pytest

from opensepsis.data.timeline.event import Event
from opensepsis.uses.ward.model.facts import Charted, Entry, Move, Visited
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.feeds import WATCHING


@pytest.fixture(params=["hl7"])
def form(request):
    return request.param


def step(
    day,
    minute: float,
    event: str,
    visit: str = "V1",
    kind: str = "I",
    ward: str = "3B",
    at: float | None = None,
    **times,
) -> None:
    """A step told at a minute; PV1-44 and PV1-45 as `came` and `left`."""
    fields = [""] * 46
    fields[:4], fields[19] = ["PV1", "1", kind, f"{ward}^1^1"], visit
    fields[36], fields[44], fields[45] = times.get("to", "01"), times.get("came", ""), times.get("left", "")
    head = day._head(f"ADT^{event}", minute, "1") + f"EVN|{event}|{day.stamp(minute)}\r"
    day.send(minute if at is None else at, head + "|".join(fields) + "\r", {})


def here(day) -> list[str]:
    return [bed.ward for bed in day.hospital.board(None)]


def in_all_orders(new_day, told, expected, killed: bool = True) -> None:
    for order in permutations(range(len(told))):
        day = new_day()
        for at, place in enumerate(order, 100):
            minute, event, more = told[place]
            step(day, minute, event, at=at, **{n: v(day) if callable(v) else v for n, v in more.items()})
            if killed:
                day.killed()
        assert here(day) == expected, order


ADMITTED = (0, "A01", {})
CASES = {
    "a discharge that was deleted": ([ADMITTED, (20, "A03", {}), (30, "A08", {"left": '""'})], ["3B"]),
    "a discharge that only an update told": ([ADMITTED, (30, "A08", {"left": lambda d: d.stamp(20)})], []),
    "one that lies ahead": ([ADMITTED, (30, "A08", {"left": lambda d: d.stamp(90)})], ["3B"]),
    "one before the admission": ([ADMITTED, (30, "A08", {"came": lambda d: d.stamp(0), "left": lambda d: d.stamp(-60)})], ["3B"]),
    "one without a disposition": ([ADMITTED, (30, "A08", {"left": lambda d: d.stamp(20), "to": ""})], ["3B"]),
    "a mere day": ([ADMITTED, (30, "A08", {"left": "20260302"})], ["3B"]),
    "an update without one": ([ADMITTED, (20, "A03", {}), (30, "A08", {})], []),
    "cancelled": ([ADMITTED, (30, "A08", {"left": lambda d: d.stamp(20)}), (40, "A13", {})], ["3B"]),
    "of the stay before": (
        [ADMITTED, (20, "A03", {}), (30, "A01", {"ward": "5D"}), (40, "A08", {"ward": "5D", "left": lambda d: d.stamp(20)})], ["5D"],
    ),
    "expected after a discharge": ([ADMITTED, (20, "A03", {}), (30, "A05", {"visit": "V2", "ward": "4C", "kind": "P"})], []),
    "expected, then admitted": (
        [(20, "A03", {}), (30, "A05", {"visit": "V2", "ward": "4C"}), (40, "A01", {"visit": "V2", "ward": "4C"})], ["4C"],
    ),
    "expected and never here": ([(30, "A05", {"visit": "V2", "ward": "4C"})], ["4C"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_is_here_by_what_updates_say(new_day, case):
    in_all_orders(new_day, *CASES[case])


def test_what_of_an_update_is_not_used_is_counted(day):
    step(day, 0, "A01")
    step(day, 30, "A08", left="20260302")
    assert [unmapped for feed in day.hospital.feeds() for unmapped in feed.unmapped] == [
        ("PV1-45", "not used", 1)
    ]


def test_a_value_of_an_expected_visit_shows_that_they_came():
    facts = [
        Visited("A|1", "V1", Move.ADMIT, 1, 1, ward="3B"),
        Visited("A|1", "V1", Move.DISCHARGE, 20, 20),
        Visited("A|1", "V2", Move.UPDATE, 30, 30, ward="4C", outpatient=True),
        Charted("A|1", Event("lactate", 40, None, 40, 4.0, None, "lab"), visit="V2"),
    ]
    for told, name in ((facts, "V2"), (facts[:3], "V1")):
        for order in permutations(told):
            ward = Ward(WATCHING, AlertPolicy(silent=False))
            ward.take([Entry(n, n, 50 + n, fact) for n, fact in enumerate(order, 1)])
            assert ward.patients["A|1"].visit.name == name
