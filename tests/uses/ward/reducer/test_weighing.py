"""Rates for the whole patient become rates per kilogram by the weight charted last, in every way in; never by a later one."""

import csv
import io
from itertools import permutations

import pytest

from opensepsis.data.sources.pump_rates import NO_WEIGHT
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.fhir_said import Feeding, iso, observation, quantity
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, SITE, found


def hl7(
    value: str, unit: str, minute: int = 30, drug: str = "norepinephrine", at: str = "20260302120000+0000"
):
    rxa = f"RXA|0|1|2026030210{minute:02d}+0000||{drug}|{value}|{unit}|||||||||||||CP|A"
    return found(ANN, "ORC|RE||77", rxa, "RXR|IV", kind="RAS^O17", at=at, received=NOON + MINUTE)[0]


def weight(kilograms: str, minute: int, status: str = "F", unit: str = "kg"):
    asked = f"OBR|1||W{minute}|29463-7^Weight^LN|||2026030210{minute:02d}+0000"
    return found(ANN, asked, f"OBX|1|NM|29463-7^Weight^LN||{kilograms}|{unit}|||||{status}")[0]


def after(*messages) -> Patient:
    patient = Patient("HOSP|100", watched(), 10**12)
    for number, facts in enumerate(messages):
        for fact in facts:
            patient.take(number, NOON + number * MINUTE, fact)
    return patient


def rate(*messages, drug: str = "norepinephrine"):
    standing = after(*messages).bedside.chart.standing(drug)
    return [one.value for one in standing if one.value is not None or one.end is None]


@pytest.mark.parametrize(
    ("value", "unit", "right"),
    [("8", "mcg/min", 0.1), ("0.48", "mg/h", 0.1), ("0", "mcg/min", 0.0), ("0.1", "mcg/kg/min", 0.1), ("5", "mL/h", None),
     ("9999", "mg/min", None)],
)  # fmt: skip
def test_a_rate_by_the_weight_charted_before(value, unit, right):
    assert rate(weight("80", 10), hl7(value, unit)) == [right]


def test_a_concept_without_a_weight_in_its_unit():
    assert rate(weight("80", 10), hl7("0.0005", "U/kg/min", drug="vasopressin"), drug="vasopressin") == [0.04]


def test_without_a_weight_the_rate_is_not_known_and_that_is_said():
    patient = after(hl7("8", "mcg/min"))
    assert [n.reason for _, n in patient.rejected] == [NO_WEIGHT]
    assert rate(hl7("8", "mcg/min")) == [None] == rate(hl7("8", "mcg/min"), weight("80", 40))  # a later one


def test_the_order_of_arrival_does_not_matter():
    said = [weight("100", 5), weight("80", 10), hl7("8", "mcg/min"), weight("50", 40)]
    assert [rate(*order) for order in permutations(said)] == [[0.1]] * 24


def test_a_weight_that_comes_late_or_is_corrected_changes_the_rate():
    late = after(hl7("8", "mcg/min"), weight("80", 10))
    assert [e.value for e in late.bedside.chart.standing("norepinephrine")] == [0.1] and late.rejected == []
    assert rate(weight("80", 10), hl7("8", "mcg/min"), weight("100", 10, "C")) == [0.08]
    assert rate(weight("80", 10), hl7("8", "mcg/min"), weight("", 10, "W")) == [None]


def test_a_rate_told_again_in_its_own_unit_needs_no_weight():
    first, again = hl7("8", "mcg/min"), hl7("0.3", "mcg/kg/min", at="20260302120100+0000")
    for order in permutations([weight("80", 10), first, again]):
        assert rate(*order, weight("100", 10, "C")) == [0.3]


def test_in_fhir():
    feed = Feeding()
    body = feed.send(observation("29463-7", 80, "kg")).facts
    for dosage in (
        {"rateQuantity": quantity(8, "ug/min")},
        {"rateRatio": {"numerator": quantity(0.48, "mg"), "denominator": quantity(1, "h")}},
    ):
        said = {
            "resourceType": "MedicationAdministration", "id": "m", "status": "in-progress", "subject": {"reference": "Patient/7"},
            "medicationCodeableConcept": {"text": "norepinephrine"}, "effectivePeriod": {"start": iso(10)}, "dosage": dosage,
        }  # fmt: skip
        given = Feeding().send(said).facts
        assert rate(body, given) == [pytest.approx(0.1)] and rate(given, body) == [pytest.approx(0.1)]


def test_in_the_csv_folder_of_a_ward():
    def row(**said) -> list:
        lines = io.StringIO()
        writer = csv.DictWriter(lines, said)
        writer.writeheader()
        writer.writerow(said)
        message = Message(1, "csv", "csv", "k", lines.getvalue().encode(), NOON)
        return [f for f in read(message, SITE)[0] if isinstance(f, Charted)]

    heavy = row(patient="1", concept="weight", time="2026-03-02T10:10:00Z", value="80", unit="kg")
    given = row(patient="1", concept="norepinephrine", time="2026-03-02T10:30:00Z", value="8", unit="mcg/min")
    assert rate(heavy, given) == [0.1] == rate(given, heavy)
