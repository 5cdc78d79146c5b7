"""A pump whose rate is told again and again, in HL7 under one order, in FHIR as versions of one administration: one rate runs at a time."""

import pytest

from opensepsis.definitions.concepts.drugs import EPINEPHRINE, NOREPINEPHRINE
from opensepsis.engine.live.infusions import running_at
from opensepsis.rules import Running
from tests.support.ward.telling import whom

RATES = {c.name: Running(name=c.name, label=c.name, concept=c) for c in (NOREPINEPHRINE, EPINEPHRINE)}
NORADRENALINE, ADRENALINE = NOREPINEPHRINE.name, EPINEPHRINE.name


def told(day, minute: float, version: int, rate: float, status: str = "in-progress", start: float | None = None,
         drug: str = NORADRENALINE, code: str = "", sent: float | None = None) -> None:  # fmt: skip
    """The rate from a minute on; `code` is that of the bag."""
    start, sent = minute if start is None else start, minute if sent is None else sent
    line = f"RXA|0|1|{day.stamp(minute if status == 'stopped' else start)}||{code}^{drug}|{rate}|ug/kg/min|||||||||||||CP|A\rRXR|IV\r"
    control = "DC" if status == "stopped" else "RE"
    day.send(sent, day._head("RAS^O17", minute, "1") + f"ORC|{control}||n\r" + line, {
        "resourceType": "MedicationAdministration", "id": "n", "status": status, "subject": whom("1"),
        "medicationCodeableConcept": {"text": drug, "coding": [{"code": code or drug, "system": "urn:bags"}]},
        "effectivePeriod": {"start": day.iso(start)},
        "dosage": {"route": {"text": "IV"}, "rateQuantity": {"value": rate, "unit": "ug/kg/min"}},
        "meta": {"lastUpdated": day.iso(minute), "versionId": str(version)},
    })  # fmt: skip


def at(day, *minutes: float, drug: str = NORADRENALINE) -> list:
    chart = day.patient().bedside.chart
    return [running_at(RATES[drug], day.to_microseconds(minute), chart)[0] for minute in minutes]


@pytest.mark.parametrize("code", ["", "bag-8"])
def test_a_lower_rate_takes_the_place_of_a_higher(day, code):
    day.admit(0)
    told(day, 10, 1, 0.3, code="bag-4" if code else "")
    told(day, 200, 2, 0.05, code=code)
    assert at(day, 150, 290) == [0.3, 0.05]
    day.killed()
    assert at(day, 150, 290) == [0.3, 0.05]
    told(day, 300, 3, 0.05, "stopped", start=200, code=code)
    assert at(day, 150, 290, 310) == [0.3, 0.05, 0.0]


def test_a_rate_that_is_told_late_counts_in_its_place(day):
    day.admit(0)
    told(day, 10, 1, 0.3)
    told(day, 200, 3, 0.05)
    told(day, 100, 2, 0.2, sent=210)
    assert at(day, 50, 150, 250) == [0.3, 0.2, 0.05]


@pytest.mark.parametrize("form", ["fhir"])
def test_another_drug_in_a_later_version_runs_alone(day):
    """From its own start; at the same start the first drug never ran."""
    day.admit(0)
    told(day, 10, 1, 0.05)
    told(day, 60, 2, 0.05, drug=ADRENALINE)
    assert (at(day, 30, 90), at(day, 30, 90, drug=ADRENALINE)) == ([0.05, 0.0], [0.0, 0.05])
    told(day, 100, 3, 0.1, start=60)
    assert (at(day, 30, 110), at(day, 110, drug=ADRENALINE)) == ([0.05, 0.1], [0.0])


def test_two_orders_are_two_pumps(day):
    day.admit(0)
    told(day, 10, 1, 0.1)
    day.dose(20, NORADRENALINE, amount=0.2, unit="ug/kg/min", end=300, late=20)
    assert at(day, 15, 30) == [0.1, pytest.approx(0.3)]
