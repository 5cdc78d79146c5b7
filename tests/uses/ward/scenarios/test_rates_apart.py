"""FHIR: the rates of one infusion as administrations of their own, under one order or as parts of one: one runs at a time."""

from itertools import permutations

import pytest

from opensepsis.definitions.concepts.drugs import NOREPINEPHRINE
from opensepsis.engine.live.infusions import running_at
from opensepsis.rules import Running
from tests.support.ward.telling import bundle, whom

pytestmark = pytest.mark.parametrize("form", ["fhir"])
NORADRENALINE = NOREPINEPHRINE.name
RUNNING = Running(name=NORADRENALINE, label=NORADRENALINE, concept=NOREPINEPHRINE)
ORDER = {"request": {"reference": "MedicationRequest/n"}}


def told(day, name: str, start: float, rate: float, status: str = "in-progress", end: float | None = None, sent: float | None = None,
         filed: float | None = None, version: str = "1", drug: str = NORADRENALINE, under: dict = ORDER,
         unit: str = "ug/kg/min") -> None:  # fmt: skip
    """A rate from a minute on, as an administration of its own."""
    period = {"start": day.iso(start)} | ({} if end is None else {"end": day.iso(end)})
    sent = start if sent is None else sent
    day.send(sent, "", {
        "resourceType": "MedicationAdministration", "id": name, "status": status, "subject": whom("1"),
        "medicationCodeableConcept": {"text": drug}, "effectivePeriod": period,
        "dosage": {"route": {"text": "IV"}, "rateQuantity": {"value": rate, "unit": unit}},
        "meta": {"lastUpdated": day.iso(sent if filed is None else filed), "versionId": version}, **under,
    })  # fmt: skip


def at(day, *minutes: float) -> list:
    chart = day.patient().bedside.chart
    return [running_at(RUNNING, day.to_microseconds(minute), chart)[0] for minute in minutes]


def holds(day, minutes, *rates: float) -> None:
    assert at(day, *minutes) == [pytest.approx(rate) for rate in rates]
    day.killed()
    assert at(day, *minutes) == [pytest.approx(rate) for rate in rates]


UNDER = {
    "request": ORDER,
    "absolute": {"request": {"reference": "https://a.example/fhir/MedicationRequest/n"}},
    "identifier": {"request": {"identifier": {"system": "urn:orders", "value": "n"}}},
    "urn": {"request": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}},
    "part": {"partOf": [{"reference": "MedicationAdministration/whole"}]},
}


@pytest.mark.parametrize("under", UNDER.values(), ids=UNDER)
def test_a_lower_rate_takes_the_place_of_a_higher(day, under):
    day.admit(0)
    told(day, "a", 10, 0.3, under=under)
    told(day, "b", 60, 0.05, under=under)
    holds(day, (30, 90), 0.3, 0.05)
    told(day, "b", 60, 0.05, "stopped", end=120, sent=120, version="2", under=under)
    holds(day, (30, 90, 130), 0.3, 0.05, 0.0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_they_come(day, order):
    day.admit(0)
    day.wait(200)
    rates = [("a", 10, 0.3), ("b", 60, 0.2), ("c", 100, 0.05)]
    for n, number in enumerate(order):
        name, start, rate = rates[number]
        told(day, name, start, rate, sent=201 + n, filed=start)
    holds(day, (30, 80, 120), 0.3, 0.2, 0.05)


@pytest.mark.parametrize("under", [{}, {"request": {"reference": "MedicationRequest/other"}}])
def test_another_order_is_another_pump(day, under):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05, under=under)
    holds(day, (30, 90), 0.3, 0.35)


def test_what_has_an_end_of_its_own_runs_to_it(day):
    """Two pumps for a while, as when a syringe is changed."""
    day.admit(0)
    told(day, "a", 10, 0.3, "completed", end=90, sent=95)
    told(day, "b", 60, 0.05)
    holds(day, (30, 80, 100), 0.3, 0.35, 0.05)


def test_an_end_that_is_told_later_counts(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05)
    told(day, "a", 10, 0.3, "completed", end=90, sent=95, version="2")
    holds(day, (30, 80, 100), 0.3, 0.35, 0.05)


@pytest.mark.parametrize("status", ["stopped", "completed"])
def test_an_end_that_is_not_told_is_no_later_than_the_next_rate(day, status):
    """It was charted that the first is over half an hour after the second began."""
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05)
    told(day, "a", 10, 0.3, status, sent=90, version="2")
    holds(day, (30, 80, 100), 0.3, 0.05, 0.05)


def test_a_pause_between_two_rates_stays_one(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "a", 10, 0.3, "stopped", sent=30, version="2")
    told(day, "b", 60, 0.05)
    holds(day, (20, 40, 90), 0.3, 0.0, 0.05)


def test_a_rate_of_zero_stops_it(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0)
    holds(day, (30, 90), 0.3, 0.0)


def test_a_rate_that_was_an_error_replaced_nothing(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05)
    told(day, "b", 60, 0.05, "entered-in-error", sent=70, version="2")
    holds(day, (30, 90), 0.3, 0.3)


def test_of_two_rates_of_one_minute_the_last_counts(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 10, 0.05, sent=12)
    holds(day, (30,), 0.05)


def test_another_drug_under_the_order_runs_beside_it(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05, drug="epinephrine")
    told(day, "c", 70, 5, drug="propofol", unit="mg/h")
    told(day, "d", 80, 5, drug="midazolam", unit="mg/h")
    holds(day, (30, 90), 0.3, 0.3)
    sedated = day.patient().bedside.chart.intervals("sedative")
    assert [end > day.to_microseconds(200) for _, end, _, _ in sedated] == [True, True]


def test_the_infusion_of_which_a_rate_is_a_part_ends_by_it(day):
    day.admit(0)
    told(day, "whole", 10, 0.3, under={})
    told(day, "b", 60, 0.05, under=UNDER["part"])
    told(day, "c", 100, 0.1, under=UNDER["part"])
    holds(day, (30, 90, 120), 0.3, 0.05, 0.1)


def test_the_order_of_another_patient_is_another(day):
    day.admit(0)
    day.admit(1, who="2")
    told(day, "a", 10, 0.3)
    told(day, "b", 60, 0.05, under={**ORDER, "subject": whom("2")})
    holds(day, (30, 90), 0.3, 0.3)


def test_rates_of_one_bundle_in_any_order(day):
    day.admit(0)
    rates = (("c", 90, 0.05), ("a", 10, 0.3), ("b", 60, 0.2))
    day.send(100, "", bundle([{
        "resourceType": "MedicationAdministration", "id": name, "status": "in-progress", "subject": whom("1"),
        "medicationCodeableConcept": {"text": NORADRENALINE}, "effectivePeriod": {"start": day.iso(start)},
        "dosage": {"route": {"text": "IV"}, "rateQuantity": {"value": rate, "unit": "ug/kg/min"}}, **ORDER,
    } for name, start, rate in rates]))  # fmt: skip
    holds(day, (30, 80, 95), 0.3, 0.2, 0.05)


@pytest.mark.parametrize(
    ("first", "rates"),
    [
        ("MedicationRequest/n/_history/3", (0.3, 0.05)),
        ("https://other.example/fhir/MedicationRequest/n", (0.3, 0.35)),
    ],
)
def test_a_version_of_the_order_is_the_order_and_one_of_another_server_is_another(day, first, rates):
    day.admit(0)
    told(day, "a", 10, 0.3, under={"request": {"reference": first}})
    told(day, "b", 60, 0.05)
    holds(day, (30, 90), *rates)


def test_an_order_that_only_a_later_version_names_counts(day):
    day.admit(0)
    told(day, "a", 10, 0.3, under={})
    told(day, "a", 10, 0.2, sent=20, version="2")
    told(day, "b", 60, 0.05)
    told(day, "c", 100, 0.1)
    holds(day, (30, 90, 120), 0.2, 0.05, 0.1)
    told(day, "b", 60, 0.05, "entered-in-error", sent=110, version="2")
    holds(day, (30, 90, 120), 0.2, 0.2, 0.1)


def test_a_stop_that_came_after_the_restart_holds_where_that_was_an_error(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    told(day, "a", 10, 0.3, "stopped", sent=60, version="2")
    told(day, "b", 50, 0.1, sent=61)
    told(day, "b", 50, 0.1, "entered-in-error", sent=70, version="2")
    holds(day, (30, 55, 90), 0.3, 0.3, 0.0)


def test_a_single_dose_under_the_order_ends_nothing(day):
    day.admit(0)
    told(day, "a", 10, 0.3)
    day.send(30, "", {
        "resourceType": "MedicationAdministration", "id": "bolus", "status": "completed", "subject": whom("1"),
        "medicationCodeableConcept": {"text": NORADRENALINE}, "effectiveDateTime": day.iso(30),
        "dosage": {"route": {"text": "IV"}, "dose": {"value": 10, "unit": "ug"}}, **ORDER,
    })  # fmt: skip
    holds(day, (20, 60), 0.3, 0.3)
