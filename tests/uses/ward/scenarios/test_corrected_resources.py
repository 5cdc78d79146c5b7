"""What a sender corrects in a resource beyond its value: the time, the patient, that it ever was. In any order."""

from itertools import permutations

import pytest

from tests.support.ward.feeds import to_microseconds
from tests.support.ward.telling import VITALS, bundle, loinc, whom


def lactate(day, version: int, at: float = 9, who: str = "1", **more) -> dict:
    unit = {"unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}
    told = {
        "resourceType": "Observation", "id": "L1", "status": "final" if version == 1 else "corrected", "subject": whom(who),
        "code": loinc("2524-7"), "effectiveDateTime": day.iso(at), "valueQuantity": {"value": 8.0, **unit},
        "meta": {"versionId": str(version), "lastUpdated": day.iso(9 + version)},
    }  # fmt: skip
    return {name: part for name, part in {**told, **more}.items() if part is not None}


def standing(day, concept: str = "lactate", who: str = "1") -> list[tuple]:
    return [(e.time, e.value) for e in day.patient(who).bedside.chart.standing(concept)]


@pytest.fixture
def form():
    """Of resources only: HL7 names a result by its order, code and time."""
    return "fhir"


@pytest.fixture
def fhir(new_day):
    day = new_day(born="19960101")
    day.admit(0)
    day.admit(1, who="2")
    return day


@pytest.mark.parametrize("order", list(permutations([1, 2])))
def test_a_corrected_time_leaves_one_value(fhir, order):
    versions = {1: lactate(fhir, 1, at=9), 2: lactate(fhir, 2, at=5)}
    for minute, version in enumerate(order, 20):
        fhir.send(minute, "", versions[version])
    assert standing(fhir) == [(to_microseconds(5), 8.0)]


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_a_version_that_says_the_same_again_takes_nothing_back(fhir, order):
    for minute, version in enumerate(order, 20):
        fhir.send(minute, "", lactate(fhir, version, status="final"))
    assert standing(fhir) == [(to_microseconds(9), 8.0)]


@pytest.mark.parametrize("order", list(permutations([1, 2])))
def test_a_corrected_patient_takes_the_value_along(fhir, order):
    versions = {1: lactate(fhir, 1, who="1"), 2: lactate(fhir, 2, who="2")}
    for minute, version in enumerate(order, 20):
        fhir.send(minute, "", versions[version])
    assert (standing(fhir), standing(fhir, who="2")) == ([], [(to_microseconds(9), 8.0)])


def test_a_value_of_the_wrong_patient_withdraws_the_alert(fhir):
    fhir.culture(3)
    fhir.dose(4)
    fhir.result(5, creatinine=9.0, order="Z")
    told = [r for t in fhir.store.transitions() for r in t.reasons]
    assert any("Sepsis" in r for r in told)
    wrong = fhir.patient().bedside.chart.standing("creatinine")[0]
    moved = {**lactate(fhir, 9, at=5, who="2"), "id": "1-creatinine-Z", "code": loinc("2160-0")}
    moved["valueQuantity"] = {
        "value": 9.0,
        "unit": "mg/dL",
        "code": "mg/dL",
        "system": "http://unitsofmeasure.org",
    }
    assert wrong.origin.startswith("fhir feed/Observation/1-creatinine-Z")
    fhir.send(30, "", moved)
    assert fhir.patient().found["sepsis3"] == []
    assert standing(fhir, "creatinine") == []


@pytest.mark.parametrize(
    "gone",
    [
        {"valueQuantity": None, "dataAbsentReason": {"text": "error"}},
        {"status": "entered-in-error", "valueQuantity": None, "effectiveDateTime": None},
        {"status": "entered-in-error", "code": {"text": "withdrawn"}},
    ],
)
def test_what_says_nothing_more_is_taken_back(fhir, gone):
    fhir.send(20, "", lactate(fhir, 1))
    assert standing(fhir)
    fhir.send(30, "", lactate(fhir, 2, **gone))
    assert standing(fhir) == []


def test_the_parts_of_a_panel_are_corrected_by_their_codes(fhir):
    def panel(version: int, **values) -> dict:
        codes = {"upper": "8480-6", "mean": "8478-0"}
        parts = [
            {"code": loinc(codes[n]), "valueQuantity": {"value": v, "unit": "mmHg"}}
            for n, v in values.items()
        ]
        return lactate(fhir, version, code=loinc("85354-9"), valueQuantity=None, component=parts)

    fhir.send(20, "", panel(1, upper=80, mean=50))
    fhir.send(30, "", panel(2, mean=70, upper=110))
    assert standing(fhir, "systolic_pressure") == [(to_microseconds(9), 110.0)]
    assert standing(fhir, "mean_pressure") == [(to_microseconds(9), 70.0)]
    fhir.send(40, "", lactate(fhir, 3, code=loinc("85354-9"), valueQuantity=None, status="entered-in-error"))
    assert standing(fhir, "mean_pressure") == standing(fhir, "systolic_pressure") == []


@pytest.mark.parametrize("status", ["entered-in-error", "refuted"])
def test_a_pregnancy_by_mistake_gives_news2_back(fhir, status):
    said = {
        "resourceType": "Condition",
        "id": "p",
        "subject": whom("1"),
        "recordedDate": fhir.iso(5),
        "meta": {"versionId": "1"},
    }
    said["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z33"}]}
    fhir.send(5, "", said)
    fhir.ill(10)
    assert (
        fhir.total("news2", 11)
        == "not made for patients charted as pregnant or charted in the last 42 days as recently pregnant"
    )
    fhir.send(
        20, "", {**said, "meta": {"versionId": "2"}, "verificationStatus": {"coding": [{"code": status}]}}
    )
    assert fhir.total("news2", 21) >= 7
    assert fhir.alerts()[-1] == "alert"


def test_a_pregnancy_that_is_over_gives_news2_back(fhir):
    fhir.condition(5, "Z33")
    ended = {"resourceType": "Condition", "id": "1-Z33", "subject": whom("1"), "recordedDate": fhir.iso(5)}
    ended["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z33"}]}
    fhir.send(
        20, "", {**ended, "clinicalStatus": {"coding": [{"code": "resolved"}]}, "meta": {"versionId": "77"}}
    )
    fhir.ill(25)
    assert fhir.total("news2", 26) >= 7


def test_a_dose_that_was_not_given_after_all(fhir):
    said = {"resourceType": "MedicationAdministration", "id": "d", "subject": whom("1"), "status": "in-progress",
            "medicationCodeableConcept": {"text": "ceftriaxone"}, "effectiveDateTime": fhir.iso(5),
            "dosage": {"route": {"text": "IV"}}, "meta": {"versionId": "1"}}  # fmt: skip
    fhir.send(10, "", said)
    assert standing(fhir, "antibiotic")
    fhir.send(12, "", {**said, "effectiveDateTime": fhir.iso(8), "meta": {"versionId": "2"}})
    assert standing(fhir, "antibiotic") == [(to_microseconds(8), None)]
    fhir.send(20, "", {**said, "status": "not-done", "meta": {"versionId": "3"}})
    assert standing(fhir, "antibiotic") == []


@pytest.mark.parametrize("later", [{"at": 5}, {"who": "2"}, {"at": 5, "who": "2"}])
def test_what_comes_again_without_a_version_stands_alone(fhir, later):
    fhir.send(20, "", lactate(fhir, 1, meta={"versionId": ""}))
    fhir.send(30, "", lactate(fhir, 1, meta={"versionId": ""}, **later))
    who, at = later.get("who", "1"), later.get("at", 9)
    assert standing(fhir, who=who) == [(to_microseconds(at), 8.0)]
    assert who == "1" or standing(fhir, who="1") == []


@pytest.mark.parametrize("first", [True, False])
def test_what_is_taken_back_beside_another_birth_takes_its_alert_along(fhir, first):
    """Another birth works everything out again; what was corrected in the same message was forgotten."""
    fhir.admit(0)
    fhir.ill(10)
    born = {"resourceType": "Patient", "id": "1", "birthDate": "1960-05-01", "gender": "female"}
    signs = {"rate": 26, "spo2": 91, "systolic": 98, "pulse": 118, "temp": 39.2}
    gone = [
        {
            "resourceType": "Observation", "id": f"1-{name}-10", "status": "entered-in-error", "subject": whom("1"),
            "code": loinc(VITALS[name][0]), "effectiveDateTime": fhir.iso(10), "issued": fhir.iso(20),
        }
        for name in signs
    ]  # fmt: skip
    fhir.send(20, "", bundle([born, *gone] if first else [*gone, born]))
    assert fhir.alerts() == ["alert", "withdrawn"]
