"""Orders, doses and merges that are told again, otherwise, or in the wrong order: the last statement counts, as HL7 and as FHIR."""

import pytest

from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.treatment import treatment_of
from tests.support.ward.telling import whom

MEROPENEM, CEFTRIAXONE, SALINE = "meropenem", "ceftriaxone", "sodium chloride 0.9 %"


def order(day, minute: float, control: str = "NW", version: int = 1, status: str = "active", authored: float = 6, drug: str = CEFTRIAXONE,
          received: float | None = None) -> None:  # fmt: skip
    """An RDE with the time of this message in ORC-9, or a MedicationRequest with the time at which it was written."""
    asked = f"ORC|{control}||r||||||{day.stamp(minute)}\rRXE|1|{drug}|2||g\rRXR|IV\r"
    day.send(minute if received is None else received, day._head("RDE^O11", minute, "1") + asked, {
        "resourceType": "MedicationRequest", "id": "r", "status": status, "intent": "order", "subject": whom("1"),
        "medicationCodeableConcept": {"text": drug}, "authoredOn": day.iso(authored), "dosageInstruction": [{"route": {"text": "IV"}}],
        "meta": {"lastUpdated": day.iso(minute), "versionId": str(version)},
    })  # fmt: skip


def given(
    day, minute: float, version: int, drug: str, amount: str, unit: str, action: str = "A", sent: float = 70
) -> None:
    line = f"RXA|0|1|{day.stamp(minute)}|{day.stamp(minute + 50)}|{drug}|{amount}|{unit}|||||||||||||CP|{action}\rRXR|IV\r"
    sign, number = (amount[0], amount[1:]) if amount[0] in "<>" else ("", amount)
    quantity = {"value": float(number), "unit": unit} | ({"comparator": sign} if sign else {})
    day.send(sent, day._head("RAS^O17", sent, "1") + "ORC|RE||d\r" + line, {
        "resourceType": "MedicationAdministration", "id": "d", "status": "completed", "subject": whom("1"),
        "medicationCodeableConcept": {"text": drug}, "effectivePeriod": {"start": day.iso(minute), "end": day.iso(minute + 50)},
        "dosage": {"route": {"text": "IV"}, "dose": quantity}, "meta": {"lastUpdated": day.iso(sent), "versionId": str(version)},
    })  # fmt: skip


def standing(day, concept: str, who: str = "1") -> list:
    return [e.value if e.text is None else e.text for e in day.patient(who).bedside.chart.standing(concept)]


def test_an_order_that_is_told_again_is_not_ordered_anew(day):
    """It counts for 3 h from when it was told first: a change of its status is no other order."""
    day.admit(0)
    order(day, 6)
    day.result(15, rate=21)
    order(day, 170, "SC", 2)
    day.wait(200)
    found = [treatment_of(day.patient(), day.to_microseconds(minute), AlertPolicy()) for minute in (185, 186)]
    assert [t.treated for t in found] == [True, False] and found[1].over == "an order was not carried out"


@pytest.mark.parametrize(("control", "status"), [("DC", "stopped"), ("CA", "cancelled")])
def test_an_end_that_comes_before_its_order_ends_it(day, control, status):
    day.admit(0)
    order(day, 8, control, 2, status)
    order(day, 6, received=9)
    assert standing(day, "antibiotic_order") == []


@pytest.mark.parametrize("form", ["fhir"])
def test_an_order_that_was_stopped_and_is_active_again_stands(day):
    day.admit(0)
    order(day, 8, "DC", 2, "stopped")
    order(day, 6, received=9)
    order(day, 12, "RL", 3)
    assert standing(day, "antibiotic_order") == [f"{CEFTRIAXONE}|iv"]


@pytest.mark.parametrize("form", ["fhir"])
def test_another_drug_in_a_later_version_takes_the_place_of_the_first(day):
    day.admit(0)
    order(day, 6)
    order(day, 8, version=2, drug=MEROPENEM)
    assert standing(day, "antibiotic_order") == [f"{MEROPENEM}|iv"]
    given(day, 10, 1, CEFTRIAXONE, "2", "g")
    given(day, 10, 2, MEROPENEM, "1", "g", sent=80)
    assert standing(day, "antibiotic") == [f"{MEROPENEM}|iv"]


@pytest.mark.parametrize("other", [MEROPENEM, "paracetamol"])
def test_a_dose_that_is_corrected_to_another_drug_is_of_that_drug_alone(day, other):
    """The other doses of its order stay."""
    day.admit(0)
    given(day, 10, 1, CEFTRIAXONE, "2", "g")
    day.dose(20, "linezolid")
    given(day, 10, 2, other, "1", "g", action="U", sent=80)
    assert standing(day, "antibiotic") == [f"{MEROPENEM}|iv"] * (other == MEROPENEM) + ["linezolid|iv"]
    day.killed()
    assert standing(day, "antibiotic") == [f"{MEROPENEM}|iv"] * (other == MEROPENEM) + ["linezolid|iv"]


@pytest.mark.parametrize("form", ["hl7"])
def test_an_update_of_one_dose_leaves_the_other_doses_of_its_order(day):
    day.admit(0)
    given(day, 10, 1, CEFTRIAXONE, "2", "g", sent=65)
    given(day, 15, 1, CEFTRIAXONE, "1", "g")
    given(day, 15, 2, MEROPENEM, "1", "g", action="U", sent=80)
    assert standing(day, "antibiotic") == [f"{CEFTRIAXONE}|iv", f"{MEROPENEM}|iv"]


@pytest.mark.parametrize("amount", ["<500", "0"])
def test_a_volume_that_is_corrected_to_none_no_longer_counts(day, amount):
    day.admit(0)
    given(day, 10, 1, SALINE, "500", "mL")
    assert standing(day, "crystalloid") == [500.0]
    given(day, 10, 2, SALINE, amount, "mL", action="U", sent=80)
    assert standing(day, "crystalloid") == []


def parted(day, minute: float, version: int = 99) -> None:
    other = "PID|2||2^^^feed^MR||ROE^ANN||19500101|F\r"
    day.send(minute, day._head("ADT^A37", minute, "1") + other, {
        "resourceType": "Patient", "id": "2", "birthDate": "1950-01-01",
        "meta": {"lastUpdated": day.iso(minute), "versionId": str(version)},
    })  # fmt: skip


def test_a_merge_that_is_taken_back_parts_the_two(day):
    """In FHIR a later version of the record that was replaced has no link."""
    day.admit(0)
    day.admit(1, who="2")
    day.merge(6, "1", "2")
    day.result(10, who="2", lactate=6)
    assert standing(day, "lactate", "1") == [6.0]
    parted(day, 20)
    day.result(30, who="2", lactate=7)
    assert (standing(day, "lactate", "1"), standing(day, "lactate", "2")) == ([], [6.0, 7.0])
    day.killed()
    assert (standing(day, "lactate", "1"), standing(day, "lactate", "2")) == ([], [6.0, 7.0])


@pytest.mark.parametrize("form", ["fhir"])
def test_a_part_of_a_record_takes_no_merge_back(day):
    day.admit(0)
    day.merge(6, "1", "2")
    day.send(
        7,
        "",
        {
            "resourceType": "Patient",
            "id": "2",
            "gender": "female",
            "meta": {"versionId": "", "lastUpdated": day.iso(7)},
        },
    )
    day.result(10, who="2", lactate=6)
    assert standing(day, "lactate", "1") == [6.0]
