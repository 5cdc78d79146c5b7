"""An order of comfort care that is to hold later suppresses from then on, and one that is cancelled before never does."""

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
