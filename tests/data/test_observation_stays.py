"""Visits for observation, as each form tells of them, and how the NHSN draft counts the days of the stays that they led to."""

import pytest

import opensepsis
from opensepsis.data.sources.omop import open_omop
from tests.support.hospitals.bulk_export import (
    administration,
    at,
    coded,
    encounter,
    export,
    observation,
    patient,
    read,
)
from tests.support.hospitals.fhir_visits import DOOR, UNIT, WARD, place, stays
from tests.support.hospitals.small_omop import at as clock
from tests.support.hospitals.small_omop import detail, dose, lab, moment, visit, write

DRAFT = "adult_sepsis_event:nhsn_draft"
ROOM = {
    "resourceType": "Location",
    "id": "o",
    "name": "5 East",
    "type": [coded("1162-7", "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html")],
    "physicalType": coded("wa", "urn:x"),
}
PART = {"partOf": {"reference": "Encounter/e"}}


def kinds(found: list[tuple]) -> list[tuple]:
    return [(stay, kind) for stay, kind, *_ in found]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({}, "observation"),
        ({"location": [place("o", 0, 20)]}, "observation"),
        ({"location": [place("w", 0, 20)]}, "hospital"),  # on a ward, whatever is billed
        (
            {"location": [place("d", 0, 4), place("o", 4, 20)]},
            "hospital",
        ),  # the whole stay, with its first hours
        ({"code": "AMB", "type": [{"text": "Hospital observation"}]}, "observation"),
        ({"code": "EMER", "location": [place("d", 0, 4), place("o", 4, 20)]}, "emergency"),
    ],
)
def test_an_encounter_for_observation(tmp_path, told, kind):
    visit = encounter("v", end=20, **({"code": "OBSENC"} | told))
    found, _, _ = read(export(tmp_path, a=[visit], b=[ROOM, UNIT, WARD, DOOR], c=[patient()]))
    assert found.select("stay", "kind").rows() == [("v", kind)]


@pytest.mark.parametrize(("later", "kind"), [(0, "observation"), (1, "observation"), (1.02, "hospital")])
def test_on_a_ward_for_observation_is_a_visit_only_before_an_admission(tmp_path, later, kind):
    visit = encounter("v", end=20, code="OBSENC", location=[place("w", 0, 20)])
    found, _ = stays(tmp_path, visit, encounter(start=20 + later, end=90))
    assert kinds(found) == [("v", kind), ("e", "hospital")]


def test_observation_may_be_a_part_of_the_admission_or_the_admission_a_part_of_it(tmp_path):
    part = encounter("v", end=20, code="OBSENC", **PART)
    assert kinds(stays(tmp_path / "part", encounter(), part)[0]) == [("e", "hospital"), ("v", "observation")]
    whole = encounter("e", end=90, code="OBSENC")
    found, _ = stays(tmp_path / "whole", whole, encounter("a", start=20, end=90, **PART))
    assert found == [("e", "observation", at(0), at(20)), ("a", "hospital", at(20), at(90))]


def test_the_earlier_classes_of_an_encounter_are_visits_within_it(tmp_path):
    def was(code: str, start: float, end: float) -> dict:
        return {
            "class": {"code": code},
            "period": {"start": at(start).isoformat(), "end": at(end).isoformat()},
        }

    history = [was("EMER", 0, 5), was("OBSENC", 5, 26), was("IMP", 26, 48)]
    assert stays(tmp_path, encounter(classHistory=history))[0] == [
        ("e/emergency-1", "emergency", at(0), at(5)),
        ("e", "hospital", at(0), at(48)),
        ("e/observation-2", "observation", at(5), at(26)),
    ]


def omop_visits(folder, *visits: dict, details: tuple = (), **tables: list) -> list[tuple]:
    found = open_omop(
        write(folder, visit_occurrence=list(visits), visit_detail=list(details), **tables)
    ).stays()
    return found.sort("admitted").select("stay", "kind", "discharged").rows()


def test_visits_to_an_observation_room(tmp_path):
    first = visit(581385, clock("08:00"), clock("10:00", 2), 1)
    then = visit(9201, clock("10:30", 2), clock("12:00", 9), 2, preceding_visit_occurrence_id=1)
    within = detail(581385, clock("08:00"), clock("10:00", 2), 11, visit_occurrence_id=1)
    on_a_ward = detail(4160026, clock("08:00"), clock("10:00", 2), 11, visit_occurrence_id=1)
    for name, details in {"bare": (), "room": (within,), "ward": (on_a_ward,)}.items():
        assert [kind for _, kind, _ in omop_visits(tmp_path / name, first, then, details=details)] == [
            "observation",
            "hospital",
        ]
    alone = omop_visits(tmp_path / "alone", first, details=(on_a_ward,))
    assert alone == [("1", "hospital", moment("10:00", 2))]


def test_a_visit_of_which_only_days_are_told_ends_with_the_admission_of_its_last_day(tmp_path):
    def days(concept: int, start: int, end: int, number: int) -> dict:
        told = visit(concept, clock("00:00", start), clock("00:00", end), number)
        return {k: v for k, v in told.items() if not k.endswith("datetime")}

    found = omop_visits(tmp_path, days(581385, 1, 2, 1), days(9201, 2, 5, 2))
    assert found == [("1", "observation", moment("00:00", 2)), ("2", "hospital", moment("00:00", 6))]


# from 08:00 of day 1; the admission follows `gap` hours after the end of observation on day 2; culture and lactate on day 4
GAPS = [(0.5, "hospital"), (1, "hospital"), (1.5, "community")]


def onset_type(folder, source: str) -> list[str]:
    return (
        opensepsis.label(source, folder, definitions=DRAFT, timezone="UTC").episodes["onset_type"].to_list()
    )


@pytest.mark.parametrize(("gap", "asked"), GAPS)
def test_days_run_from_an_encounter_for_observation(tmp_path, gap, asked):
    visits = [encounter("v", end=26, code="OBSENC"), encounter(start=26 + gap, end=300)]
    culture = observation(
        "c", "600-7", hours=74, valueQuantity=None, valueString="No growth", specimen={"display": "Blood"}
    )
    doses = [administration(f"m{day}", hours=75 + 24 * day) for day in range(4)]
    lactate = observation("l", hours=75, value=3.0)
    export(tmp_path, a=visits, c=[patient()], d=[culture, lactate, *doses])
    assert onset_type(tmp_path, "fhir") == [asked]


@pytest.mark.parametrize(("gap", "asked"), GAPS)
def test_days_run_from_a_visit_to_an_observation_room(tmp_path, gap, asked):
    begins = {0.5: "10:30", 1: "11:00", 1.5: "11:30"}[gap]
    visits = [
        visit(581385, clock("08:00"), clock("10:00", 2), 1),
        visit(9201, clock(begins, 2), clock("12:00", 20), 2),
    ]
    when = {"measurement_date": clock("10:00", 4)[:10], "measurement_datetime": clock("10:00", 4)}
    culture = lab(0, measurement_source_value="600-7", value_source_value="NO GROWTH") | when
    lactate = lab(3018405, value_as_number=3.0, unit_source_value="mmol/L") | when
    doses = [dose(1777806, 32818, route_concept_id=4171047) | given(day) for day in range(4, 8)]
    own = {"visit_occurrence_id": 2}
    write(
        tmp_path,
        visit_occurrence=visits,
        visit_detail=[],
        measurement=[culture | own, lactate | own],
        drug_exposure=[one | own for one in doses],
    )
    assert onset_type(tmp_path, "omop") == [asked]


def given(day: int) -> dict:
    return {
        "drug_exposure_start_date": clock("11:00", day)[:10],
        "drug_exposure_start_datetime": clock("11:00", day),
    }


@pytest.mark.parametrize(("gap", "asked"), GAPS)
def test_days_run_from_a_stay_of_kind_observation(tmp_path, gap, asked):
    begins = {0.5: "10:30", 1: "11:00", 1.5: "11:30"}[gap]
    (tmp_path / "stays.csv").write_text(
        "patient,stay,kind,admitted,discharged,age\n"
        f"P,v,Observation,{clock('08:00')},{clock('10:00', 2)},60\nP,e,hospital,{clock(begins, 2)},{clock('12:00', 20)},60\n"
    )
    doses = "".join(f"P,antibiotic,{clock('11:00', day)},,ceftriaxone|iv\n" for day in range(4, 8))
    (tmp_path / "events.csv").write_text(
        f"patient,concept,time,value,text\nP,culture,{clock('10:00', 4)},,blood\nP,lactate,{clock('10:00', 4)},3,\n{doses}"
    )
    assert onset_type(tmp_path, "csv") == [asked]


def test_places_at_the_door_of_an_admission_are_visits_within_it(tmp_path):
    places = [place("d", 0, 6), place("o", 6, 20), place("w", 20, 48)]
    files = {"a": [encounter(location=places)], "b": [ROOM, UNIT, WARD, DOOR], "c": [patient()]}
    found, _, _ = read(export(tmp_path / "one", **files))
    told = found.sort("admitted", "kind").select("stay", "kind", "admitted", "discharged").rows()
    assert told == [
        ("e/emergency-1", "emergency", at(0), at(6)),
        ("e", "hospital", at(0), at(48)),
        ("e/observation-1", "observation", at(6), at(20)),
    ]
    own = encounter("v", end=6, code="EMER", **PART)
    found, _, _ = read(export(tmp_path / "own", **files | {"a": [*files["a"], own]}))
    assert sorted(found["stay"]) == ["e", "e/observation-1", "v"]


@pytest.mark.parametrize(("hours", "asked"), [(3, "outpatient"), (10, "outpatient"), (30, "community")])
def test_where_the_patient_was_when_blood_was_taken(tmp_path, hours, asked):
    """Of one Encounter with its places: the door, observation, and a ward from hour 20 on."""
    places = [place("d", 0, 6), place("o", 6, 20), place("w", 20, 200)]
    culture = observation(
        "c",
        "600-7",
        hours=hours,
        valueQuantity=None,
        valueString="Escherichia coli",
        specimen={"display": "Blood"},
    )
    export(
        tmp_path,
        a=[encounter(end=200, location=places)],
        b=[ROOM, UNIT, WARD, DOOR],
        c=[patient()],
        d=[culture],
    )
    kinds = ("hospital", "emergency", "observation")
    found = [
        opensepsis.label(
            "fhir", tmp_path, definitions="bacteremia:nhsn_draft", timezone="UTC", stay_kind=kind
        ).episodes
        for kind in kinds
    ]
    assert [kind for frame in found for kind in frame["onset_type"]] == [asked]
