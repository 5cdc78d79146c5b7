"""A made-up bulk export for tests: resources in a few words, and what the source `fhir` makes of them."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.sources import open_source

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def iso(hours: float) -> str:
    return at(hours).strftime("%Y-%m-%dT%H:%M:%SZ")


def coded(code: str, system: str = LOINC, **more) -> dict:
    return {"coding": [{"system": system, "code": code}], **more}


def patient(own: str = "p", **more) -> dict:
    return {"resourceType": "Patient", "id": own, "birthDate": "1960-05-01", "gender": "female", **more}


def encounter(
    own: str = "e", who: str = "p", start: float | None = 0, end: float | None = 48, code: str = "IMP", **more
) -> dict:
    period = {name: iso(hour) for name, hour in (("start", start), ("end", end)) if hour is not None}
    return {
        "resourceType": "Encounter", "id": own, "status": "finished", "class": {"code": code},
        "subject": {"reference": f"Patient/{who}"}, "period": period, **more,
    }  # fmt: skip


def observation(
    own: str = "o", code: str = "2524-7", value=4.0, unit: str = "mmol/L", hours: float = 1, **more
) -> dict:
    said = {
        "resourceType": "Observation", "id": own, "status": "final", "code": coded(code), "subject": {"reference": "Patient/p"},
        "effectiveDateTime": iso(hours), "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def administration(own: str = "m", name: str = "Ceftriaxone 2 g", hours: float = 2, **more) -> dict:
    said = {
        "resourceType": "MedicationAdministration", "id": own, "status": "completed", "subject": {"reference": "Patient/p"},
        "effectiveDateTime": iso(hours), "medicationCodeableConcept": {"text": name}, "dosage": {"route": {"text": "IV"}},
    }  # fmt: skip
    return {key: part for key, part in {**said, **more}.items() if part is not None}


def export(folder: Path, **files: list) -> Path:
    """Each file a list of resources; a string is a line as it stands, a name that ends with `_gz` is packed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, resources in files.items():
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources) + "\n"
        if name.endswith("_gz"):
            (folder / f"{name.removesuffix('_gz')}.ndjson.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.ndjson").write_text(text, encoding="utf-8")
    return folder


def usual(folder: Path, *resources: dict | str, **more: list) -> Path:
    """A patient with one stay, and these resources in a file that comes first by its name."""
    return export(folder, a=list(resources), patients=[patient()], visits=[encounter()], **more)


def read(path: Path, timezone: str | None = None, site=None):
    """The stays, the events with the reason of those refused, and the counts."""
    source = open_source("fhir", path, timezone, site)
    stays = source.stays()
    batches = list(source.events(None))
    events = pl.concat(batches, how="diagonal") if batches else pl.DataFrame()
    return stays, events, source.counts()


def rows(path: Path, **more) -> list[tuple]:
    """concept, hours after the start, value and text of every row that is not refused."""
    _, events, _ = read(path, **more)
    if events.is_empty():
        return []
    kept = events.filter(pl.col("reason").is_null()) if "reason" in events.columns else events
    return [
        (row["concept"], (row["time"] - START) / timedelta(hours=1), row["value"], row["text"])
        for row in kept.sort("time", "known").iter_rows(named=True)
    ]
