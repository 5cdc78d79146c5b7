"""A treatment that was none, and what is filed a day late: told as HL7 and as FHIR."""

import pytest

from opensepsis.uses.ward.state.treatment import treatment_of
from tests.support.ward.telling import whom


def taken_back(day, minute: float) -> None:
    """The ceftriaxone of minute 10 was a mistake."""
    given = f"RXA|0|1|{day.stamp(10)}||ceftriaxone|2|g|||||||||||||CP|D\rRXR|IV\r"
    hl7 = day._head("RAS^O17", minute, "1") + "ORC|RE||d10ceftriaxone\r" + given
    gone = {"resourceType": "MedicationAdministration", "id": "dose-1-10-ceftriaxone", "status": "entered-in-error",
            "subject": whom("1"), "medicationCodeableConcept": {"text": "ceftriaxone"}}  # fmt: skip
    day.send(minute, hl7, {**gone, "effectivePeriod": {"start": day.iso(10)}})


def ordered(day, minute: float, cancelled: bool) -> None:
    """An order for an antibiotic, or that it is cancelled: told at another time than it was ordered at."""
    control = "CA" if cancelled else "NW"
    hl7 = (
        day._head("RDE^O11", minute, "1")
        + f"ORC|{control}||o7||||||{day.stamp(minute)}\rRXE||ceftriaxone\rRXR|IV\r"
    )
    day.send(minute, hl7, {
        "resourceType": "MedicationRequest", "id": "o7", "status": "cancelled" if cancelled else "active", "intent": "order",
        "subject": whom("1"), "medicationCodeableConcept": {"text": "ceftriaxone"}, "authoredOn": day.iso(minute),
    })  # fmt: skip


@pytest.mark.parametrize("how", ["dose", "order"])
def test_a_treatment_that_was_none_no_longer_counts(day, how):
    day.admit(0)
    day.dose(10) if how == "dose" else ordered(day, 10, cancelled=False)
    day.ill(20)
    now = day.to_microseconds(20)
    assert treatment_of(day.patient(), now, day.policy).treated
    taken_back(day, 30) if how == "dose" else ordered(day, 30, cancelled=True)
    assert not treatment_of(day.patient(), now, day.policy).treated
    assert day.alerts() == ["alert"]  # never suppressed: NEWS2 of 7 and more
    assert day.patient().bedside.chart.standing("antibiotic" if how == "dose" else "antibiotic_order") == []


@pytest.mark.parametrize(("hours", "told"), [(30, True), (90, False)])
def test_an_organ_failure_that_is_filed_a_day_late_is_told(day, hours, told):
    """It could have been known a day ago, and was not: found now, it is news; after three days it is history."""
    day.admit(0)
    day.well(10)
    day.culture(20)
    day.dose(30)
    day.well(hours * 60)
    day.result(60, late=hours * 60 + 5, order="late", creatinine=6.0, platelets=40)
    assert day.patient().found["sepsis3"]
    assert any(any("Sepsis-3" in r for r in t.reasons) for t in day.store.transitions()) is told
