"""A timeline as FHIR R4: one line of NDJSON per patient, each a Bundle of Patient, Encounters and what was charted."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.simulate.charting.diagnosis_codes import (
    DEVICES,
    GIVEN,
    LOINC,
    SHOWN_FACTOR,
    SHOWN_UNIT,
    SNOMED,
    VITALS,
    drug_of,
)

MARKER = "fhir.json"
CLASSES = {"hospital": "IMP", "icu": "ACUTE", "emergency": "EMER"}
TYPES = {"hospital": "Hospital stay", "icu": "Intensive care", "emergency": "Emergency department visit"}
PLACES = {"hospital": ("Ward", "HU"), "icu": ("ICU", "ICU"), "emergency": ("ED", "ER")}  # name, v3-RoleCode
HERE = "https://opensepsis.invalid/fhir"
HL7 = "http://terminology.hl7.org/CodeSystem"


def write_fhir(timeline: Timeline, out: Path | str) -> Path:
    """Bundles in `out`/bundles-0000.ndjson and on, one file per shard; the folder appears whole or not at all."""
    with whole_folder(out, MARKER, [timeline.path]) as folder:
        for number, (stays, events) in enumerate(timeline.parts()):
            charts = dict(latest(events.collect()).partition_by("patient", as_dict=True, maintain_order=True))
            with (folder / f"bundles-{number:04d}.ndjson").open("w", encoding="utf-8") as file:
                for (patient,), rows in stays.partition_by(
                    "patient", as_dict=True, maintain_order=True
                ).items():
                    chart = charts.get((patient,))
                    resources = bundle(rows, chart)
                    file.write(json.dumps(resources, separators=(",", ":")) + "\n")
        (folder / MARKER).write_text(
            json.dumps({"fhir": "4.0.1", "content": "Bundle NDJSON"}), encoding="utf-8"
        )
    return as_path(out)


def latest(events: pl.DataFrame) -> pl.DataFrame:
    """Only the last word on each row: a correction replaces what it corrects.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2030, 1, 1, tzinfo=UTC)
    >>> row = {"patient": "a", "concept": "lactate", "time": at, "origin": "lab/1"}
    >>> frame = pl.DataFrame([{**row, "known": at, "value": 2.0}, {**row, "known": at.replace(hour=2), "value": 3.0}])
    >>> latest(frame)["value"].to_list()
    [3.0]
    """
    keys = ["patient", "concept", "time", "origin"]
    counted = pl.col("known").count().over(keys).alias("versions")
    events = events.with_columns(counted)
    return events.sort("patient", "time", "known").unique(keys, keep="last", maintain_order=True)


def bundle(stays: pl.DataFrame, chart: pl.DataFrame | None) -> dict:
    """One patient's Bundle of type collection, with the elements that US Core requires."""
    person = stays.row(0, named=True)
    whole = [stay for stay in stays.iter_rows(named=True) if stay["kind"] == "hospital"]
    kinds = list(dict.fromkeys(stays["kind"]))
    resources = [_patient(person), *(_location(kind) for kind in kinds)]
    resources += [_encounter(stay, whole) for stay in stays.iter_rows(named=True)]
    visit = (whole or [person])[0]["stay"]
    if chart is not None:
        for number, event in enumerate(chart.iter_rows(named=True)):
            resources.append(resource(event, f"{person['patient']}-{number}", visit))
    entries = [{"fullUrl": f"{HERE}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _coded(system: str, code: str, text: str | None = None) -> dict:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def _location(kind: str) -> dict:
    name, code = PLACES[kind]
    role = [_coded(f"{HL7}/v3-RoleCode", code)]
    return {"resourceType": "Location", "id": name.lower(), "status": "active", "name": name, "type": role}


def _when(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _patient(person) -> dict:
    sex = {"F": "female", "M": "male"}.get(person["sex"], "unknown")
    found = {
        "resourceType": "Patient",
        "id": person["patient"],
        "identifier": [{"system": f"{HERE}/patients", "value": person["patient"]}],
        "name": [{"use": "official", "family": "Virtual", "given": ["Patient"]}],
        "gender": sex,
    }
    if person["age"] is not None:
        found["birthDate"] = str(int(person["admitted"].year - person["age"]))
    if person["died"] is not None:
        found["deceasedDateTime"] = _when(person["died"])
    return found


def _period(start, end) -> dict:
    return {"start": _when(start), **({"end": _when(end)} if end is not None else {})}


def _encounter(stay, whole: list[dict]) -> dict:
    kind = stay["kind"]
    period = _period(stay["admitted"], stay["discharged"])
    found = {
        "resourceType": "Encounter",
        "id": stay["stay"],
        "identifier": [{"system": f"{HERE}/visits", "value": stay["stay"]}],
        "status": "in-progress" if stay["discharged"] is None else "finished",
        "class": {"system": f"{HL7}/v3-ActCode", "code": CLASSES[kind]},
        "type": [{"text": TYPES[kind]}],
        "subject": {"reference": f"Patient/{stay['patient']}"},
        "period": period,
        "location": [{"location": {"reference": f"Location/{PLACES[kind][0].lower()}"}, "period": period}],
    }
    if kind == "icu" and whole:
        found["partOf"] = {"reference": f"Encounter/{whole[0]['stay']}"}
    return found


def _code(concept: str, text: str | None = None) -> dict:
    found: dict = {"text": text or CONCEPTS[concept].label}
    if concept in LOINC:
        found["coding"] = [{"system": "http://loinc.org", "code": LOINC[concept]}]
    return found


def resource(event, name: str, visit: str | None = None) -> dict:
    """One row of the timeline as a resource with this id, of this visit if one is named."""
    concept, word = event["concept"], event["text"] or event["concept"]
    encounter = {"encounter": {"reference": f"Encounter/{visit}"}} if visit else {}
    common = {"id": name, "subject": {"reference": f"Patient/{event['patient']}"}}
    if concept in LOINC:
        return _observation(event, common | encounter)
    span = _period(event["time"], event["end"])
    if concept in GIVEN:
        context = {"context": encounter["encounter"]} if visit else {}
        return _administration(event, common | context, span)
    if concept == "antibiotic_order":
        order = {"status": "active", "intent": "order", "authoredOn": _when(event["time"])}
        drug = {"medicationCodeableConcept": _drug(event)}
        return {"resourceType": "MedicationRequest", **common, **encounter, **order, **drug}
    if concept == "diagnosis":
        return {
            "resourceType": "Condition",
            **common,
            **encounter,
            "clinicalStatus": _coded(f"{HL7}/condition-clinical", "active"),
            "verificationStatus": _coded(f"{HL7}/condition-ver-status", "confirmed"),
            "category": [_coded(f"{HL7}/condition-category", "encounter-diagnosis")],
            "code": _coded("http://hl7.org/fhir/sid/icd-10-cm", word),
            "recordedDate": _when(event["known"]),
        }
    if concept in DEVICES:
        status = "in-progress" if event["end"] is None else "completed"
        code = _coded("http://snomed.info/sct", SNOMED[concept], f"{concept}: {word}")
        return {
            "resourceType": "Procedure",
            **common,
            **encounter,
            "status": status,
            "code": code,
            "performedPeriod": span,
        }
    order = {"status": "active", "intent": "order", "authoredOn": _when(event["time"])}
    code = _code(concept, f"{concept}: {word}")
    return {"resourceType": "ServiceRequest", **common, **encounter, **order, "code": code}


def _observation(event, common) -> dict:
    concept = event["concept"]
    category = "vital-signs" if concept in VITALS else "laboratory"
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    found = {
        "resourceType": "Observation",
        **common,
        "status": "corrected" if event["versions"] > 1 and concept != "culture" else "final",
        "category": [{"coding": [{"system": system, "code": category}]}],
        "code": _code(concept),
        "effectiveDateTime": _when(event["time"]),
        "issued": _when(event["known"]),
    }
    if concept == "culture":
        found["specimen"] = {"display": event["text"]}
        if event["value"] is None:
            return {**found, "status": "registered"}
        return {**found, "valueCodeableConcept": {"text": "positive" if event["value"] else "negative"}}
    if event["value"] is None and event["text"] is None:
        return {**found, "status": "entered-in-error"}  # taken back
    if event["value"] is None:
        return {**found, "valueCodeableConcept": {"text": event["text"]}}
    unit = SHOWN_UNIT.get(concept, CONCEPTS[concept].unit)
    value = round(event["value"] * SHOWN_FACTOR.get(concept, 1.0), 4)
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {**found, "valueQuantity": quantity}


def _drug(event) -> dict:
    """A drug as a CodeableConcept, with its RxNorm code where there is one."""
    name, code = drug_of(event["concept"], event["text"])
    return _coded("http://www.nlm.nih.gov/research/umls/rxnorm", code, name) if code else {"text": name}


def _administration(event, common, span) -> dict:
    concept = event["concept"]
    interval = CONCEPTS[concept].kind is Kind.INTERVAL
    found = {
        "resourceType": "MedicationAdministration",
        **common,
        "status": "in-progress" if interval and event["end"] is None else "completed",
        "medicationCodeableConcept": _drug(event),
        "effectivePeriod": span,
    }
    route = {"route": _coded("http://snomed.info/sct", "47625008", "intravenous")}
    unit = CONCEPTS[concept].unit or "mg"
    if event["value"] is None:
        return {**found, "dosage": {"text": "intravenous", **route}}
    quantity = {"value": event["value"], "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    given = "rateQuantity" if interval and "/" in unit else "dose"
    return {**found, "dosage": {**route, given: quantity}}
