"""What a record of administrations did with a dose, as RXA-9 tells it (HL7 2.5.1, 4.14.7.9: administration notes)."""

import pytest

from opensepsis.data.intake.not_given import dose_action
from opensepsis.uses.ward.model.facts import Ended
from tests.support.ward.fhir_given import IV
from tests.support.ward.fhir_given import given as given_in_fhir
from tests.support.ward.fhir_said import Feeding
from tests.support.ward.hl7_doses import LEVOPHED, dose, given
from tests.support.ward.hl7_messages import ANN, found, reasons

NOTHING = (
    "Not Given", "Refused", "Patient refused", "Missed", "Canceled Entry", "Due", "Not Given - in theatre", "Nicht gegeben",
    "MAR Hold", "Held",
)  # fmt: skip
GIVEN = (
    "",
    "Given",
    "New Bag",
    "Restarted",
    "Given, was held this morning",
    "00^New immunization record^NIP001",
    "Stopped",
)


def noted(line: str, action: str) -> str:
    """A dose with its action in RXA-9."""
    fields = line.split("|")
    fields[9] = action
    return "|".join(fields)


@pytest.mark.parametrize("action", NOTHING)
def test_a_dose_that_was_not_given_is_shown(action):
    line = noted(dose(), action)
    assert given(line, "RXR|IV") == []
    assert reasons(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17") == ["not given, by its action"]


@pytest.mark.parametrize("action", GIVEN)
def test_a_dose_with_another_action_was_given(action):
    assert [event.text for event in given(noted(dose(), action), "RXR|IV")] == ["ceftriaxone|iv"]


@pytest.mark.parametrize("action", ["Stopped", "Paused", "Held", "Infusion stopped", "1^Stopped^L"])
def test_a_pump_that_was_stopped_stands_still(action):
    line = noted(dose(LEVOPHED, "0.1", "ug/kg/min", status=""), action)
    assert given(line, "RXR|IV") == []
    facts, _ = found(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17")
    assert [f.concept for f in facts if isinstance(f, Ended)] == ["norepinephrine"]


@pytest.mark.parametrize("action", ["Rate Change", "Rate/Dose Verify", "New Bag", "Restarted", ""])
def test_a_pump_goes_on_after_any_other_action(action):
    line = noted(dose(LEVOPHED, "0.1", "ug/kg/min", status=""), action)
    assert [event.value for event in given(line, "RXR|IV")] == [0.1]


def test_a_pump_whose_end_is_told_ran_until_then():
    line = noted(dose(LEVOPHED, "0.1", "ug/kg/min", end="202603021145+0000", status=""), "Stopped")
    assert [(event.value, event.end is not None) for event in given(line, "RXR|IV")] == [(0.1, True)]


@pytest.mark.parametrize("action", NOTHING)
def test_a_note_of_a_completed_dose_in_fhir(action):
    said = given_in_fhir("ceftriaxone", status="completed", dosage=IV, note=[{"text": action}])
    feeding = Feeding().send(said)
    assert feeding.charted == [] and feeding.shown == ["not given, by its action"]


@pytest.mark.parametrize("note", ["Given", "Given after it was held", "patient asleep"])
def test_any_other_note_in_fhir(note):
    said = given_in_fhir("ceftriaxone", status="completed", dosage=IV, note=[{"text": note}])
    assert Feeding().send(said).charted == [("server ehr|7", "antibiotic", "ceftriaxone|iv")]


def test_a_note_ends_no_infusion_in_fhir_where_the_status_tells():
    said = given_in_fhir(note=[{"text": "Held"}])
    assert [row[1:] for row in Feeding().send(said).charted] == [("norepinephrine", 0.3)]


def test_only_the_beginning_of_a_note_is_an_action():
    assert dose_action("see note: not given") == ""
