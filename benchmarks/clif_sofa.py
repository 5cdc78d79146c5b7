"""Hourly SOFA of every stay in intensive care of copies of the CLIF demo, beside clifpy's one SOFA a stay, in processor time a stay.

    python benchmarks/clif_sofa.py WORK COPIES

WORK holds clif-COPIES (benchmarks/copies.py). clifpy 2.1.0 with polars 1.44.2 and duckdb 1.5.6 is installed into a temporary environment,
and its `compute_sofa_polars` is asked for the same stays, read from the same files. Each runs in a process of its own, one after the other.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

PEER = ("clifpy==2.1.0", "polars==1.44.2", "duckdb==1.5.6")
ASKED = """
import json, logging, resource, sys
import polars as pl
logging.disable(logging.CRITICAL)
from clifpy.utils.sofa_polars import compute_sofa_polars
cohort = pl.read_parquet(sys.argv[2])
found = compute_sofa_polars(sys.argv[1], cohort, id_name="stay", timezone="UTC")
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"stays": found.height, "known": int(found["sofa_total"].is_not_null().sum()),
                  "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}))
"""


def ours(data: Path, out: Path) -> dict:
    """`label` with hourly SOFA, from the files to written results."""
    command = [
        sys.executable,
        "-m",
        "opensepsis.cli",
        "label",
        "clif",
        str(data),
        "--out",
        str(out),
        "--quiet",
        "--stay-kind",
        "icu",
    ]
    process = subprocess.Popen([*command, "--definitions", "sofa"])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("opensepsis failed")
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    hours = told["hours"]["sofa"]["hours"]
    return {
        "stays": told["stays"]["labelled"],
        "hours": hours,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
    }


def theirs(data: Path, cohort: Path, work: Path) -> dict:
    """clifpy's SOFA of the same stays; what it takes to install is not counted."""
    folder = work / "clifpy"
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True)
    told = subprocess.run(
        [python, "-c", ASKED, str(data), str(cohort)], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(told.splitlines()[-1])


def main() -> None:
    data = Path(sys.argv[1]) / f"clif-{sys.argv[2]}"
    with TemporaryDirectory() as folder:
        work = Path(folder)
        mine = ours(data, work / "out")
        stays = pl.read_parquet(work / "out" / "timeline" / "stays.parquet").filter(pl.col("kind") == "icu")
        cohort = stays.select(
            "stay",
            pl.col("stay").str.replace(r"-icu-\d+$", "").alias("hospitalization_id"),
            start_dttm=pl.col("admitted"),
            end_dttm=pl.col("discharged"),
        ).cast({"stay": pl.String, "hospitalization_id": pl.String})
        cohort.write_parquet(work / "cohort.parquet")
        peer = theirs(data, work / "cohort.parquet", work)
    a, b = mine["cpu"] / mine["stays"] * 1e3, peer["cpu"] / peer["stays"] * 1e3
    print(f"load {os.getloadavg()[0]:.0f}")
    print("| | stays | scores | processor s | peak MB | processor ms a stay |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(
        f"| opensepsis, hourly SOFA | {mine['stays']:,} | {mine['hours']:,} | {mine['cpu']:.1f} | {mine['memory']:.0f} | {a:.2f} |"
    )
    print(
        f"| clifpy 2.1.0, one SOFA a stay | {peer['stays']:,} | {peer['known']:,} | {peer['cpu']:.1f} | {peer['memory']:.0f} | {b:.2f} |"
    )
    print(
        f"ratio {a / b:.2f}; for each score {mine['cpu'] / mine['hours'] / (peer['cpu'] / peer['known']):.4f}"
    )


if __name__ == "__main__":
    main()
