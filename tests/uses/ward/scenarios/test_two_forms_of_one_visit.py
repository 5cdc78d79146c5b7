"""One hospital tells of a visit in HL7 (PV1-19) and in FHIR (Encounter.identifier of type VN): it is one visit, in either order."""

from itertools import permutations

import pytest

from opensepsis.uses.ward.model.facts import Visited
from opensepsis.uses.ward.state.visits import called, visits_of
from tests.support.ward.fhir_said import Feeding, iso
from tests.support.ward.hl7_facts import PID, facts

HOURS = {0: "0800", 60: "0900", 90: "0930"}


def hl7(minute: int, event: str, number: str = "V1", before: str = "") -> list[Visited]:
    at = f"20260302{HOURS[minute]}+0000"
    prior = (f"MRG|77^^^HOSP^MR||||{before}",) if before else ()
    found, _ = facts(
        PID,
        f"EVN|{event}|{at}",
        *prior,
        f"PV1|1|I|3B^1^1||||||||||||||||{number}",
        kind=f"ADT^{event}",
        at=at,
    )
    return [fact for fact in found if isinstance(fact, Visited)]


def fhir(
    minute: int, status: str = "in-progress", kind: str = "VN", name: str = "E1", number: str = "V1"
) -> list[Visited]:
    ended = {"end": iso(minute)} if status == "finished" else {}
    encounter = {
        "resourceType": "Encounter", "id": name, "status": status, "class": {"code": "IMP"}, "subject": {"reference": "Patient/7"},
        "period": {"start": iso(0), **ended}, "meta": {"lastUpdated": iso(minute)},
        "identifier": [{"system": "urn:visits", "value": number, "type": {"coding": [{"code": kind}]}}],
    }  # fmt: skip
    return [fact for fact in Feeding().send(encounter, 120).facts if isinstance(fact, Visited)]


@pytest.mark.parametrize("ended", [hl7(60, "A03"), fhir(60, "finished")])
def test_a_visit_that_both_tell_of_is_one_and_ends_once(ended):
    for order in permutations((hl7(0, "A01"), fhir(0), ended)):
        (visit,) = visits_of([step for steps in order for step in steps])
        assert visit.discharged is not None


def test_what_is_charted_under_either_number_is_of_the_visit():
    steps = {*hl7(0, "A01"), *fhir(0)}
    (visit,) = visits_of(steps)
    assert set(called(visit.name, steps)) == {"E1", "V1"}


def test_each_version_says_it_once():
    assert len({*fhir(0), *fhir(60)} - {*fhir(0)}) == len({*fhir(60)} - {*fhir(0)}) < len(fhir(60))


@pytest.mark.parametrize(("kind", "number"), [("AN", "V1"), ("VN", "V2")])
def test_another_kind_of_number_or_another_number_joins_nothing(kind, number):
    assert len(visits_of({*hl7(0, "A01"), *fhir(0, kind=kind, number=number)})) == 2


def test_a_visit_that_is_renumbered_in_hl7_stays_that_of_fhir():
    for order in permutations(
        (hl7(0, "A01"), hl7(60, "A50", "V2", "V1"), fhir(90, number="V2"), hl7(90, "A08", "V2"))
    ):
        assert len(visits_of([step for steps in order for step in steps])) == 1
