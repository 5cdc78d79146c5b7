"""A timeline as FHIR R4: one line of NDJSON per patient, each a Bundle of Patient, Encounters and what was charted."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.atomic import whole_folder
from opensepsis.data.paths import as_path
from opensepsis.data.timeline import Timeline
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.simulate.codes import DEVICES, GIVEN, LOINC, SHOWN_FACTOR, SHOWN_UNIT, VITALS

MARKER = "fhir.json"
CLASSES = {"hospital": "IMP", "icu": "ACUTE", "emergency": "EMER"}


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
    """One patient's Bundle of type collection."""
    person = stays.row(0, named=True)
    resources = [_patient(person), *(_encounter(stay) for stay in stays.iter_rows(named=True))]
    if chart is not None:
        for number, event in enumerate(chart.iter_rows(named=True)):
            resources.append(resource(event, f"{person['patient']}-{number}"))
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def _when(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _patient(person) -> dict:
    sex = {"F": "female", "M": "male"}.get(person["sex"], "unknown")
    found = {"resourceType": "Patient", "id": person["patient"], "gender": sex}
    if person["age"] is not None:
        found["birthDate"] = str(int(person["admitted"].year - person["age"]))
    if person["died"] is not None:
        found["deceasedDateTime"] = _when(person["died"])
    return found


def _period(start, end) -> dict:
    return {"start": _when(start), **({"end": _when(end)} if end is not None else {})}


def _encounter(stay) -> dict:
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": CLASSES[stay["kind"]]}
    return {
        "resourceType": "Encounter",
        "id": stay["stay"],
        "status": "finished",
        "class": code,
        "subject": {"reference": f"Patient/{stay['patient']}"},
        "period": _period(stay["admitted"], stay["discharged"]),
    }


def _code(concept: str, text: str | None = None) -> dict:
    found = {"text": text or CONCEPTS[concept].label}
    if concept in LOINC:
        found["coding"] = [{"system": "http://loinc.org", "code": LOINC[concept]}]
    return found


def resource(event, name) -> dict:
    """One row of the timeline as a resource with this id."""
    concept = event["concept"]
    common = {"id": name, "subject": {"reference": f"Patient/{event['patient']}"}}
    if concept in LOINC:
        return _observation(event, common)
    span = _period(event["time"], event["end"])
    word = event["text"] or concept
    if concept in GIVEN:
        return _administration(event, common, span, word)
    if concept == "antibiotic_order":
        medicine = {"medicationCodeableConcept": {"text": word.split("|")[0]}}
        order = {"status": "active", "intent": "order", "authoredOn": _when(event["time"])}
        return {"resourceType": "MedicationRequest", **common, **order, **medicine}
    if concept == "diagnosis":
        code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": word}]}
        return {"resourceType": "Condition", **common, "code": code, "recordedDate": _when(event["known"])}
    kind = "Procedure" if concept in DEVICES else "ServiceRequest"
    status = {"status": "completed"} if concept in DEVICES else {"status": "active", "intent": "order"}
    when = {"performedPeriod": span} if concept in DEVICES else {"authoredOn": _when(event["time"])}
    return {"resourceType": kind, **common, **status, "code": _code(concept, f"{concept}: {word}"), **when}


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
    if event["value"] is None:
        return {**found, "valueCodeableConcept": {"text": event["text"]}}
    unit = SHOWN_UNIT.get(concept, CONCEPTS[concept].unit)
    value = round(event["value"] * SHOWN_FACTOR.get(concept, 1.0), 4)
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {**found, "valueQuantity": quantity}


def _administration(event, common, span, word) -> dict:
    concept = event["concept"]
    name = word.split("|")[0] if event["text"] else concept
    found = {
        "resourceType": "MedicationAdministration",
        **common,
        "status": "completed",
        "medicationCodeableConcept": {"text": name if concept in ("antibiotic", "crystalloid") else concept},
        "effectivePeriod": span,
    }
    unit = CONCEPTS[concept].unit
    if event["value"] is not None and unit and concept != "crystalloid":
        found["dosage"] = {"rateQuantity": {"value": event["value"], "unit": unit}}
    elif event["value"] is not None:
        found["dosage"] = {"dose": {"value": event["value"], "unit": unit or "mg"}}
    return found
