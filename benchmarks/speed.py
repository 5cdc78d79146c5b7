"""Speed and memory of `opensepsis label`, written to docs/performance.md with the commands and the machine.

    python benchmarks/speed.py SHARED [WORK]

SHARED holds data/mimic-iv-demo and tools/replicate.py. Copies of the demo are made in WORK (default /tmp/opensepsis-bench).
"""

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs" / "performance.md"
SOFA_SEPSIS = ("--only", "sofa,sepsis3")
SCORES = ("--only", "sofa,qsofa,sirs,news2,suspected_infection,sepsis3,septic_shock")
EVERYTHING = ()
RUNS = ((25, SOFA_SEPSIS), (100, SOFA_SEPSIS), (400, SOFA_SEPSIS), (100, SCORES), (100, EVERYTHING))
TABLES = (
    "patients,admissions,icustays,chartevents,labevents,inputevents,outputevents,procedureevents,emar,emar_detail,"
    "prescriptions,microbiologyevents,d_items,d_labitems,diagnoses_icd,procedures_icd"
)
LIVE = """
import random, time
from opensepsis import SOFA
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
MINUTE = 60_000_000
random.seed(1)
bedside = Bedside([SOFA])
for minute in range(0, 72 * 60, 10):
    at = minute * MINUTE
    bedside.see(Event("mean_pressure", at, value=random.uniform(55, 90)))
    for every, name, value in ((240, "gcs_total", 9.0), (60, "urine_output", 40.0), (240, "pao2", 80.0), (240, "fio2", 0.5),
                               (720, "creatinine", 2.0), (720, "bilirubin", 4.0), (720, "platelets", 90.0)):
        if minute % every == 0:
            bedside.see(Event(name, at, value=value))
    if minute % 60 == 0:
        bedside.see(Event("norepinephrine", at, at + 60 * MINUTE, value=0.1))
end = 72 * 60 * MINUTE
bedside.points(SOFA, end)
best = 1e9
for _ in range(20):
    started = time.perf_counter()
    for i in range(500):
        bedside.points(SOFA, end - i * MINUTE)
    best = min(best, (time.perf_counter() - started) / 500)
print(best * 1e6)
"""


def copies(shared: Path, work: Path, number: int) -> Path:
    """The demo so many times over, as Parquet."""
    folder = work / f"copies-{number}"
    if not (folder / "replicate.json").exists():
        tool = shared / "tools" / "replicate.py"
        command = [
            sys.executable,
            tool,
            shared / "data" / "mimic-iv-demo",
            folder,
            str(number),
            "--tables",
            TABLES,
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def run(folder: Path, out: Path, *options: str) -> dict:
    """One run of the command in a process of its own: wall and processor seconds, peak memory, what it found."""
    command = [
        str(Path(sys.executable).parent / "opensepsis"),
        "label",
        "mimic-iv",
        str(folder),
        "--out",
        str(out),
    ]
    command += ["--stays", "icu", "--quiet", *options]
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    account = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {
        "wall": time.perf_counter() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
        "stays": account["stays"]["labelled"],
        "found": account["found"],
    }


def machine() -> str:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = model[0].split(":")[1].strip() if model else platform.processor()
    return f"{os.cpu_count()} cores, {name}; {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    if not (shared / "data" / "mimic-iv-demo").is_dir():
        raise SystemExit(f"{shared} holds no data/mimic-iv-demo; nothing was measured.")
    work = Path(sys.argv[2] if len(sys.argv) > 2 else "/tmp/opensepsis-bench")
    load = os.getloadavg()[0]
    lines = [
        "# Performance",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench`; {machine()}; load of the machine before the start {load:.1f}.",
        "The data are copies of the MIMIC-IV demo (140 ICU stays, 668,862 charted rows each) as Parquet, by",
        "`shared/tools/replicate.py`. Each figure is one run of `opensepsis label mimic-iv FOLDER --out OUT --stays icu OPTIONS`",
        "in a process of its own, from these files to written results.",
        "",
        "| copies | ICU stays | options | wall s | processor s | peak memory MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for number, options in RUNS:
        got = run(copies(shared, work, number), work / "out", *options)
        said = " ".join(options) or "(all scores, phenotypes and clocks, and the course)"
        lines.append(
            f"| {number} | {got['stays']:,} | {said} | {got['wall']:.1f} | {got['cpu']:.1f} | {got['memory']:.0f} |"
        )
        print(lines[-1], flush=True)
    live = subprocess.run([sys.executable, "-c", LIVE], check=True, capture_output=True, text=True).stdout
    lines += [
        "",
        f"One live evaluation of SOFA with its 24-hour window: {float(live):.0f} µs (best of 20 × 500).",
        "",
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
