"""A move that was charted in error, taken back: in HL7 by A12, in FHIR by a version of the Encounter that no longer has it."""

from itertools import permutations

import pytest

from tests.support.ward.telling import whom

HL7 = {1: ("A01", "3B", 0), 2: ("A02", "ICU", 30), 3: ("A12", "3B", 40)}
PLACES = {1: [("3B", 0)], 2: [("3B", 0), ("ICU", 30)], 3: [("3B", 0)]}
NOW_ALONE = {1: [("3B", 0)], 2: [("ICU", 30)], 3: [("3B", 60)]}


def said(day, version: int, places, counted: bool = True) -> dict:
    meta = {"versionId": str(version), "lastUpdated": day.iso(version * 40)}
    told = [{"location": {"display": ward}, "period": {"start": day.iso(since)}} for ward, since in places]
    visit = {
        "resourceType": "Encounter", "id": "V1", "status": "in-progress", "subject": whom("1"), "class": {"code": "IMP"},
        "period": {"start": day.iso(0)}, "location": told,
    }  # fmt: skip
    return {**visit, "meta": meta} if counted else visit


def where(day) -> tuple[str, list[str]]:
    visit = day.patient("1").visit
    return visit.ward, [ward for _, ward, _ in visit.places]


def test_a_move_that_was_taken_back(day, form):
    for version, (event, ward, at) in HL7.items():
        if form == "hl7":
            day.admit(at + 5, ward=ward, event=event, at=at)
        else:
            day.send(at + 5, "", said(day, version, PLACES[version], counted=False))
    assert where(day) == ("3B", ["3B"])


@pytest.mark.parametrize("form", ["fhir"])
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_the_last_version_says_where_somebody_is_in_any_order(day, order):
    for minute, version in enumerate(order, 200):
        day.send(minute, "", said(day, version, PLACES[version]))
    assert where(day) == ("3B", ["3B"])


@pytest.mark.parametrize("form", ["fhir"])
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_versions_that_tell_the_present_place_alone_keep_the_way_there(day, order):
    for minute, version in enumerate(order, 200):
        day.send(minute, "", said(day, version, NOW_ALONE[version]))
    assert where(day) == ("3B", ["3B", "ICU", "3B"])


@pytest.mark.parametrize("form", ["fhir"])
def test_a_bed_that_was_wrong_from_the_start(day):
    day.send(5, "", said(day, 1, [("3B", 0)]))
    day.send(90, "", said(day, 2, [("4A", 0)]))
    assert where(day) == ("4A", ["4A"])


def part(day, status: str = "in-progress", minute: float = 30) -> dict:
    """The stay in intensive care as an Encounter of its own within the visit."""
    return {
        "resourceType": "Encounter", "id": "P1", "status": status, "subject": whom("1"), "class": {"code": "IMP"},
        "partOf": {"reference": "Encounter/V1"}, "period": {"start": day.iso(minute)},
        "location": [{"location": {"display": "ICU"}, "period": {"start": day.iso(minute)}}],
    }  # fmt: skip


@pytest.mark.parametrize("form", ["fhir"])
@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_part_of_a_visit_that_never_was_leaves_the_visit(day, status):
    """The whole patient left the board."""
    day.send(5, "", said(day, 1, PLACES[1]))
    day.send(35, "", part(day))
    assert where(day) == ("ICU", ["3B", "ICU"])
    day.send(40, "", part(day, status))
    assert where(day) == ("3B", ["3B"])
    day.send(50, "", part(day))
    assert where(day) == ("ICU", ["3B", "ICU"])


@pytest.mark.parametrize("form", ["fhir"])
def test_a_part_whose_start_was_wrong_moves_once(day):
    day.send(5, "", said(day, 1, PLACES[1]))
    for minute, since in ((70, 60), (80, 30)):
        day.send(minute, "", part(day, minute=since))
    assert day.patient("1").visit.places[1:] == ((day.to_microseconds(30), "ICU", ""),)


@pytest.mark.parametrize("form", ["fhir"])
def test_a_part_that_is_deleted_leaves_the_visit(day):
    day.send(5, "", said(day, 1, PLACES[1]))
    day.send(35, "", part(day))
    day.send(
        40,
        "",
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [{"request": {"method": "DELETE", "url": "Encounter/P1"}}],
        },
    )
    assert where(day) == ("3B", ["3B"])
