"""An order of comfort care that is to hold later suppresses from then on, and one that is cancelled before never does."""

import pytest

from tests.support.ward.telling import whom

COMFORT = {"coding": [{"system": "http://snomed.info/sct", "code": "133918004"}]}


def ahead(day, minute: float, start: float, ended: bool = False) -> None:
    control = "CA" if ended else "NW"
    asked = f"ORC|{control}|77|||||1^^^{day.stamp(start)}||{day.stamp(minute)}\rOBR|1|77||133918004^Comfort care^SCT\r"
    day.send(minute, day._head("ORM^O01", minute, "1") + asked, {
        "resourceType": "ServiceRequest", "id": "c", "status": "revoked" if ended else "active", "intent": "order", "subject": whom("1"),
        "code": COMFORT, "authoredOn": day.iso(5), "occurrenceDateTime": day.iso(start), "meta": {"lastUpdated": day.iso(minute)},
    })  # fmt: skip


def test_it_calls_until_the_order_holds(day):
    day.admit(0)
    ahead(day, 5, 120)
    day.ill(30)
    assert day.alerts() == ["alert"]
    assert [bed.comfort_care for bed in day.hospital.board(None)] == [False]
    day.ill(130)
    assert day.alerts()[-1] == "suppressed" and day.last().words == "comfort care"
    assert [bed.comfort_care for bed in day.hospital.board(None)] == [True]


def test_one_that_is_cancelled_before_it_holds_never_does(day):
    day.admit(0)
    ahead(day, 5, 120)
    ahead(day, 60, 120, ended=True)
    day.ill(130)
    assert day.alerts() == ["alert"]
    assert [bed.comfort_care for bed in day.hospital.board(None)] == [False]


def as_needed(day, minute: float, timing: str, behind: bool) -> None:
    """An order as needed; in HL7 with its TQ1 before or behind its OBR."""
    order, asked = f"ORC|NW|77||||||||{day.stamp(minute)}\r", "OBR|1|77||133918004^Comfort care^SCT\r"
    parts = (order, asked, timing) if behind else (order, timing, asked)
    day.send(minute, day._head("OMG^O19", minute, "1") + "".join(parts), {
        "resourceType": "ServiceRequest", "id": "c", "status": "active", "intent": "order", "subject": whom("1"), "code": COMFORT,
        "authoredOn": day.iso(minute), "asNeededBoolean": True, "meta": {"lastUpdated": day.iso(minute)},
    })  # fmt: skip


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("timing", ["TQ1|1||PRN\r", "TQ1|1||PRNPain\r", "TQ1|1||||||||PRN\r"])
def test_one_as_needed_goes_to_a_person(day, timing, behind):
    """HL7 tables 0335 and 0485: PRN, as needed."""
    day.admit(0)
    as_needed(day, 5, timing, behind)
    day.ill(30)
    assert day.alerts() == ["alert"]
    assert "only as needed: a person must decide" in day.page()


def test_a_timing_behind_the_obr_counts_too(day):
    day.admit(0)
    order, asked = f"ORC|NW|77||||||||{day.stamp(5)}\r", "OBR|1|77||133918004^Comfort care^SCT\r"
    timing = f"TQ1|1||||||{day.stamp(120)}\r"
    day.send(5, day._head("OMG^O19", 5, "1") + order + asked + timing, {
        "resourceType": "ServiceRequest", "id": "c", "status": "active", "intent": "order", "subject": whom("1"), "code": COMFORT,
        "authoredOn": day.iso(5), "occurrenceTiming": {"event": [day.iso(120)]}, "meta": {"lastUpdated": day.iso(5)},
    })  # fmt: skip
    day.ill(30)
    assert day.alerts() == ["alert"]
    day.ill(130)
    assert day.alerts()[-1] == "suppressed"
