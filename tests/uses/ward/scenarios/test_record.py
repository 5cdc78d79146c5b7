"""Who attends a visit, and what the flags of the record say: shown in the sender's words while they stand, never scored."""

import pytest

from opensepsis.uses.ward.model.facts import Flagged, packed, unpacked
from tests.support.ward.feeds import Day


@pytest.fixture
def made(tmp_path):
    days: list[Day] = []

    def begin(form: str) -> Day:
        days.append(Day(form, tmp_path / "ward.db"))
        return days[0]

    yield begin
    days[0].store.close()


def bed(day: Day):
    (one,) = day.hospital.board(None)
    return one


def flags(day: Day) -> tuple[str, ...]:
    return tuple(one.words for one in bed(day).flags)


def attended(day: Day, minute: float, who: str, event: str = "A08") -> None:
    """PV1-7 in HL7, a participant of the Encounter in FHIR."""
    head = day._head(f"ADT^{event}", minute, "1")
    hl7 = head + f"EVN|{event}|{day.stamp(minute)}\rPV1|1|I|3B^1^1||||{who}" + "|" * 12 + "V1\r"
    named = {"type": [{"coding": [{"code": "ATND"}]}], "individual": {"display": who}}
    day.send(minute, hl7, {
        "resourceType": "Encounter", "id": "V1", "status": "in-progress", "subject": {"reference": "Patient/1"}, "class": {"code": "IMP"},
        "period": {"start": day.iso(0)}, "participant": [named] if who else [], "meta": {"lastUpdated": day.iso(minute)},
    })  # fmt: skip


def flag(day: Day, minute: float, words: str, name: str = "f1", status: str = "active", **period) -> None:
    day.send(minute, "", {
        "resourceType": "Flag", "id": name, "status": status, "subject": {"reference": "Patient/1"}, "code": {"text": words},
        "period": {"start": day.iso(minute), **period}, "meta": {"lastUpdated": day.iso(minute)},
    })  # fmt: skip


@pytest.mark.parametrize(("form", "sent", "shown"), [
    ("hl7", "77^Grey^Meredith^^^Dr", "Dr Meredith Grey"), ("hl7", "77", "77"), ("hl7", "^Grey", "Grey"), ("fhir", "Dr Grey", "Dr Grey"),
])  # fmt: skip
def test_the_consultant_is_shown_as_stated_last(made, form, sent, shown):
    day = made(form)
    day.admit(0)
    assert bed(day).consultant == ""
    attended(day, 10, "99^Other^A" if form == "hl7" else "Dr Other")
    attended(day, 20, sent)
    assert bed(day).consultant == shown
    day.ill(30)
    assert bed(day).consultant == shown


def test_a_deleted_consultant_is_nobody(made):
    day = made("hl7")
    day.admit(0)
    attended(day, 10, "77^Grey")
    attended(day, 20, '""')
    assert bed(day).consultant == ""


def test_flags_are_shown_while_they_stand(made):
    day = made("fhir")
    day.admit(0)
    day.ill(5)
    before = bed(day).scores
    flag(day, 10, "Contact isolation: MRSA")
    flag(day, 11, "Do not attempt resuscitation", "f2")
    flag(day, 12, "Fall risk", "f3", end=day.iso(40))
    assert flags(day) == ("Contact isolation: MRSA", "Do not attempt resuscitation", "Fall risk")
    assert bed(day).scores == before and not bed(day).comfort_care
    flag(day, 20, "Contact isolation: MRSA", status="inactive")
    flag(day, 15, "Contact isolation: MRSA")  # told late: it was ended since
    flag(day, 21, "Do not attempt resuscitation", "f2", status="entered-in-error")
    day.ill(60)
    assert flags(day) == ()


def test_an_order_that_the_ward_knows_is_shown_once(made):
    day = made("fhir")
    day.admit(0)
    day.order(5, "comfort")
    assert bed(day).comfort_care and flags(day) == ()


def test_a_flag_is_told_again_after_a_restart(made):
    day = made("fhir")
    day.admit(0)
    flag(day, 10, "Contact isolation")
    day.store.close()
    day.open()
    assert flags(day) == ("Contact isolation",)
    said = Flagged("A|1", "fhir Flag/7", 5, "words", stands=False, until=9, about="code status", since=3)
    assert unpacked(packed(said)) == said
