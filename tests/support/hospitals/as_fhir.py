"""Made-up patients, given as frames of the csv source, written as a bulk export of FHIR R4."""

import json
from pathlib import Path

import polars as pl

from opensepsis.uses.simulate.export.fhir import bundle

CANNOT_HOLD = frozenset({"organism"})  # the converter writes growth without its name


def write(folder: Path, stays: pl.DataFrame, events: pl.DataFrame) -> Path:
    """A file of NDJSON for each kind of resource."""
    folder.mkdir(parents=True, exist_ok=True)
    charted = events.with_columns(known=pl.col("time"), versions=pl.lit(1))
    found: dict[str, dict[str, dict]] = {}
    for (patient,), rows in stays.partition_by("patient", as_dict=True).items():
        chart = charted.filter(pl.col("patient") == patient)
        for entry in bundle(rows, chart)["entry"]:
            one = entry["resource"]
            found.setdefault(one["resourceType"], {})[one["id"]] = one
    for kind, resources in found.items():
        lines = "".join(json.dumps(one) + "\n" for one in resources.values())
        (folder / f"{kind}.ndjson").write_text(lines, encoding="utf-8")
    return folder
