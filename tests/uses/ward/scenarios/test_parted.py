"""A merge that is taken back: whose alert it was, in HL7 by A37, in FHIR by a Patient without its link."""

import pytest

from tests.support.ward.feeds import CALLED, Day


@pytest.fixture
def day(form, tmp_path):
    """A day whose alert rested on another patient's values in the end; nothing else of its trail is wrong."""
    day = Day(form, tmp_path / "day.db")
    yield day
    assert day.store.unread() == []
    day._replayed()
    day.close()


def part(day, minute: float) -> None:
    hl7 = day._head("ADT^A37", minute, "1") + f"PID|2||2^^^feed^MR||ROE^ANN||{day.born}|F\r"
    day.send(minute, hl7, {"resourceType": "Patient", "id": "2"})


def calls(day, who: str) -> list[str]:
    return [t.state.value for t in day.store.transitions() if t.patient == day.name(who)]


def test_whose_values_were_another_s_is_called_for_no_longer(day):
    day.admit(0, who="1")
    day.admit(1, who="2")
    day.merge(3, survivor="1", old="2")
    day.ill(5, who="2")
    assert calls(day, "1") == ["alert"]
    part(day, 20)
    assert calls(day, "1") == ["alert", "withdrawn"]
    assert calls(day, "2") == ["alert"]
    withdrawn = next(t for t in day.store.transitions() if t.state.value == "withdrawn")
    assert withdrawn.words == "the merge was taken back"
    day.wait(60)
    assert calls(day, "1") == ["alert", "withdrawn"]  # nobody escalates for somebody who is well
    assert calls(day, "2") == ["alert", "escalated"]


def test_who_is_ill_themselves_is_called_for_as_before(day):
    day.admit(0, who="1")
    day.admit(1, who="2")
    day.ill(5, who="1")
    day.merge(10, survivor="1", old="2")
    part(day, 20)
    assert (calls(day, "1"), calls(day, "2")) == (["alert"], [])


def test_an_alert_that_went_on_from_the_other_record_goes_back_to_it(day):
    day.admit(0, who="1")
    day.admit(1, who="2")
    day.ill(5, who="2")
    day.merge(10, survivor="1", old="2")
    part(day, 20)
    assert calls(day, "1")[-1] == "withdrawn" and calls(day, "2")[-1] in CALLED
