"""Resources that say of themselves that they are test data, and those without the status that R4 requires."""

from dataclasses import replace

import pytest

from opensepsis.uses.ward.model.facts import Voided
from tests.support.ward.fhir_given import given, ordered
from tests.support.ward.fhir_said import SITE, Feeding, iso, observation

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
HTEST = {"system": ACT_REASON, "code": "HTEST"}
TRAINING = replace(SITE, training=True)
TESTS = [
    {"security": [HTEST]}, {"tag": [HTEST]}, {"security": [{"code": "HTEST"}]},
    {"security": [{"system": ACT_REASON, "code": "TREAT"}, HTEST]},
    {"tag": [{"system": "urn:site", "code": "test-data"}]}, {"tag": [{"display": "Test patient"}]},
    {"tag": [{"code": "TRAINING"}]},
]  # fmt: skip
REAL = [
    {"security": [{"system": ACT_REASON, "code": "HRESCH"}]}, {"tag": [{"code": "SUBSETTED"}]}, {"tag": [{"display": "Rapid test"}]},
    {"tag": [{"system": "urn:lab", "code": "contest"}]}, {"security": [{"system": "urn:site", "code": "R"}]}, {}, {"tag": None},
]  # fmt: skip


def lactate(**more) -> dict:
    return observation("2524-7", 9.9, "mmol/L", **more)


@pytest.mark.parametrize("meta", TESTS)
def test_test_data_is_refused_unless_the_ward_takes_training(meta):
    for said in (
        lactate(meta=meta),
        {"resourceType": "Bundle", "type": "batch", "meta": meta, "entry": [{"resource": lactate()}]},
    ):
        refused = Feeding().send(said)
        assert refused.dead and not refused.charted and "test health data" in refused.told[0][1]
        assert [c[1:] for c in Feeding(TRAINING).send(said).charted] == [("lactate", 9.9)]


@pytest.mark.parametrize("meta", REAL)
def test_any_other_label_is_no_test(meta):
    assert [c[1:] for c in Feeding().send(lactate(meta=meta)).charted] == [("lactate", 9.9)]


@pytest.mark.parametrize("kind", ["Patient", "Encounter"])
def test_a_person_or_visit_that_is_a_test_is_nobody(kind):
    said = {
        "resourceType": kind, "id": "7", "status": "in-progress", "subject": {"reference": "Patient/7"}, "name": [{"text": "TEST"}],
        "class": {"code": "IMP"}, "period": {"start": iso(0)}, "meta": {"security": [HTEST]},
    }  # fmt: skip
    feeding = Feeding().send(said)
    assert feeding.dead and not [f for f in feeding.facts if f.patient.startswith("server")]


def test_what_turns_out_to_be_a_test_takes_the_value_back():
    tested = lactate(meta={"versionId": "2", "security": [HTEST]})
    (void,) = Feeding().send(lactate()).send(tested).of(Voided)
    assert void.origin.endswith("Observation/o1")


WITHOUT = {
    "Observation": lactate(status=None), "MedicationAdministration": given(status=None, name="ceftriaxone"),
    "MedicationRequest": ordered(status=None),
    "Procedure": {
        "resourceType": "Procedure", "id": "p", "subject": {"reference": "Patient/7"}, "performedPeriod": {"start": iso(5)},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "40617009"}]},
    },
    "ServiceRequest": {
        "resourceType": "ServiceRequest", "id": "s", "subject": {"reference": "Patient/7"}, "intent": "order", "authoredOn": iso(5),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "133918004"}]},
    },
    "DiagnosticReport": {
        "resourceType": "DiagnosticReport", "id": "d", "subject": {"reference": "Patient/7"}, "effectiveDateTime": iso(5),
        "conclusion": "Escherichia coli", "code": {"coding": [{"system": "http://loinc.org", "code": "600-7"}]},
    },
}  # fmt: skip
WITH = {"ServiceRequest": "active", "MedicationRequest": "active", "Procedure": "in-progress"}


@pytest.mark.parametrize("kind", WITHOUT)
def test_without_a_status_nothing_is_scored_and_it_is_shown(kind):
    feeding = Feeding().send(WITHOUT[kind])
    assert not feeding.charted and len(feeding.shown) == 1
    assert (
        Feeding()
        .send(
            {
                **WITHOUT[kind],
                "status": WITH.get(kind, "final" if kind != "MedicationAdministration" else "completed"),
            }
        )
        .charted
    )


def test_a_result_within_a_report_has_the_status_of_its_report():
    result = {key: part for key, part in lactate(status=None).items() if key != "subject"}
    report = {
        "resourceType": "DiagnosticReport", "id": "d", "status": "final", "subject": {"reference": "Patient/7"}, "contained": [result],
        "code": {"text": "gas"}, "result": [{"reference": "#o1"}],
    }  # fmt: skip
    assert [c[1:] for c in Feeding().send(report).charted] == [("lactate", 9.9)]
    assert not Feeding().send({**report, "status": None}).charted
