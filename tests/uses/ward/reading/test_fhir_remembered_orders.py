"""What a dose needs of the order that it was given for, which came in an earlier message: drug and route, as its last version has them."""

import pytest

from opensepsis.data.decode.facts import Charted
from opensepsis.data.decode.fhir.versions import Versions
from tests.support.ward.fhir_given import IV, given, ordered
from tests.support.ward.fhir_said import Feeding, bundle, entry, iso, observation, quantity

ORAL = [{"route": {"text": "oral"}}]


def drug(name: str = "vancomycin", **more) -> dict:
    return {"resourceType": "Medication", "id": "d", "code": {"text": name}, **more}


def dose(**more) -> dict:
    """A dose that says only for which order it was given."""
    said = {
        "resourceType": "MedicationAdministration", "id": "m", "status": "completed", "subject": {"reference": "Patient/7"},
        "request": {"reference": "MedicationRequest/r"}, "effectiveDateTime": iso(30),
    }  # fmt: skip
    return {**said, **more}


def referring(reference: str = "Medication/d", **more) -> dict:
    said = ordered(medicationReference={"reference": reference}, **more)
    del said["medicationCodeableConcept"]
    return said


def text(name: str) -> dict:
    return {"medicationCodeableConcept": {"text": name}}


def what(feeding: Feeding) -> list:
    return [said for _, _, said in feeding.charted]


@pytest.mark.parametrize(
    "before",
    [
        [ordered(**text("vancomycin"), dosageInstruction=ORAL)],
        [drug(), referring(dosageInstruction=ORAL)],
        [referring("#d", contained=[drug()], dosageInstruction=ORAL)],
        [drug(), ordered(dosageInstruction=ORAL, status="completed", **text("vancomycin"))],
        [bundle(entry(drug()), entry(referring(dosageInstruction=ORAL)))],
    ],
)
def test_an_oral_vancomycin_stays_in_the_gut(before):
    feeding = Feeding()
    for said in before:
        feeding.send(said, 6)
    feeding.send(dose(), 31)
    assert not feeding.charted and feeding.shown == ["by mouth it does not reach the blood"]


def test_the_drug_of_the_order_is_not_the_one_within_the_dose():
    feeding = Feeding().send(referring("#d", contained=[drug("meropenem")]), 6)
    feeding.send(dose(contained=[drug("vancomycin")]), 31)
    assert what(feeding) == ["meropenem|iv"]


def test_a_reference_on_another_server_is_read_from_there():
    other = "https://pharmacy.example/fhir"
    feeding = Feeding(server="https://ehr.example/fhir").send(drug("ceftriaxone"), 5)
    feeding.send(bundle(entry(drug("meropenem"), f"{other}/Medication/d")), 5)
    feeding.send(bundle(entry(referring(), f"{other}/MedicationRequest/r")), 6)
    feeding.send(dose(request={"reference": f"{other}/MedicationRequest/r"}), 31)
    assert what(feeding) == ["meropenem|iv"]


def version(number: int, **more) -> dict:
    return ordered(meta={"versionId": str(number), "lastUpdated": iso(5 + number)}, **more)


@pytest.mark.parametrize("arrival", [(1, 2), (2, 1)])
@pytest.mark.parametrize("form", ["singly", "bundled"])
def test_a_later_version_of_an_order_is_the_one_that_counts(arrival, form):
    versions = {1: version(1), 2: version(2, **text("vancomycin"), dosageInstruction=ORAL)}
    feeding, said = Feeding(), [versions[number] for number in arrival]
    for one in [bundle(*map(entry, said))] if form == "bundled" else said:
        feeding.send(one, 20)
    assert feeding.send(dose(), 31).shown == ["by mouth it does not reach the blood"]


def test_one_without_versions_counts_as_it_came_last():
    feeding = Feeding().send(ordered(), 6).send(ordered(**text("meropenem")), 7).send(dose(), 31)
    assert what(feeding) == ["meropenem|iv"]


@pytest.mark.parametrize("said", [{"status": "stopped"}, {"status": "completed"}, {"status": "cancelled"}])
def test_a_dose_may_be_told_after_its_order_ended(said):
    feeding = Feeding().send(version(1), 6).send(version(2, **said), 7).send(dose(), 31)
    assert what(feeding) == ["ceftriaxone|iv"]


@pytest.mark.parametrize("again", [[2], [2, 2], [2, 3]])
def test_an_order_that_stood_and_is_stopped_stands_no_longer_however_often_that_is_said(again):
    feeding = Feeding().send(version(1), 6)
    for number in again:
        feeding.send(version(number, status="stopped"), 10 + number)
        assert not feeding.charted and feeding.shown == ["no order that stands: stopped"]


def test_a_history_of_an_order_in_one_bundle_ends_it():
    history = bundle(entry(version(2, status="stopped")), entry(version(1)), kind="history")
    feeding = Feeding().send(history, 20)
    assert feeding.shown == ["no order that stands: stopped"]


def test_of_an_order_that_is_told_only_when_it_ended_it_was_one():
    assert what(Feeding().send(ordered(status="stopped"), 20)) == ["ceftriaxone|iv"]


def test_a_route_in_words_with_a_code_is_kept_as_sent():
    feeding = Feeding().send(ordered(dosageInstruction=[{"text": "twice a day"}, IV]), 6).send(dose(), 31)
    assert what(feeding) == ["ceftriaxone|iv"]


def test_a_relative_reference_is_one_of_the_server_of_its_resource():
    """R4, Bundle, resolving references: a relative one is appended to the base of the fullUrl."""
    feeding = Feeding(server="https://ehr.example/fhir")
    for base, patients in (
        ("https://ehr.example/fhir", {"server ehr|7"}),
        ("https://other.example/fhir", {"server https://other.example/fhir|7"}),
    ):
        feeding.send(bundle(entry(observation(), f"{base}/Observation/o1")))
        assert feeding.patients == patients


def test_another_drug_that_a_sender_without_versions_says_takes_the_place_of_the_first():
    dosage = {"dose": quantity(2, "g")} | IV
    first, again = (
        Feeding().send(given(name, status="completed", dosage=dosage), minute).of(Charted)
        for name, minute in (("ceftriaxone", 6), ("meropenem", 7))
    )
    versions = Versions(lambda names, patients: ())
    assert versions.superseded(first) == []
    (void,) = versions.superseded(again)
    assert void.covers(first[0].event) and not void.covers(again[0].event)
