"""Speed and memory of `opensepsis export` in every form, beside DuckDB's own COPY of the same tables to CSV. Prints a table.

    python benchmarks/export_speed.py RESULTS [WORK]

RESULTS is a folder of `opensepsis label`, such as of 100 copies of the MIMIC-IV demo (`benchmarks/speed.py` makes them; 14,000 ICU stays):

    opensepsis label mimic-iv COPIES --stay-kind icu --definitions sofa,sepsis3 --out RESULTS
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speed import HERE, machine

FORMS = (
    ["meds", "--definition", "sepsis3"],
    ["meds", "--definition", "sepsis3", "--events"],
    ["omop"],
    ["fhir", "--definition", "sepsis3"],
    ["fhir"],
    ["csv"],
    ["csv", "--with-values"],
    ["duckdb"],
)
PEER = """
import sys, duckdb
from pathlib import Path
results, out = map(Path, sys.argv[1:])
out.mkdir()
for file in [*results.glob("*.parquet"), *results.glob("scores/*.parquet")]:
    duckdb.sql(f"copy (from '{file}') to '{out / file.stem}.csv' (header)")
"""


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall and processor seconds and peak MB of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=HERE, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size(path: Path) -> float:
    """MB of a file or a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> None:
    results = Path(sys.argv[1]).resolve()
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    names = ", ".join(one["name"] for one in run["definitions"])
    print(f"`opensepsis export RESULTS --to …`; {run['stays']['labelled']:,} stays, {names}; {machine()}")
    print(
        "\n| form | load | wall s | processor s | peak MB | written MB |\n| --- | --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as made:
        out = Path(made) / "out"
        environment = os.environ | {"PYTHONPATH": str(HERE / "src")}
        asked = [
            (
                " ".join(words),
                [
                    sys.executable,
                    "-m",
                    "opensepsis.cli",
                    "export",
                    str(results),
                    "--out",
                    str(out),
                    "--to",
                    *words,
                ],
            )
            for words in FORMS
        ]
        asked.append(("DuckDB: COPY to CSV", [sys.executable, "-c", PEER, str(results), str(out)]))
        for said, command in asked:
            load = os.getloadavg()[0]
            wall, cpu, memory = measured(command, environment)
            cells = [said, f"{load:.0f}", f"{wall:.1f}", f"{cpu:.1f}", f"{memory:.0f}", f"{size(out):.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)
            out.unlink() if out.is_file() else shutil.rmtree(out)


if __name__ == "__main__":
    main()
