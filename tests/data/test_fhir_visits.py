"""The `fhir` source: stays from Encounters, and who the patients are."""

import polars as pl
import pytest

import opensepsis
from tests.support.hospitals.bulk_export import at, coded, encounter, export, iso, patient, read, rows
from tests.support.hospitals.fhir_visits import place, stays


def test_places_of_intensive_care_that_follow_one_another_are_one_stay(tmp_path):
    places = [place("w", 0, 5), place("u", 5, 20), place("u", 20, 30), place("w", 30, 40), place("u", 40)]
    found, _ = stays(tmp_path, encounter(location=places))
    assert found == [
        ("e", "hospital", at(0), at(48)), ("e/icu-1", "icu", at(5), at(30)), ("e/icu-2", "icu", at(40), at(48)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"location": [place("u", 5, 20)]},
        {"serviceType": {"text": "Intensive care"}},
        {"identifier": [{"system": "http://x.example/identifier/encounter-icu", "value": "1"}]},
    ],
)
def test_an_encounter_within_another_may_be_the_time_in_intensive_care(tmp_path, more):
    part = encounter("i", start=5, end=20, code="ACUTE", partOf={"reference": "Encounter/e"}, **more)
    found, _ = stays(tmp_path, encounter(location=[place("u", 5, 20)]), part)
    assert found == [("e", "hospital", at(0), at(48)), ("i", "icu", at(5), at(20))]


def test_an_encounter_within_another_on_a_ward_is_no_stay_of_its_own(tmp_path):
    found, told = stays(
        tmp_path, encounter(), encounter("w", start=5, end=20, partOf={"reference": "Encounter/e"})
    )
    assert [row[0] for row in found] == ["e"]
    assert told["unused"] == {"moves within its visit: no stay of its own": 1}


def test_the_visit_of_a_newborn_is_a_stay_of_its_own(tmp_path):
    child = encounter("n", "q", start=5, end=40, partOf={"reference": "Encounter/e"})
    found, _ = stays(tmp_path, encounter(), child, people=[patient(), patient("q")])
    assert found == [("e", "hospital", at(0), at(48)), ("n", "hospital", at(5), at(40))]


def test_who_came_through_the_emergency_department_and_lay_in_a_bed_was_in_hospital(tmp_path):
    admitted = encounter(code="EMER", location=[place("d", 0, 4), place("w", 4, 48)])
    sent_home = encounter("f", start=60, end=64, code="EMER", location=[place("d", 60, 64)])
    within = encounter("g", start=0, end=4, code="EMER", partOf={"reference": "Encounter/e"})
    found, _ = stays(tmp_path, admitted, sent_home, within)
    assert sorted((row[0], row[1]) for row in found) == [
        ("e", "hospital"),
        ("f", "emergency"),
        ("g", "emergency"),
    ]


def test_outpatient_planned_and_cancelled_visits_are_told_and_no_stays(tmp_path):
    visits = [
        encounter("a", code="AMB"),
        encounter("b", status="planned"),
        encounter("c", status="cancelled"),
        encounter("d"),
    ]
    found, told = stays(tmp_path, *visits)
    assert [row[0] for row in found] == ["d"]
    assert sum(told["unused"].values()) == 3


def test_the_last_version_of_a_visit_stands(tmp_path):
    first = encounter(end=None, status="in-progress", meta={"versionId": "1", "lastUpdated": iso(1)})
    last = encounter(end=30, meta={"versionId": "2", "lastUpdated": iso(31)})
    assert stays(tmp_path, last, first)[0] == [("e", "hospital", at(0), at(30))]
    wrong = encounter(status="entered-in-error", meta={"versionId": "3", "lastUpdated": iso(32)})
    assert stays(tmp_path / "wrong", last, wrong, first)[0] == []


def test_a_visit_without_a_start_is_kept_for_the_report(tmp_path):
    found, _ = stays(tmp_path, encounter(start=None))
    assert found == [("e", "hospital", None, at(48))]


@pytest.mark.parametrize(
    ("death", "died"),
    [
        ({"deceasedDateTime": iso(40)}, at(40)),
        ({"deceasedDateTime": "2026-03-04"}, at(48)),
        ({"deceasedDateTime": "2026-03-03"}, at(48)),
        ({"deceasedDateTime": "2026-05-01"}, None),
        ({"deceasedBoolean": True}, None),
    ],
)
def test_a_death_of_which_only_the_day_is_told_is_at_the_discharge_of_the_stay_that_lasts_into_it(
    tmp_path, death, died
):
    found, _, _ = read(export(tmp_path, a=[encounter()], c=[patient(**death)]))
    told = found["died"][0]
    assert told == died or (
        died is None and (told is None or told.isoformat().startswith("2026-05-01T23:59:59"))
    )


FIRST = {"start": 0, "end": 10}


@pytest.mark.parametrize(
    ("death", "to", "deaths"),
    [
        ({"deceasedBoolean": True}, None, [False, None]),  # it is not told when: perhaps in the last stay
        ({"deceasedDateTime": "2026-03"}, None, [False, None]),
        ({"deceasedDateTime": "2026"}, None, [False, None]),
        ({"deceasedBoolean": True}, "home", [False, False]),
        ({"deceasedBoolean": True}, "exp", [False, True]),
        ({"deceasedBoolean": False}, None, [False, False]),
        ({"deceasedDateTime": "not known"}, None, [False, None]),
        ({"deceasedBoolean": "perhaps"}, None, [False, None]),
        ({"_deceasedDateTime": {"extension": []}}, None, [False, None]),
        ({}, None, [False, False]),
    ],
)
def test_who_is_dead_at_a_time_that_is_not_told_is_not_alive(tmp_path, death, to, deaths):
    last = encounter("f", start=20, end=48)
    if to:
        system = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
        words = {"home": "Home", "exp": "Expired"}[to]
        last["hospitalization"] = {
            "dischargeDisposition": {"coding": [{"system": system, "code": to, "display": words}]}
        }
    other = encounter("g", "q", start=0, end=30)
    other["hospitalization"] = {"dischargeDisposition": {"text": "Home"}}
    people = [patient(**death), patient("q")]
    folder = export(tmp_path / "export", a=[encounter("e", **FIRST), last, other], c=people)
    labels = opensepsis.label("fhir", folder, definitions="news2,course")
    mine = labels.stays.filter(pl.col("stay") != "g").sort("stay")
    assert mine["died_in_stay"].to_list() == mine["died_in_hospital"].to_list() == deaths
    assert mine["died"].to_list() == [None, None]
    course = labels.course.filter(
        pl.col("stay") == "f", pl.col("finding").is_in(["died_in_stay", "died_later"])
    )
    states = dict(course.select("finding", "state").iter_rows())
    if deaths[1] is None:
        assert states == {"died_in_stay": "not known", "died_later": "not known"}
        told = death.get("deceasedBoolean") is True or str(death.get("deceasedDateTime", "")).startswith(
            "2026"
        )
        why = "dead, at a time that is not told" if told else "what was said of death cannot be read"
        assert set(course["reason"]) == {why}
    else:
        assert states.get("died_in_stay", "no") == ("yes" if deaths[1] else "no")


def test_a_record_that_was_replaced_goes_on_as_the_other(tmp_path):
    old = patient("old", link=[{"type": "replaced-by", "other": {"reference": "Patient/new"}}])
    found, _, _ = read(export(tmp_path, a=[encounter(who="old")], c=[old, patient("new", gender="male")]))
    assert found.select("patient", "sex").rows() == [("new", "M")]


def test_the_coded_reason_of_a_visit_tells_of_a_pregnancy(tmp_path):
    reason = {"reasonCode": [coded("O42.0", "http://hl7.org/fhir/sid/icd-10-cm")]}
    export(tmp_path, people=[patient()], visits=[encounter(**reason)], told=[])
    assert rows(tmp_path) == [("pregnancy", 0.0, None, "pregnant")]


def test_a_reason_that_a_later_version_does_not_give_is_taken_back(tmp_path):
    reason = {"reasonCode": [coded("O42.0", "http://hl7.org/fhir/sid/icd-10-cm")]}
    versions = [
        encounter(**reason, meta={"versionId": "1", "lastUpdated": iso(1)}),
        encounter(meta={"versionId": "2", "lastUpdated": iso(2)}),
    ]
    export(tmp_path, people=[patient()], visits=versions, told=[])
    assert rows(tmp_path) == [("pregnancy", 0.0, None, "pregnant"), ("pregnancy", 0.0, None, None)]
