"""What is registered has no result yet (OBX-11 I; in FHIR `registered`); a panel without a value of its own lacks none."""

import pytest

from tests.support.ward.fhir_said import Feeding, loinc, observation, quantity
from tests.support.ward.telling import bundle, whom


def result(day, status: str) -> tuple[str, dict]:
    asked = f"OBR|1||P|x|||{day.stamp(30)}\r"
    line = f"OBX|1|NM|8867-4^x^LN||150|/min|||||{'F' if status == 'final' else 'I'}|||{day.stamp(30)}\r"
    said = {
        "resourceType": "Observation", "id": "P", "status": status, "subject": whom("1"), "code": loinc("8867-4"),
        "effectiveDateTime": day.iso(30), "valueQuantity": quantity(150, "/min"),
    }  # fmt: skip
    return day._head("ORU^R01", 30, "1") + asked + line, bundle([said])


@pytest.mark.parametrize(("status", "standing"), [("registered", []), ("final", [150.0])])
def test_what_is_only_registered_is_shown_and_not_scored(day, status, standing):
    day.admit(0)
    day.send(31, *result(day, status))
    assert [e.value for e in day.patient("1").bedside.chart.standing("heart_rate")] == standing


def test_a_total_that_only_gathers_its_parts_lacks_no_value():
    parts = [
        {"code": loinc(code), "valueInteger": points}
        for code, points in (("9267-6", 4), ("9270-0", 5), ("9268-4", 6))
    ]
    feeding = Feeding().send(observation("9269-2", valueQuantity=None, component=parts))
    assert ([fact[2] for fact in feeding.charted], feeding.shown) == ([4.0, 5.0, 6.0], [])


def test_a_total_that_is_absent_says_why():
    absent = {"dataAbsentReason": {"text": "sedated"}, "component": []}
    feeding = Feeding().send(observation("9269-2", valueQuantity=None, **absent))
    assert feeding.shown == ["no value: sedated"]
