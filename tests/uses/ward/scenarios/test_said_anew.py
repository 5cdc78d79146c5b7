"""A dose that is said anew without a version, and orders that were put on hold, in HL7 and in FHIR."""

import pytest

from tests.support.ward.fhir_given import IV, given, ordered
from tests.support.ward.fhir_said import Feeding, iso
from tests.support.ward.telling import bundle, loinc, whom

GRAM = {"dose": {"value": 2, "unit": "g"}, **IV}


def dose(day, at: float, status: str = "completed") -> dict:
    """A dose as a sender puts it that counts no versions."""
    return {
        "resourceType": "MedicationAdministration", "id": "A", "status": status, "subject": whom("1"), "dosage": GRAM,
        "medicationCodeableConcept": {"text": "ceftriaxone"}, "effectiveDateTime": day.iso(at),
    }  # fmt: skip


def rxa(day, at: float, action: str = "A", status: str = "CP") -> str:
    given = f"RXA|0|1|{day.stamp(at)}||ceftriaxone^Ceftriaxone^L|2|g|||||||||||||{status}|{action}"
    return day._head("RAS^O17", at, "1") + f"ORC|RE||Q\r{given}\rRXR|IV\r"


def doses(day) -> list[int]:
    return [e.time for e in day.patient("1").bedside.chart.standing("antibiotic")]


def test_a_dose_whose_time_was_wrong_is_one_dose(day):
    day.admit(0)
    day.send(60, rxa(day, 20), bundle([dose(day, 20)]))
    if day.form == "hl7":
        day.send(70, rxa(day, 20, "D"), {})
    day.send(71, rxa(day, 50), bundle([dose(day, 50)]))
    assert doses(day) == [day.to_microseconds(50)]


def test_a_dose_that_was_not_given_after_all_silences_nothing(day):
    day.admit(0)
    day.send(60, rxa(day, 20), bundle([dose(day, 20)]))
    day.send(70, rxa(day, 20, "U", "NA"), bundle([dose(day, 20, "not-done")]))
    assert doses(day) == []


@pytest.mark.parametrize("ended", [("HD", "on-hold"), ("DC", "stopped"), ("CA", "cancelled")])
def test_an_order_that_was_ended_is_no_treatment(day, ended):
    """Table 0119 HD and DC; FHIR on-hold (halted for a time) and stopped."""
    day.admit(0)
    for minute, control, status in ((20, "NW", "active"), (30, *ended)):
        head = day._head("RDE^O11", minute, "1") + f"ORC|{control}|X1|||||||{day.stamp(20)}\r"
        drug = f"RXE|1^^^{day.stamp(20)}|ceftriaxone^Ceftriaxone^L|2||g\rRXR|IV\r"
        asked = {
            "resourceType": "MedicationRequest", "id": "r", "status": status, "intent": "order", "subject": whom("1"),
            "medicationCodeableConcept": {"text": "ceftriaxone"}, "authoredOn": day.iso(20), "dosageInstruction": [IV],
        }  # fmt: skip
        day.send(minute, head + drug, bundle([asked]))
    assert day.patient("1").bedside.chart.standing("antibiotic_order") == []
    assert "no order that stands" in day.page()


@pytest.mark.parametrize("name", ["Ringer lactate", "Sodium chloride 0.9 %"])
@pytest.mark.parametrize(
    ("rate", "unit", "volume"), [(125, "mL/h", 250.0), (2, "mL/min", 240.0), (0.5, "L/h", 1000.0)]
)
def test_a_fluid_by_its_rate_counts_as_the_volume_that_ran(day, name, rate, unit, volume):
    day.admit(0)
    given = f"RXA|0|1|{day.stamp(20)}|{day.stamp(140)}|X^{name}^L|{rate}|{unit}|||||||||||||CP|A"
    ran = {
        "resourceType": "MedicationAdministration", "id": "F", "status": "completed", "subject": whom("1"),
        "medicationCodeableConcept": {"text": name}, "effectivePeriod": {"start": day.iso(20), "end": day.iso(140)},
        "dosage": {"rateQuantity": {"value": rate, "unit": unit}, **IV},
    }  # fmt: skip
    day.send(150, day._head("RAS^O17", 150, "1") + f"ORC|RE||B\r{given}\rRXR|IV\r", bundle([ran]))
    standing = day.patient("1").bedside.chart.standing("crystalloid")
    assert [(e.time, e.value) for e in standing] == [(day.to_microseconds(140), pytest.approx(volume))]


@pytest.mark.parametrize("end", [{}, {"end": iso(600)}, {"end": iso(5)}])
def test_a_fluid_without_an_end_that_was_reached_has_no_volume(end):
    dosage = {"rateQuantity": {"value": 125, "unit": "mL/h"}, **IV}
    feeding = Feeding().send(given("Ringer lactate", dosage=dosage, effectivePeriod={"start": iso(5), **end}))
    assert (feeding.charted, feeding.shown) == ([], ["a rate without its end: its volume is not known"])


@pytest.mark.parametrize("form", ["fhir"])
@pytest.mark.parametrize("counted", [True, False])
def test_of_a_volume_the_last_version_stands(day, counted):
    day.admit(0)
    for version, (minute, end) in enumerate(((70, 65), (80, 35)), 1):
        said = {
            "resourceType": "MedicationAdministration", "id": "F", "status": "completed", "subject": whom("1"),
            "medicationCodeableConcept": {"text": "Ringer lactate"}, "effectivePeriod": {"start": day.iso(5), "end": day.iso(end)},
            "dosage": {"rateQuantity": {"value": 120, "unit": "mL/h"}, **IV},
        }  # fmt: skip
        meta = {"versionId": str(version), "lastUpdated": day.iso(minute)}
        day.send(minute, "", bundle([{**said, "meta": meta} if counted else said]))
    assert [e.value for e in day.patient("1").bedside.chart.standing("crystalloid")] == [60.0]


def test_an_order_that_is_stopped_was_one():
    assert Feeding().send(ordered(status="stopped")).charted


def test_a_count_with_a_power_of_ten_in_its_text(day):
    day.admit(0)
    hl7 = (
        day._head("ORU^R01", 30, "1")
        + f"OBR|1||P|x|||{day.stamp(30)}\rOBX|1|ST|777-3^x^LN||LESS THAN 10 10*3/uL||||||F\r"
    )
    said = {
        "resourceType": "Observation", "id": "P", "status": "final", "subject": whom("1"), "code": loinc("777-3"),
        "effectiveDateTime": day.iso(30), "valueString": "LESS THAN 10 10*3/uL",
    }  # fmt: skip
    day.send(31, hl7, said)
    (event,) = day.patient("1").bedside.chart.standing("platelets")
    assert event.value == 10.0
