"""Drugs in a carrier in HL7 (RXC): what runs, at which rate, and what is shown where the amounts do not tell it."""

import pytest

from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.hl7_doses import LEVOPHED, dose, minutes_before_noon
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, found, reasons

CARRIER = "NS^Sodium chloride 0.9 % 250 mL^L"
MIXED = ("RXC|B|NS^Sodium chloride 0.9 %^L|250|mL", "RXC|A|NE^Norepinephrine^L|4|mg")


def mixed(*components: str, drug: str = CARRIER, before: tuple[str, ...] = (), **more: str) -> list[tuple]:
    """Concept, value and sent dose of what is charted of a dose with components."""
    facts, _ = found(ANN, "ORC|RE||77", *before, *components, dose(drug, **more), "RXR|IV", kind="RAS^O17")
    rows = [f for f in facts if isinstance(f, Charted)]
    return [(f.event.concept, f.event.value if f.whole is None else f.whole) for f in rows]


@pytest.mark.parametrize(("components", "more", "value"), [
    (MIXED, {"amount": "15", "unit": "mL/h"}, 4.0),  # 0.24 mg/h, divided by the weight
    (MIXED, {"amount": "", "unit": "", "rate": "0.25^mL/min"}, 4.0),
    (MIXED, {"amount": "30", "unit": "mL", "end": "202603021330+0000"}, 4.0),
    (MIXED[::-1], {"amount": "15", "unit": "mL/h"}, 4.0),
    ((MIXED[0], "RXC|A|NE^Norepinephrine^L|4|mL|1|mg/mL"), {"amount": "15.24", "unit": "mL/h"}, 4.0),
    ((MIXED[0], "RXC|A|NE^Norepinephrine^L|4|mL|2|mg||2|mL"), {"amount": "15.24", "unit": "mL/h"}, 4.0),
    (MIXED, {"amount": "0.1", "unit": "mcg/kg/min"}, 0.1),
    ((MIXED[0], "RXC|A|V^Vasopressin^L|50|U"), {"amount": "9", "unit": "mL/h"}, 0.03),
])  # fmt: skip
def test_a_drug_in_a_carrier_runs_at_its_own_rate(components, more, value):
    ((concept, rate),) = mixed(*components, **more)
    assert concept in (LEVOPHED, "vasopressin") and rate == pytest.approx(value)


def test_the_rate_of_the_order_where_the_dose_tells_none():
    order = "RXE||NS^Sodium chloride 0.9 %^L|250||mL" + "|" * 18 + "15|mL/h"
    assert mixed(*MIXED, before=(order,), amount="250", unit="mL") == [(LEVOPHED, pytest.approx(4.0))]


@pytest.mark.parametrize(("components", "more", "reason"), [
    ((MIXED[0], "RXC|A|NE^Norepinephrine^L||"), {"amount": "15", "unit": "mL/h"}, "concentration"),
    (("RXC|A|NE^Norepinephrine^L|4|mg",), {"amount": "15", "unit": "mL/h"}, "concentration"),
    ((*MIXED, "RXC|A|V^Vasopressin^L|50|U"), {"amount": "0.1", "unit": "mcg/kg/min"}, "several"),
])  # fmt: skip
def test_a_rate_that_the_amounts_do_not_tell_is_shown(components, more, reason):
    assert {value for _, value in mixed(*components, **more)} == {None}, "it runs at a rate that is not known"
    lines = ("ORC|RE||77", *components, dose(CARRIER, **more), "RXR|IV")
    assert all(reason in said for said in reasons(ANN, *lines, kind="RAS^O17")) and reasons(
        ANN, *lines, kind="RAS^O17"
    )


@pytest.mark.parametrize(("additive", "charted_as"), [
    ("RXC|A|C^Ceftriaxone^L|2|g", [("antibiotic", None)]),
    ("RXC|A|K^Potassium chloride^L|20|mmol", [("crystalloid", 250.0)]),
    ("RXC|A|G^Glucose 50 %^L|50|mL", []),
    ("RXC|B|NS^Sodium chloride 0.9 %^L|250|mL", [("crystalloid", 250.0)]),
])  # fmt: skip
def test_what_a_carrier_is_by_what_is_added(additive, charted_as):
    assert mixed(MIXED[0], additive, amount="250", unit="mL", end="202603021200+0000") == charted_as


def test_components_of_a_dose_follow_its_order_only():
    lines = (
        "ORC|RE||77",
        *MIXED,
        dose(CARRIER, "15", "mL/h"),
        "RXR|IV",
        "ORC|RE||78",
        dose(CARRIER, "500", "mL"),
        "RXR|IV",
    )
    facts, _ = found(ANN, *lines, kind="RAS^O17")
    assert [f.event.concept for f in facts if isinstance(f, Charted)] == [LEVOPHED, "crystalloid"]


def test_a_new_rate_of_a_mixture_takes_the_place_of_the_one_before():
    sent = [
        (*MIXED, dose(CARRIER, amount, "mL/h", start=f"2026030210{minute}+0000"), "RXR|IV")
        for amount, minute in (("15", "10"), ("30", "30"))
    ]
    weight = "OBX|1|NM|29463-7^w^LN||80|kg|||||F|||202603020900+0000"
    patient = Patient("HOSP|100", watched(), 10**12)
    lines = [(weight,), *sent]
    for n, one in enumerate(lines):
        kind, head = ("ORU^R01", ("OBR|1||w",)) if n == 0 else ("RAS^O17", ("ORC|RE||77",))
        for fact in found(ANN, *head, *one, kind=kind, received=NOON + n * MINUTE)[0]:
            patient.take(n, NOON + n * MINUTE, fact)
    standing = sorted(
        (minutes_before_noon(e.time), minutes_before_noon(e.end), e.value)
        for e in patient.bedside.chart.standing(LEVOPHED)
    )
    assert standing == [(90, None, pytest.approx(0.1)), (110, 90, pytest.approx(0.05))]


def test_an_ordered_antibiotic_in_a_carrier():
    lines = (
        "ORC|NW|77",
        "RXE||NS^Sodium chloride 0.9 %^L|100||mL",
        "RXR|IV",
        MIXED[0],
        "RXC|A|C^Ceftriaxone^L|2|g",
    )
    facts, _ = found(ANN, *lines, kind="RDE^O11")
    assert [(f.event.concept, f.event.text) for f in facts if isinstance(f, Charted)] == [
        ("antibiotic_order", "ceftriaxone|iv")
    ]
