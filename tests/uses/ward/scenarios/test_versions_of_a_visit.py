"""Versions of an Encounter that come in any order, with the ward killed between any two of them."""

from itertools import permutations

import pytest

from tests.support.ward.telling import whom


@pytest.fixture(params=["fhir"])
def form(request):
    return request.param


def version(
    day, number: int, status: str = "in-progress", who: str = "1", code: str = "IMP", of: str = "", **more
) -> dict:
    """A version of an Encounter that was filed at minute 10 times its number; `of` another it is a part."""
    said = {
        "resourceType": "Encounter", "id": "E1", "status": status, "subject": whom(who), "class": {"code": code},
        "period": {"start": day.iso(0)}, "location": [{"location": {"display": "ED" if code == "EMER" else "3B"}}],
        "meta": {"versionId": str(number), "lastUpdated": day.iso(10 * number)}, **more,
    }  # fmt: skip
    return said | ({"id": "P1", "partOf": {"reference": "Encounter/E1"}} if of else {})


def told(day, order, versions, killed: bool = True) -> None:
    for minute, place in enumerate(order, 60):
        day.send(minute, "", dict(versions[place]))
        if killed:
            day.killed()


def places(day) -> list[tuple[str, str]]:
    return sorted((bed.record, bed.ward) for bed in day.hospital.board(None))


END = {"period": {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T08:35:00Z"}}
CASES = {
    "another subject": (lambda v: [v(1), v(2, who="2")], [("2", "3B")]),
    "another subject and back": (lambda v: [v(1), v(2, who="2"), v(3)], [("1", "3B")]),
    "another subject, then ended": (lambda v: [v(1), v(2, who="2"), v(4, "finished", who="2", **END)], []),
    "another subject, then an error": (lambda v: [v(1), v(2, who="2"), v(3, "entered-in-error", who="2")], []),
    "ended of the wrong patient": (lambda v: [v(1), v(4, "finished", **END), v(5, who="2")], [("2", "3B")]),
    "from the door to an error": (lambda v: [v(1, code="EMER"), v(2), v(3, "entered-in-error")], []),
    "from the door to an error of no class": (lambda v: [v(1, code="EMER"), v(2), v(3, "entered-in-error", code="")], []),
    "from the door to the ward to the door": (lambda v: [v(1, code="EMER"), v(2), v(3, code="EMER")], [("1", "ED")]),
    "an error that was none": (lambda v: [v(1, code="EMER"), v(2, "entered-in-error"), v(3)], [("1", "3B")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_last_version_says_who_is_here(new_day, case):
    make, expected = CASES[case]
    for order in permutations(range(len(make(lambda *a, **k: None)))):
        day = new_day()
        told(day, order, make(lambda *a, day=day, **k: version(day, *a, **k)))
        assert places(day) == expected, order


def test_a_part_that_is_another_patients_leaves_the_visit(new_day):
    for order in permutations(range(3)):
        day = new_day()
        part = {"location": [{"location": {"display": "ICU"}, "period": {"start": day.iso(5)}}]}
        whole, mine = version(day, 1), version(day, 2, of="E1", **part)
        others = version(day, 3, who="2", of="E1", **part)
        told(day, order, [whole, mine, others])
        assert ("1", "3B") in places(day), order
        assert ("1", "ICU") not in places(day), order


def test_who_was_moved_to_another_patient_raises_nothing(day):
    day.send(10, "", version(day, 1))
    day.ill(12)
    assert day.alerts() == ["alert"]
    day.send(20, "", version(day, 2, who="2"))
    assert places(day) == [("1", ""), ("2", "3B")]
