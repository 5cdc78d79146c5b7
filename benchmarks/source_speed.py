"""Processor time and memory of reading copies of the open demos in their forms, beside `mimic-iv`: per charted row and per event.

    python benchmarks/source_speed.py WORK COPIES [SOURCE …]

WORK holds mimic-COPIES (by shared/tools/replicate.py), omop-COPIES, clif-COPIES (benchmarks/copies.py) and fhir-COPIES
(benchmarks/fhir_copies.py). Each form is read whole, stays and every event, in a process of its own, one after another; the ratios are
those of processor time to `mimic-iv` in the same run.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

FORMS = {"mimic-iv": "mimic", "omop": "omop", "clif": "clif", "fhir": "fhir"}
# tables that hold no row of a patient's chart
NOT_CHARTED = (
    "d_", "patient.", "patients.", "admissions", "icustays", "person", "visit", "care_site", "concept", "2b_", "vocabulary", "cdm_source",
    "location", "provider", "metadata", "hospitalization.", "adt.", "death", "transfers", "services", "attribute", "cohort", "cost", "fact",
    "note", "payer", "observation_period",
)  # fmt: skip


def charted_rows(folder: Path) -> int:
    """The rows of the tables, or the resources of the files, that hold what was charted."""
    files = list(folder.rglob("*.parquet"))
    if not files:
        return json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    kept = [
        f
        for f in files
        if not f.name.removeprefix("clif_").startswith(NOT_CHARTED) and not f.stem.endswith("_era")
    ]
    return sum(pq.ParquetFile(file).metadata.num_rows for file in kept)


def read(source: str, folder: str) -> None:
    """Reads a source whole and prints what it took; runs in a process of its own."""
    from opensepsis.data.sources import open_source

    opened = open_source(source, folder)
    opened.stays()
    events = sum(batch.height for batch in opened.events(None))
    opened.counts()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps({"events": events, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024})
    )


def measured(source: str, folder: Path) -> dict:
    started = time.perf_counter()
    command = [sys.executable, __file__, "--read", source, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    found = json.loads(told.stdout.splitlines()[-1])
    return found | {"wall": time.perf_counter() - started, "rows": charted_rows(folder)}


def main() -> None:
    if sys.argv[1] == "--read":
        return read(sys.argv[2], sys.argv[3])
    work, copies, asked = Path(sys.argv[1]), sys.argv[2], sys.argv[3:] or list(FORMS)
    found = {
        source: measured(source, work / f"{FORMS[source]}-{copies}")
        for source in dict.fromkeys(["mimic-iv", *asked])
    }
    base = found["mimic-iv"]
    print(f"load {os.getloadavg()[0]:.0f}; {copies} copies")
    print(
        "| source | charted rows | events | wall s | processor s | peak MB | µs per row | × mimic-iv | µs per event | × mimic-iv |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for source, one in found.items():
        per = {what: one["cpu"] / one[what] * 1e6 for what in ("rows", "events")}
        beside = {what: per[what] / (base["cpu"] / base[what] * 1e6) for what in ("rows", "events")}
        cells = [
            source,
            f"{one['rows']:,}",
            f"{one['events']:,}",
            f"{one['wall']:.1f}",
            f"{one['cpu']:.1f}",
            f"{one['memory']:.0f}",
        ]
        cells += [
            f"{per['rows']:.3f}",
            f"{beside['rows']:.2f}",
            f"{per['events']:.3f}",
            f"{beside['events']:.2f}",
        ]
        print(f"| {' | '.join(cells)} |")
    return None


if __name__ == "__main__":
    main()
