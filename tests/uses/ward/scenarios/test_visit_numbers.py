"""A visit that is deleted (A23) or gets another number (A50), in either order with what is told of it. HL7 alone has these events."""

import re

import pytest

pytestmark = pytest.mark.parametrize("form", ["hl7"])


def step(day, minute: float, visit: str, event: str, ward: str = "3B") -> None:
    head = day._head(f"ADT^{event}", minute, "1") + f"EVN|{event}|{day.stamp(minute)}\r"
    day.send(minute, head + f"PV1|1|I|{ward}^1^1||||||||||||||||{visit}\r", {})


def signs(day, minute: float, visit: str) -> None:
    """Vital signs of somebody gravely ill, of a visit or of none that is named."""
    ill = {
        "9279-1": (26, "/min"),
        "59408-5": (91, "%"),
        "8480-6": (98, "mm[Hg]"),
        "8867-4": (118, "/min"),
        "8310-5": (39.2, "Cel"),
    }
    lines = "\r".join(
        f"OBX|{i}|NM|{code}^x^LN||{value}|{unit}|||||F|||{day.stamp(minute)}"
        for i, (code, (value, unit)) in enumerate(ill.items(), 1)
    )
    named = f"PV1|1|I|||||||||||||||||{visit}\r" if visit else ""
    day.send(
        minute,
        day._head("ORU^R01", minute, "1") + named + f"OBR|1||s{minute}|x|||{day.stamp(minute)}\r{lines}\r",
        {},
    )


def here(day) -> list[str]:
    return [bed.ward for bed in day.hospital.board(None)]


def adt(
    day, minute: float, event: str, visit: str, before: str = "", who: str = "", at: float | None = None
) -> None:
    """An event of a visit, with the number (and patient) that it had before; said at `at`."""
    head = day._head(f"ADT^{event}", minute if at is None else at, "1")
    prior = f"MRG|{who or '1'}^^^feed^MR||||{before}\r" if before else ""
    day.send(
        minute, head + f"EVN|{event}|{day.stamp(minute)}\r{prior}PV1|1|I|3B^1^1||||||||||||||||{visit}\r", {}
    )


def numbers(day) -> list[str]:
    return [visit.name for visit in day.patient().visits]


def test_a_visit_that_is_deleted_never_was(day):
    step(day, 0, "V1", "A01")
    step(day, 5, "V1", "A02", ward="4C")
    adt(day, 10, "A23", "V1")
    assert here(day) == []


def test_one_from_the_emergency_department_goes_whole(day):
    step(day, 0, "V1", "A04", ward="ED")
    step(day, 5, "V1", "A01")
    adt(day, 10, "A23", "V1")
    assert here(day) == []


def test_a_deletion_leaves_the_other_visit(day):
    step(day, 0, "V1", "A01")
    step(day, 5, "V2", "A01", ward="4C")
    adt(day, 10, "A23", "V2")
    assert (here(day), numbers(day)) == (["3B"], ["V1"])


def test_a_deletion_that_overtakes_the_admission_holds(day):
    adt(day, 10, "A23", "V1")
    day.send(
        11, day._head("ADT^A01", 2, "1") + f"EVN|A01|{day.stamp(2)}\rPV1|1|I|3B^1^1||||||||||||||||V1\r", {}
    )
    assert here(day) == []


def test_who_is_measured_after_a_deletion_is_called_for(day):
    step(day, 0, "V1", "A01")
    adt(day, 2, "A23", "V1")
    day.ill(5)
    assert day.alerts() == ["alert"]


@pytest.mark.parametrize("late", [False, True])
def test_a_visit_with_another_number_is_one_visit(day, late):
    step(day, 0, "V1", "A01")
    if not late:
        adt(day, 10, "A50", "V2", "V1")
    step(day, 20, "V2", "A02", ward="4C")
    if late:
        adt(day, 21, "A50", "V2", "V1", at=10)
    assert (here(day), numbers(day)) == (["4C"], ["V2"])
    step(day, 30, "V2", "A03", ward="4C")
    assert here(day) == []


def test_a_value_under_the_number_before_is_of_the_visit(day):
    step(day, 0, "V1", "A01")
    step(day, 10, "V3", "A01", ward="4C")
    adt(day, 12, "A50", "V2", "V1")
    step(day, 20, "V3", "A03", ward="4C")
    signs(day, 30, "V1")
    assert (here(day), day.alerts()) == (["3B"], ["alert"])


def test_numbers_that_are_changed_back_and_on(day):
    step(day, 0, "V1", "A01")
    adt(day, 10, "A50", "V2", "V1")
    adt(day, 20, "A50", "V1", "V2")
    assert numbers(day) == ["V1"]
    adt(day, 30, "A50", "V3", "V1")
    step(day, 40, "V3", "A03")
    assert (here(day), numbers(day)) == ([], ["V3"])


@pytest.mark.parametrize(("event", "visit", "before", "who"), [
    ("A50", "", "V1", ""), ("A50", "V2", "V1", "2"), ("A44", "V1", "V1", "2"), ("A45", "V1", "V1", "2"), ("A29", "V1", "", ""),
])  # fmt: skip
def test_what_a_person_must_settle_changes_nothing(day, event, visit, before, who):
    step(day, 0, "V1", "A01")
    adt(day, 10, event, visit, before, who)
    assert (here(day), numbers(day)) == (["3B"], ["V1"])
    assert len(day.hospital.dead_letters(100)) == 1


@pytest.mark.parametrize("visit", ["V2", "", "V9"])
def test_after_a_second_registration_has_ended_a_value_of_no_open_stay_is_told(day, visit):
    """Nobody knows in which stay it was measured: nobody is alerted, and nobody is silent either."""
    step(day, 0, "V1", "A01")
    step(day, 10, "V2", "A01", ward="4C")
    step(day, 20, "V2", "A03", ward="4C")
    signs(day, 51, visit)
    assert re.findall(r'<p class="banner">(Record.*?)<', day.at_work().get("/").text) == [
        "Record 1: vital signs 31 min after the discharge. Nobody is alerted until it is cancelled. "
    ]
