"""What was not given or not ordered for the hospital, in FHIR."""

import pytest

from tests.support.ward.fhir_given import IV, given, ordered
from tests.support.ward.fhir_said import Feeding


@pytest.mark.parametrize("kinds", [["inpatient"], ["outpatient"], ["inpatient", "discharge"], ["x"]])
def test_an_order_for_the_hospital_stands(kinds):
    said = ordered(category=[{"coding": [{"code": kind}]} for kind in kinds], reportedBoolean=False)
    assert Feeding().send(said).charted


@pytest.mark.parametrize(
    "dose", [{"dose": {"value": 0, "unit": "g"}}, {"dose": {"value": 0.0, "unit": "mg", "code": "mg"}}]
)
def test_a_dose_of_nothing_was_not_given(dose):
    feeding = Feeding().send(given("ceftriaxone", status="completed", dosage={**IV, **dose}))
    assert not feeding.charted and feeding.shown == ["not given: its amount is zero"]
