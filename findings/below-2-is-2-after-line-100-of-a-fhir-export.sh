#!/usr/bin/env bash
# A bulk export of FHIR is NDJSON, one resource a line, and elements that a resource does not need are absent. Polars 2.1.0 (`read_ndjson`, `scan_ndjson`) takes the elements of the first 100 lines for all there are and
# leaves out any other without a word, inside elements too: a lactate of "< 2.0 mmol/L" in line 201 becomes 2.0 mmol/L, its comparator gone, and why a value is absent is gone with the whole column. PyArrow 26
# keeps all, and DuckDB 2.0, which takes the elements of some 20,000 lines, refuses a file in which another comes later.
# Why it matters: what is rare comes late: comparators, reasons for absence, `modifierExtension` (which changes the meaning of a resource). A limit of detection becomes a measurement on the border of septic shock, rows and
# columns look complete, and a sample of the export, being short, reads right. Give a schema, or read all lines before one is inferred (`infer_schema_length=None`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import json
import os
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.json

LACTATE = {"coding": [{"system": "http://loinc.org", "code": "2524-7"}]}
BELOW = {"value": 2.0, "unit": "mmol/L", "comparator": "<"}


def observation(number: int, **value: object) -> dict[str, object]:
    return {"resourceType": "Observation", "id": str(number), "status": "final", "code": LACTATE, **value}


def export(ordinary: int, *late: dict[str, object]) -> str:
    """So many observations with an amount, and behind them some with an element that none of these has."""
    rows = [observation(number, valueQuantity={"value": 1.0 + number % 7, "unit": "mmol/L"}) for number in range(ordinary)]
    rows += [observation(ordinary + number, **value) for number, value in enumerate(late)]
    file = Path(os.environ["FOLDER"], "Observation.ndjson")
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def last(name: str, rows: list[dict[str, object]]) -> dict[str, object]:
    row = {key: value for key, value in rows[-1].items() if key in ("valueQuantity", "dataAbsentReason")}
    print(f"{name}: {row}")
    return row


print("polars", version("polars"), "| duckdb", version("duckdb"), "| pyarrow", version("pyarrow"))
for ordinary, comparator in ((50, True), (200, False)):
    read = last(f"Polars, line {ordinary + 1}", pl.read_ndjson(export(ordinary, {"valueQuantity": BELOW})).to_dicts())
    scanned = pl.scan_ndjson(export(ordinary, {"valueQuantity": BELOW})).collect().to_dicts()[-1]
    assert ("comparator" in read["valueQuantity"]) is ("comparator" in scanned["valueQuantity"]) is comparator, "the behaviour has changed"
kept = last("PyArrow, line 201", pyarrow.json.read_json(export(200, {"valueQuantity": BELOW})).to_pylist())
assert kept["valueQuantity"] == BELOW, "the behaviour has changed"
whole = last("Polars told to read all first, line 201", pl.read_ndjson(export(200, {"valueQuantity": BELOW}), infer_schema_length=None).to_dicts())
assert whole["valueQuantity"] == BELOW, "the behaviour has changed"

absent = {"dataAbsentReason": {"text": "not performed"}}
answer = duckdb.sql(f"FROM read_ndjson('{export(200, absent)}')")
within = last("DuckDB, line 201", [dict(zip(answer.columns, row)) for row in answer.fetchall()])
assert within["dataAbsentReason"] == {"text": "not performed"}, "the behaviour has changed"
for late in (absent, {"valueQuantity": BELOW}):
    try:
        duckdb.sql(f"FROM read_ndjson('{export(25_000, late)}')").fetchall()
    except duckdb.InvalidInputException as refused:
        print("DuckDB, line 25001: refused, unknown", str(refused).split("unknown ")[1].splitlines()[0])
    else:
        raise SystemExit("the behaviour has changed")
PYTHON
