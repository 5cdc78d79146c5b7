"""Values after an admission that was cancelled: as where no feed tells of a stay, one is assumed from then on. As HL7 and as FHIR."""


def cancel(day, minute: float) -> None:
    """The admission of the only patient never was: A11, or an Encounter that was entered in error."""
    hl7 = day._head("ADT^A11", minute, "1") + f"EVN|A11|{day.stamp(minute)}\rPV1|1|I|||||||||||||||||V1\r"
    day.send(minute, hl7, {
        "resourceType": "Encounter", "id": "V1", "status": "entered-in-error", "subject": {"reference": "Patient/1"},
        "class": {"code": "IMP"}, "meta": {"lastUpdated": day.iso(minute)},
    })  # fmt: skip


def test_who_is_measured_after_a_cancelled_admission_is_called_for(day):
    day.admit(0)
    cancel(day, 2)
    day.ill(5)
    assert day.alerts() == ["alert"]


def test_an_alert_of_before_ends_and_one_of_after_is_another(day):
    day.admit(0)
    day.ill(1)
    cancel(day, 2)
    assert day.alerts() == ["alert", "resolved"]
    day.ill(5)
    assert day.alerts()[-1] == "alert" and len(day.alerts()) == 3


def test_what_was_measured_before_the_cancellation_calls_nobody(day):
    day.admit(0)
    cancel(day, 20)
    day.result(10, late=30, rate=26, spo2=91, systolic=98, pulse=118, temp=39.2)
    assert day.alerts() == []


def test_an_admission_takes_the_place_of_the_assumed_stay(day):
    day.admit(0)
    cancel(day, 2)
    day.ill(5)
    day.readmit(10, "V2", "4C")
    visits = [(visit.ward, visit.assumed) for visit in day.patient().visits]
    assert visits == [("4C", False)] and day.alerts() == ["alert"]
