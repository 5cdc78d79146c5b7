"""The worked patients of the NHSN draft, sent as resources of FHIR US Core: the events are those that were typed."""

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from tests.support.hospital_forms import Fact, loinc
from tests.support.nhsn_cases import CASES, DRAFT, rows, stays, told_of
from tests.support.second_reading import typed as read_again

SENT = [*CASES, *(again | {"case": f"again: {again['case']}"} for again in read_again("nhsn_sepsis"))]
CLASSES = {"hospital": "IMP", "emergency": "EMER", "observation": "OBSENC"}
ON_ADMISSION = (
    "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-encounter-diagnosisPresentOnAdmission"
)
UCUM, ICD = "http://unitsofmeasure.org", "http://hl7.org/fhir/sid/icd-10-cm"


def coded(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code}]}


def iso(moment: datetime) -> str:
    return moment.isoformat()


def encounter(stay: dict, name: str, who: dict, diagnoses: list[tuple[str, list[str]]]) -> dict:
    """A visit with how it ended and the roles of its diagnoses: the principal one first, present on admission where that is marked."""
    ranked = sorted(diagnoses, key=lambda told: "principal" not in told[1])
    offset = 1 if any("principal" in marks for _, marks in diagnoses) else 2
    roles = []
    for place, (condition, marks) in enumerate(ranked):
        rank = 1 if "principal" in marks else place + offset
        role: dict = {"condition": {"reference": f"Condition/{condition}"}, "rank": rank}
        if told := {"poa", "not_poa"} & set(marks):
            indicator = coded("urn:poa", "Y" if "poa" in told else "N")
            role["extension"] = [{"url": ON_ADMISSION, "valueCodeableConcept": indicator}]
        roles.append(role)
    return {
        "resourceType": "Encounter", "id": name, "status": "finished", "class": {"code": CLASSES[stay["kind"]]}, "subject": who,
        "period": {"start": iso(stay["admitted"]), "end": iso(stay["discharged"])}, "diagnosis": roles,
        "hospitalization": {"dischargeDisposition": {"text": stay["discharged_to"] or ""}},
    }  # fmt: skip


def resource(row: dict, name: str, who: dict) -> dict:
    """A row of the story as the resource that a hospital would send."""
    concept, text = row["concept"], row["text"] or ""
    common, lasting = {"id": name, "subject": who}, CONCEPTS[concept].kind is Kind.INTERVAL
    span = {"start": iso(row["time"]), "end": iso(row["end"])} if row["end"] else {}
    if concept == "culture":
        told = {
            "status": "registered",
            "code": coded("http://loinc.org", "600-7"),
            "specimen": {"display": text},
        }
        return {"resourceType": "Observation", **common, **told, "effectiveDateTime": iso(row["time"])}
    if concept == "diagnosis":
        return {
            "resourceType": "Condition", **common, "recordedDate": iso(row["time"]),
            "code": coded(ICD, text.partition("|")[0].removeprefix("ICD10:")),
        }  # fmt: skip
    if CONCEPTS[concept].routed:
        drug, _, route = text.partition("|")
        given = {"medicationCodeableConcept": {"text": drug}, "dosage": {"route": {"text": route}}}
        return {
            "resourceType": "MedicationAdministration",
            **common,
            "status": "completed",
            **given,
            "effectiveDateTime": iso(row["time"]),
        }
    if concept == "comfort_care":
        order = {
            "status": "completed",
            "intent": "order",
            "authoredOn": iso(row["time"]),
            "occurrencePeriod": span,
        }
        return {
            "resourceType": "ServiceRequest",
            **common,
            **order,
            "code": coded("http://snomed.info/sct", "133918004"),
        }
    if lasting and row["value"] is not None:
        unit = CONCEPTS[concept].unit
        rate = {
            "rateQuantity": {"value": row["value"], "unit": unit, "system": UCUM, "code": unit},
            "route": {"text": "iv"},
        }
        given = {"medicationCodeableConcept": {"text": concept}, "dosage": rate, "effectivePeriod": span}
        return {"resourceType": "MedicationAdministration", **common, "status": "completed", **given}
    if lasting:
        code = {"text": f"{concept}: {text}"}
        return {
            "resourceType": "Procedure",
            **common,
            "status": "completed",
            "code": code,
            "performedPeriod": span,
        }
    unit = CONCEPTS[concept].unit
    value = {"value": row["value"], "unit": unit, "system": UCUM, "code": unit}
    code = coded("http://loinc.org", loinc(Fact(concept, row["value"])))
    return {
        "resourceType": "Observation",
        **common,
        "status": "final",
        "code": code,
        "effectiveDateTime": iso(row["time"]),
        "valueQuantity": value,
    }


def resources(case: dict, own: str) -> list[dict]:
    """All resources of a case."""
    who, visits = {"reference": f"Patient/{own}"}, stays(case)
    person = {"resourceType": "Patient", "id": own, "birthDate": "1960-01-15"} | (
        {"gender": case["sex"]} if case["sex"] else {}
    )
    told = [(f"{own}-{n}", row) for n, row in enumerate(rows(case["events"]))]
    coded_in = [(name, row) for name, row in told if row["concept"] == "diagnosis"]
    found = [person, *(resource(row, name, who) for name, row in told)]
    for number, stay in enumerate(visits):
        mine = [
            (name, row["text"].split("|")[1:])
            for name, row in coded_in
            if number == len(visits) - 1 or stay["admitted"] <= row["time"] <= stay["discharged"]
        ]
        for name, _ in mine:
            next(one for one in found if one.get("id") == name)["encounter"] = {
                "reference": f"Encounter/{own}-visit-{number}"
            }
        found.append(encounter(stay, f"{own}-visit-{number}", who, mine))
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> pl.DataFrame:
    """The events of every case; `patient` is the name of the case."""
    folder: Path = tmp_path_factory.mktemp("export")
    names = {f"p{number}": case["case"] for number, case in enumerate(SENT)}
    lines = [json.dumps(one) for own, case in zip(names, SENT, strict=True) for one in resources(case, own)]
    (folder / "export.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = [opensepsis.label("fhir", folder, definitions=DRAFT, stay_kind=kind).episodes for kind in CLASSES]
    return pl.concat(found).with_columns(pl.col("patient").replace(names))


@pytest.mark.parametrize("case", SENT, ids=lambda case: case["case"])
def test_a_patient_of_the_draft(case, told):
    assert told_of(case, DRAFT, told) == case["expected"], case["source"]
