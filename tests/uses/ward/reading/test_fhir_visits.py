"""Where a patient is and since when, as Encounters and Locations say."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Move
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_said import Feeding, bundle, entry, iso, number, observation, patient

PLACE = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def visit(**more) -> dict:
    said = {
        "resourceType": "Encounter", "id": "v", "status": "in-progress", "subject": {"reference": "Patient/7"}, "class": {"code": "IMP"},
        "period": {"start": iso(0)},
    }  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def place(name: str, title: str, kind: str = "", part_of: str = "", **more) -> dict:
    said = {"resourceType": "Location", "id": name, "name": title, **more}
    if kind:
        said["physicalType"] = {"coding": [{"system": PLACE, "code": kind}]}
    return said | ({"partOf": {"reference": f"Location/{part_of}"}} if part_of else {})


def at(**location) -> dict:
    return {"location": location, "period": {"start": iso(5)}}


def moves(feeding) -> list[tuple]:
    return [(step.move, step.time) for step in feeding.visits]


@pytest.mark.parametrize(("code", "kind", "outpatient"), [
    ("ACUTE", "hospital", False), ("IMP", "hospital", False), ("NONAC", "hospital", False), ("OBSENC", "observation", False),
    ("EMER", "emergency", False), ("AMB", "hospital", True),
])  # fmt: skip
def test_the_class_of_a_visit(code, kind, outpatient):
    step = Feeding().send(visit(**{"class": {"code": code}})).visits[0]
    assert (step.kind, step.outpatient) == (kind, outpatient)


def test_a_visit_that_is_finished_ends():
    told = visit(status="finished", period={"start": iso(0), "end": iso(50)})
    assert moves(Feeding().send(told))[-1] == (Move.DISCHARGE, to_microseconds(50))
    without = visit(status="finished", meta={"lastUpdated": iso(40)})
    assert moves(Feeding().send(without))[-1] == (Move.DISCHARGE, to_microseconds(40))
    ahead = visit(status="finished", period={"start": iso(0), "end": iso(900)})
    assert moves(Feeding().send(ahead))[-1] == (Move.DISCHARGE, to_microseconds(60))


def test_a_visit_that_goes_on_does_not_end_before_its_planned_end():
    assert (Move.DISCHARGE, to_microseconds(900)) not in moves(
        Feeding().send(visit(period={"start": iso(0), "end": iso(900)}))
    )


@pytest.mark.parametrize("period", [None, {}, {"start": "2026-03-02"}, {"start": "soon"}])
def test_a_visit_without_a_start_is_here_since_that_was_said(period):
    feeding = Feeding().send(visit(period=period, meta={"lastUpdated": iso(30)}))
    assert (
        moves(feeding)[0] == (Move.UPDATE, to_microseconds(30))
        and ("time", "the visit has no start to the minute") in feeding.told
    )


def test_a_planned_visit_brings_nobody():
    feeding = Feeding().send(visit(status="planned"))
    assert not feeding.visits and feeding.told == [
        ("unused", "the visit is planned: the patient has not arrived yet")
    ]


WARD = (
    place("b", "Bed 4", "bd", "r"),
    place("r", "Room 12", "ro", "w"),
    place("w", "7 North", "wa", "h"),
    place("h", "St Mary", "bu"),
)


@pytest.mark.parametrize("kept", [True, False])
def test_a_place_is_a_bed_of_a_ward(kept):
    feeding, told = Feeding(), visit(location=[at(reference="Location/b")])
    if kept:
        feeding.send(bundle(*(entry(one) for one in WARD), kind="batch")).send(told)
    else:
        feeding.send(bundle(*(entry(one) for one in (*WARD, told)), kind="batch"))
    step = next(step for step in feeding.visits if step.move is Move.TRANSFER)
    assert (step.ward, step.bed, step.time) == ("7 North", "Bed 4", to_microseconds(5))


def test_an_intensive_care_unit_is_a_place():
    unit = place("u", "Unit A", "wa", type=[{"coding": [{"code": "ICU"}]}])
    feeding = Feeding().send(bundle(entry(unit), entry(visit(location=[at(reference="Location/u")]))))
    assert feeding.visits[-2].kind == "icu"


def test_a_place_that_is_only_named_is_a_ward():
    feeding = Feeding().send(visit(location=[at(reference="Location/u", display="3B")]))
    assert feeding.visits[1].ward == "3B"


def test_a_place_that_is_planned_is_none_yet():
    told = visit(location=[at(display="3B"), {"status": "planned", **at(display="ICU")}])
    assert {step.ward for step in Feeding().send(told).visits} == {"", "3B"}


@pytest.mark.parametrize(
    "reference", ["Encounter/v", "Encounter/v/_history/3", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"]
)
def test_a_part_moves_within_its_visit(reference):
    whole = entry(visit(), "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")
    part = entry(
        visit(id="part", partOf={"reference": reference}, period={"start": iso(9)}, status="finished")
    )
    assert {step.visit for step in Feeding().send(bundle(whole, part, kind="collection")).visits} == {"v"}


def test_visits_without_an_id_are_told_apart():
    feeding = Feeding()
    names = [feeding.send(visit(id=None)).visits[0].visit for _ in range(2)]
    assert (
        len(set(names)) == 2 and feeding.send(visit(id=None, identifier=number("V1"))).visits[0].visit == "V1"
    )


def delete(url: str) -> dict:
    return bundle({"request": {"method": "DELETE", "url": url}})


def test_a_deleted_resource_is_taken_back_whosever_it_was():
    feeding = Feeding()
    first = feeding.send(observation(), 20).of(Charted)[0].event
    (void,) = feeding.send(delete("Observation/o1"), 30).voided
    assert void.covers(first) and void.patient == "" and not feeding.dead


def test_a_deleted_visit_is_cancelled():
    feeding = Feeding().send(visit())
    assert moves(feeding.send(delete("Encounter/v"))) == [(Move.CANCEL_ADMIT, to_microseconds(60))]


@pytest.mark.parametrize("url", ["Patient/7", "Encounter/unknown", "Observation?status=final", ""])
def test_what_cannot_be_deleted_is_told(url):
    assert Feeding().send(delete(url)).dead


@pytest.mark.parametrize("said", [
    {"request": {"method": "PATCH", "url": "Observation/1"}, "resource": {"resourceType": "Binary"}},
    {"request": {"method": "GET", "url": "x"}},
    {}, None, {"resource": {"id": "1"}},
])  # fmt: skip
def test_no_entry_is_dropped_in_silence(said):
    feeding = Feeding().send(bundle(said, entry(patient())))
    assert feeding.told and feeding.described


@pytest.mark.parametrize("kind", ["Claim", "Organization", "MedicationDispense", "Invented"])
def test_a_kind_that_is_not_used_is_counted(kind):
    problem = Feeding().send({"resourceType": kind, "id": "1"}).problems[0]
    assert (problem.kind, problem.system, problem.code) == ("unused", "resource", kind)


@pytest.mark.parametrize(
    ("system", "code", "told"),
    [("http://hl7.org/fhir/sid/icd-10-cm", "O42.0", ["pregnant"]), ("http://hl7.org/fhir/sid/icd-10", "O85", ["recently pregnant"]),
     ("http://snomed.info/sct", "77386006", ["pregnant"]), ("http://hl7.org/fhir/sid/icd-10-cm", "J18.9", [])],
)  # fmt: skip
def test_the_coded_reason_of_a_visit_tells_of_a_pregnancy(system, code, told):
    feeding = Feeding().send(visit(reasonCode=[{"coding": [{"system": system, "code": code}]}]))
    assert [f.event.text for f in feeding.of(Charted)] == told
    assert [f.event.time for f in feeding.of(Charted)] == [to_microseconds(0)] * len(told)


@pytest.mark.parametrize("together", [True, False])
def test_the_visit_of_a_newborn_is_not_that_of_the_mother(together):
    mother = visit()
    child = visit(
        id="w",
        subject={"reference": "Patient/8"},
        partOf={"reference": "Encounter/v"},
        status="finished",
        period={"start": iso(1), "end": iso(40)},
    )
    feeding = (
        Feeding().send(bundle(entry(mother), entry(child)))
        if together
        else Feeding().send(mother).send(child)
    )
    steps = [(step.visit, step.move) for step in feeding.visits if step.patient == "server ehr|8"]
    assert steps == [("w", Move.ADMIT), ("w", Move.DISCHARGE)]


def test_a_part_of_the_own_visit_moves_within_it():
    feeding = Feeding().send(visit()).send(visit(id="w", partOf={"reference": "Encounter/v"}))
    assert [(step.visit, step.move) for step in feeding.visits] == [("v", Move.TRANSFER)]
