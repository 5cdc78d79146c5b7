"""Two stays of one patient at once: the later one ends, and what is told of the earlier one says whether the patient is here."""

from itertools import permutations

import pytest

from opensepsis.data.timeline.event import Event
from opensepsis.uses.ward.model.facts import Charted, Entry, Move, Visited, Voided
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.feeds import WATCHING, Day
from tests.support.ward.telling import bundle, loinc, whom

ILL = {
    "9279-1": (26, "/min"), "59408-5": (91, "%"), "8480-6": (98, "mm[Hg]"), "8867-4": (118, "/min"), "8310-5": (39.2, "Cel"),
}  # fmt: skip


def step(day, minute: float, visit: str, event: str, who: str = "1", ward: str = "3B") -> None:
    """A step of a visit under its own number; in FHIR another version of its Encounter."""
    hl7 = f"EVN|{event}|{day.stamp(minute)}\rPV1|1|I|{ward}^1^1||||||||||||||||{visit}\r"
    began = day.__dict__.setdefault("began", {}).setdefault(visit, day.iso(minute))
    ended = {"end": day.iso(minute)} if event == "A03" else {}
    day.send(minute, day._head(f"ADT^{event}", minute, who) + hl7, {
        "resourceType": "Encounter", "id": visit, "status": "finished" if ended else "in-progress", "class": {"code": "IMP"},
        "subject": whom(who), "period": {"start": began, **ended}, "meta": {"lastUpdated": day.iso(minute)},
        "location": [{"location": {"display": ward}}],
    })  # fmt: skip


def signs(
    day, minute: float, visit: str, at: float | None = None, status: str = "F", part_of: str = ""
) -> None:
    """Vital signs of somebody gravely ill, of a visit."""
    at = minute if at is None else at
    named = f"PV1|1|I|||||||||||||||||{visit}\r" if visit else ""
    lines = "\r".join(
        f"OBX|{i}|NM|{code}^x^LN||{value}|{unit}|||||{status}|||{day.stamp(at)}"
        for i, (code, (value, unit)) in enumerate(ILL.items(), 1)
    )
    asked = f"OBR|1||s{at}|x|||{day.stamp(at)}|||||||||||||||{day.stamp(minute)}\r"
    hl7 = day._head("ORU^R01", minute, "1") + named + asked + lines + "\r"
    of = {"encounter": {"reference": f"Encounter/{part_of or visit}"}} if visit else {}
    part = [{
        "resourceType": "Encounter", "id": part_of, "status": "in-progress", "class": {"code": "IMP"}, "subject": whom("1"),
        "partOf": {"reference": f"Encounter/{visit}"}, "period": {"start": day.iso(minute)},
    }] if part_of else []  # fmt: skip
    day.send(minute, hl7, bundle([*part, *({
        "resourceType": "Observation", "id": f"{code}-{at}", "status": "final" if status == "F" else "entered-in-error",
        "subject": whom("1"), "code": loinc(code), "effectiveDateTime": day.iso(at), "issued": day.iso(minute), **of,
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    } for code, (value, unit) in ILL.items())]))  # fmt: skip


def here(day) -> list[str]:
    return [bed.ward for bed in day.hospital.board(None)]


@pytest.fixture
def twice(day) -> Day:
    """Somebody is on 3B; a second registration on 4C was ended again."""
    step(day, 0, "V1", "A01")
    step(day, 10, "V2", "A01", ward="4C")
    step(day, 20, "V2", "A03", ward="4C")
    assert here(day) == []
    return day


def test_a_value_of_the_other_stay_shows_the_patient_in_it(twice):
    signs(twice, 30, "V1")
    assert (here(twice), twice.alerts()) == (["3B"], ["alert"])


@pytest.mark.parametrize("form", ["fhir"])
def test_so_does_a_value_of_a_part_of_it(twice):
    signs(twice, 30, "V1", part_of="V1a")
    assert (here(twice), twice.alerts()) == (["3B"], ["alert"])


@pytest.mark.parametrize("visit", ["V2", "", "V9"])
def test_a_value_of_the_ended_stay_or_of_none_that_is_open_brings_nobody_back(twice, visit):
    signs(twice, 30, visit)
    assert (here(twice), twice.alerts()) == ([], [])


def test_nor_does_a_value_measured_before_the_discharge_and_told_after_it(twice):
    signs(twice, 30, "V1", at=15)
    assert (here(twice), twice.alerts()) == ([], [])


def test_a_move_of_the_other_stay_shows_the_patient_in_it(twice):
    step(twice, 30, "V1", "A02", ward="5D")
    signs(twice, 31, "")
    assert (here(twice), twice.alerts()) == (["5D"], ["alert"])


def test_a_dose_of_the_other_stay_shows_the_patient_in_it(twice):
    given = f"RXA|0|1|{twice.stamp(30)}||ceftriaxone|2|g|||||||||||||CP|A\rRXR|IV\r"
    hl7 = twice._head("RAS^O17", 30, "1") + "PV1|1|I|||||||||||||||||V1\rORC|RE||d1\r" + given
    twice.send(30, hl7, {
        "resourceType": "MedicationAdministration", "id": "d1", "status": "completed", "subject": whom("1"),
        "context": {"reference": "Encounter/V1"}, "medicationCodeableConcept": {"text": "ceftriaxone"},
        "effectiveDateTime": twice.iso(30), "dosage": {"route": {"text": "IV"}, "dose": {"value": 2, "unit": "g"}},
    })  # fmt: skip
    assert here(twice) == ["3B"]


def test_a_value_that_was_another_patients_shows_nobody(twice):
    signs(twice, 30, "V1")
    signs(twice, 40, "V1", at=30, status="W")
    assert here(twice) == []
    assert twice.alerts()[-1] in ("withdrawn", "resolved")


def test_a_restart_knows_it_too(twice):
    signs(twice, 30, "V1")
    twice.killed()
    assert here(twice) == ["3B"]


def test_when_the_stay_that_outlasted_ends_the_patient_is_gone(twice):
    signs(twice, 30, "V1")
    step(twice, 40, "V1", "A03")
    assert (here(twice), twice.alerts()) == ([], ["alert", "resolved"])
    assert twice.patient().visit.name.endswith("V1")


def test_a_duplicate_registration_that_is_merged_and_closed_silences_nobody(day):
    step(day, 0, "V1", "A01")
    step(day, 10, "V2", "A01", who="2", ward="4C")
    day.merge(12, "1", "2")
    step(day, 14, "V2", "A03", ward="4C")
    signs(day, 20, "V1")
    assert (here(day), day.alerts()) == (["3B"], ["alert"])


def test_the_same_in_every_order_of_arrival():
    value = Event("lactate", 30, None, 30, 4.0, None, "lab 1")
    facts = (
        Visited("A|1", "V1", Move.ADMIT, 1, 1, ward="3B"),
        Visited("A|1", "V2", Move.ADMIT, 10, 10, ward="4C"),
        Visited("A|1", "V2", Move.DISCHARGE, 20, 20),
        Charted("A|1", value, visit="V1"),
        Charted("A|1", Event("lactate", 15, None, 15, 2.0, None, "lab 0"), visit="V1"),
    )
    wrong = Voided("A|1", "lab 1", 40)
    for told, name in ((facts, "V1"), ((*facts[:3], facts[3], wrong), "V2")):
        for order in permutations(told):
            ward = Ward(WATCHING, AlertPolicy(silent=False))
            ward.take([Entry(n, n, 50 + n, fact) for n, fact in enumerate(order, 1)])
            assert ward.patients["A|1"].visit.name == name


DOOR, WARD, OTHER = ("V0", "emergency"), ("V1", "hospital"), ("V2", "hospital")


@pytest.mark.parametrize(
    ("visits", "seen", "end"),
    [
        ([(*WARD, 1, None), (*OTHER, 10, 20)], "", 20),
        ([(*WARD, 1, None), (*OTHER, 10, 20)], "V1", None),
        ([(*WARD, 1, None), (*OTHER, 10, 20)], "V2", 20),
        ([(*DOOR, 1, 20), (*WARD, 20, None)], "", None),
        ([(*DOOR, 1, 20), (*WARD, 15, 40)], "", 40),
        ([(*WARD, 1, 20), (*OTHER, 20, None)], "", 20),
    ],
)
def test_what_runs_ends_with_the_stay_after_which_the_patient_was_in_no_other(visits, seen, end):
    """From the door to the ward a pump runs on, as where `label` judges the hospital stay."""
    drip = Event("norepinephrine", 5, None, 5, 0.2, None, "pump")
    ward = Ward(WATCHING, AlertPolicy(silent=False))
    facts = [Charted("A|1", drip)]
    for name, kind, admitted, discharged in visits:
        facts.append(Visited("A|1", name, Move.ADMIT, admitted, admitted, kind, ward="3B"))
        if discharged:
            facts.append(Visited("A|1", name, Move.DISCHARGE, discharged, discharged, kind))
    if seen:
        facts.append(Charted("A|1", Event("lactate", 30, None, 30, 4.0, None, "lab"), visit=seen))
    ward.take([Entry(n, n, 50 + n, fact) for n, fact in enumerate(facts, 1)])
    assert ward.patients["A|1"].bedside.chart.end_of(drip) == (end or float("inf"))


@pytest.mark.parametrize("names", [("V1", "E1"), ("E1", "V1")])
def test_of_two_stays_that_begin_together_the_end_of_one_holds_until_the_other_is_heard_of(names):
    """As where two feeds tell of one stay under numbers of their own, and one of the discharge."""
    ended, other = names
    facts = (
        Visited("A|1", ended, Move.ADMIT, 1, 1, ward="3B"),
        Visited("A|1", other, Move.ADMIT, 1, 1, ward="3B"),
        Visited("A|1", ended, Move.DISCHARGE, 20, 20),
        Charted("A|1", Event("lactate", 30, None, 30, 4.0, None, "lab 1"), visit=other),
    )
    for told, name in ((facts[:3], ended), (facts, other)):
        for order in permutations(told):
            ward = Ward(WATCHING, AlertPolicy(silent=False))
            ward.take([Entry(n, n, 50 + n, fact) for n, fact in enumerate(order, 1)])
            assert ward.patients["A|1"].visit.name == name
