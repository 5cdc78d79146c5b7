"""Which Condition of an export is the principal diagnosis, and which were present on admission."""

import pytest

from tests.support.hospitals.bulk_export import coded, encounter, export, patient, rows

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
QI_CORE = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-encounter-diagnosisPresentOnAdmission"


def condition(name: str, code: str) -> dict:
    """A Condition of the visit without a time of its own: coded when the visit ends."""
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e"},
        "code": coded(code, ICD),
    }


def diagnosis(
    name: str, rank: int | None = None, use: str | None = None, indicator: str | None = None
) -> dict:
    found: dict = {"condition": {"reference": f"Condition/{name}"}}
    if rank is not None:
        found["rank"] = rank
    if use:
        found["use"] = coded(use, "http://terminology.hl7.org/CodeSystem/diagnosis-role")
    if indicator:
        found["extension"] = [{"url": QI_CORE, "valueCodeableConcept": coded(indicator, "urn:poa")}]
    return found


def texts(folder, *diagnoses: dict) -> list[str]:
    """The texts of two diagnoses of a visit that ranks them so."""
    said = [condition("a", "A41.9"), condition("b", "N18.4")]
    export(folder, people=[patient()], visits=[encounter() | {"diagnosis": [*diagnoses]}], told=said)
    return sorted(row[3] for row in rows(folder))


def test_the_first_ranked_diagnosis_is_the_principal_one(tmp_path):
    assert texts(tmp_path, diagnosis("a", 1), diagnosis("b", 2)) == ["ICD10:A41.9|principal", "ICD10:N18.4"]


@pytest.mark.parametrize(
    "use, principal", [("DD", True), ("billing", True), ("AD", False), ("CC", False), ("CM", False)]
)
def test_it_is_first_for_discharge_or_billing(use, principal, tmp_path):
    assert texts(tmp_path, diagnosis("a", 1, use)) == [
        "ICD10:A41.9|principal" if principal else "ICD10:A41.9",
        "ICD10:N18.4",
    ]


@pytest.mark.parametrize(
    "indicator, mark", [("Y", "|poa"), ("W", "|poa"), ("N", "|not_poa"), ("U", ""), ("1", ""), (None, "")]
)
def test_present_on_admission_is_told_or_not_known(indicator, mark, tmp_path):
    assert texts(tmp_path, diagnosis("b", 2, indicator=indicator)) == ["ICD10:A41.9", f"ICD10:N18.4{mark}"]


def test_two_indicators_that_contradict_tell_nothing(tmp_path):
    both = diagnosis("b", 2, "DD", "Y"), diagnosis("b", 2, "billing", "N")
    assert texts(tmp_path, *both) == ["ICD10:A41.9", "ICD10:N18.4"]


def test_a_diagnosis_that_no_visit_ranks_has_no_mark(tmp_path):
    assert texts(tmp_path, diagnosis("a")) == ["ICD10:A41.9", "ICD10:N18.4"]
