"""A limit, a range or an unreadable number in a dose, as HL7 and as FHIR: the drug runs or was given, and nothing inexact is charted."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Rejected
from tests.support.ward.fhir_given import IV, given
from tests.support.ward.fhir_said import Feeding, iso, quantity
from tests.support.ward.hl7_doses import dose
from tests.support.ward.hl7_messages import ANN, found

RATE, SALINE = "ug/kg/min", "sodium chloride 0.9 %"


def by_hl7(*lines: str) -> tuple[list, list[str]]:
    facts, _ = found(ANN, "ORC|RE||77", *lines, kind="RAS^O17")
    rows = [f for f in facts if isinstance(f, Charted)]
    return rows, [f.reason for f in facts if isinstance(f, Rejected)]


def by_fhir(**said) -> tuple[list, list[str]]:
    feeding = Feeding().send(given(**said))
    assert not feeding.dead
    return feeding.of(Charted), feeding.shown


LIMITS = ["<0.3", "=<0.3", "=>0.3", "≤ 0,3", "less than 0.3", "&lt;0.3", "up to 0.3", "> 0.3"]


@pytest.mark.parametrize("said", LIMITS)
@pytest.mark.parametrize("place", ["rate", "amount", "amount by a time", "fhir"])
def test_a_pressor_whose_rate_is_a_limit_runs_at_a_rate_that_is_not_known(said, place):
    if place == "rate":
        rows, shown = by_hl7(dose("norepinephrine", "", "", "PA", rate=f"{said}^{RATE}"), "RXR|IV")
    elif place == "amount":
        rows, shown = by_hl7(dose("norepinephrine", said, RATE, "PA"), "RXR|IV")
    elif place == "amount by a time":
        rows, shown = by_hl7(dose("norepinephrine", said, "ug/kg", "PA", rate="M1"), "RXR|IV")
    else:
        rows, shown = by_fhir(dosage={"rateQuantity": quantity(said.replace(",", "."), RATE)} | IV)
    (row,) = rows
    assert (row.event.concept, row.event.value, row.event.end) == ("norepinephrine", None, None)
    assert shown == ["a limit, not a number"]
    assert row.shown.startswith(said.replace(",", ".") if place == "fhir" else said)


@pytest.mark.parametrize("said", ["0.1-0.3", "see pump", "1.500"])
def test_so_does_one_whose_rate_cannot_be_read(said):
    rows, shown = by_hl7(dose("norepinephrine", "", "", "PA", rate=f"{said}^{RATE}"), "RXR|IV")
    assert [(r.event.concept, r.event.value) for r in rows] == [("norepinephrine", None)] and len(shown) == 1


@pytest.mark.parametrize("said", ["<500", "=>500", "less than 500", "&lt;500", "400-500", "1.000"])
def test_a_fluid_counts_by_an_exact_volume_only(said):
    rows, shown = by_hl7(dose(SALINE, said, "mL"), "RXR|IV")
    assert rows == [] and len(shown) == 1


@pytest.mark.parametrize("said", [">0", "<=2", "about 2"])
def test_an_antibiotic_was_given_whatever_its_amount(said):
    rows, _ = by_hl7(dose(amount=said), "RXR|IV")
    assert [r.event.text for r in rows] == ["ceftriaxone|iv"]


@pytest.mark.parametrize(
    ("dosage", "value"),
    [
        ({"rateQuantity": quantity(0.3, RATE), "dose": quantity(50, "mL", comparator="<")}, 0.3),
        ({"rateQuantity": quantity(0.3, RATE, comparator="<"), "dose": quantity(50, "mL")}, None),
        ({"rateRatio": {"numerator": quantity(0.6, "ug/kg"), "denominator": quantity(2, "min")},
          "dose": quantity(50, "mL", comparator=">=")}, 0.3),
        ({"rateRatio": {"numerator": quantity(0.6, "ug/kg"), "denominator": quantity(2, "min", comparator=">")}}, None),
        ({"rateRatio": {"numerator": quantity(0.6, "ug/kg", comparator="<="), "denominator": quantity(2, "min")}}, None),
    ],
)  # fmt: skip
def test_only_what_carries_the_sign_is_not_exact(dosage, value):
    ((row,), shown) = by_fhir(dosage=dosage | IV)
    assert row.event.value == (None if value is None else pytest.approx(value)) and bool(shown) is (
        value is None
    )


HOUR = {"effectivePeriod": {"start": iso(5), "end": iso(65)}}


@pytest.mark.parametrize(
    ("dosage", "volumes"),
    [
        ({"rateQuantity": quantity(500, "mL/h"), "dose": quantity(450, "mL")}, [450.0]),
        ({"rateQuantity": quantity(500, "mL/h"), "dose": quantity(450, "mL", comparator="<")}, [500.0]),
        ({"rateQuantity": quantity(500, "mL/h", comparator=">"), "dose": quantity(450, "mL")}, [450.0]),
        ({"rateQuantity": quantity(500, "mL/h", comparator=">")}, []),
        ({"rateQuantity": quantity(500, "mL/h", comparator=">"), "dose": quantity(450, "mL", comparator="<")}, []),
    ],
)  # fmt: skip
def test_a_fluid_by_what_of_rate_and_volume_is_exact(dosage, volumes):
    rows, shown = by_fhir(name=SALINE, status="completed", dosage=dosage | IV, **HOUR)
    assert [r.event.value for r in rows] == volumes and bool(shown) is not bool(volumes)


MIXED = ("RXE|1|NOR^Norepinephrine in saline^L|||||||||||||||||||||15|mL/h", "RXR|IV")


@pytest.mark.parametrize(
    ("strength", "amount", "unit", "known"),
    [("4", "15", "mL/h", True), ("<4", "15", "mL/h", False), ("4", "<15", "mL/h", False), ("4", "<0.3", RATE, False),
     ("4", "0.3", RATE, True)],
)  # fmt: skip
def test_a_limit_anywhere_in_a_mixture_leaves_its_rate_not_known(strength, amount, unit, known):
    parts = (f"RXC|A|NE^Norepinephrine^L|{strength}|mg", "RXC|B|NS^Sodium chloride 0.9 %^L|250|mL")
    rows, _ = by_hl7(*MIXED, *parts, dose("NOR^Norepinephrine in saline^L", amount, unit, "PA"))
    (row,) = [r for r in rows if r.event.concept == "norepinephrine"]
    assert ((row.event.value, row.whole) != (None, None)) is known


@pytest.mark.parametrize("sign", ["", "<"])
def test_so_it_is_in_fhir(sign):
    compared = {"comparator": sign} if sign else {}
    parts = [
        {"itemCodeableConcept": {"text": SALINE}},
        {
            "itemCodeableConcept": {"text": "Norepinephrine"},
            "strength": {"numerator": quantity(4, "mg", **compared), "denominator": quantity(250, "mL")},
        },
    ]
    held = {"resourceType": "Medication", "id": "x", "code": {"text": "Perfusor"}, "ingredient": parts}
    ((row,), shown) = by_fhir(
        medicationCodeableConcept=None, contained=[held], medicationReference={"reference": "#x"},
        dosage={"rateQuantity": quantity(15, "mL/h")} | IV,
    )  # fmt: skip
    assert (row.whole is None) is bool(sign) and bool(shown) is bool(sign)
