"""Speed and memory of `opensepsis label`, written between the marks of docs/performance.md with the commands and the machine.

    python benchmarks/speed.py SHARED [WORK] [BEFORE]

SHARED holds data/mimic-iv-demo and tools/replicate.py. Copies of the demo are made in WORK (default /tmp/opensepsis-bench).
BEFORE (default 7844010) is an earlier commit that is measured beside this one in the same run, each run after the other's.
The page is written after every row, so that a run that is stopped leaves what it measured.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from page_table import write_part

from opensepsis.definitions import SCORES

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs" / "performance.md"
BEFORE = "7844010"
SOFA_SEPSIS = "sofa,sepsis3"
EVERYTHING = "everything"  # what both commits define, without variants
EXAMPLE = 0  # copies: the example hospital instead
RUNS = (
    (EXAMPLE, EVERYTHING, "both"),
    (100, SOFA_SEPSIS, "both"),
    (100, EVERYTHING, "both"),
    (25, EVERYTHING, "now"),
    (400, EVERYTHING, "now"),
)
GROWTH = ((25, 100), (100, 400))
ON_TIME = 25  # copies in which nothing was filed late, labelled in retrospect and as known
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


def on_time(folder: Path) -> Path:
    """The same copies without the times at which rows were stored: everything is known when it happened."""
    out = folder.with_name(f"{folder.name}-on-time")
    for file in sorted(folder.rglob("*.parquet")) if not out.exists() else ():
        rows = pl.scan_parquet(file)
        names = [name for name in ("storetime", "storedate") if name in rows.collect_schema()]
        target = out / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        stored = [pl.lit(None, rows.collect_schema()[name]).alias(name) for name in names]
        rows.with_columns(stored).sink_parquet(target)
    return out


@dataclass(frozen=True)
class Used:
    """What one run took: wall and processor seconds, peak memory in MB, and the stays it labelled."""

    wall: float
    cpu: float
    memory: float
    stays: int


Measured = dict[tuple[int, str], Used]  # by copies and definitions


def environment(checkout: Path) -> dict[str, str]:
    """That of a run: a checkout as it is when installed, with its bytecode kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(checkout / "src")}


def run(checkout: Path, data: Path, out: Path, definitions: str, old_options: bool, *more: str) -> Used:
    """One run of the command of a checkout in a process of its own."""
    shutil.rmtree(out, ignore_errors=True)
    source = ["csv", str(data)] if data.name == "hospital" else ["mimic-iv", str(data)]
    kind, only = ("--stays", "--only") if old_options else ("--stay-kind", "--definitions")
    command = [sys.executable, "-m", "opensepsis.cli", "label", *source, "--out", str(out), "--quiet"]
    command += [kind, "icu" if source[0] == "mimic-iv" else "hospital"]
    command += [only, definitions, *more]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment(checkout), cwd=checkout)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    account = json.loads((out / "run.json").read_text(encoding="utf-8"))
    wall = time.perf_counter() - started
    return Used(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, account["stays"]["labelled"])


def checked_out(commit: str, work: Path) -> Path:
    """The tree of an earlier commit."""
    folder = work / f"before-{commit}"
    if not folder.exists():
        subprocess.run(["git", "-C", HERE, "worktree", "prune"], check=True)
        command = ["git", "-C", HERE, "worktree", "add", "--quiet", "--detach", folder, commit]
        subprocess.run(command, check=True)
    return folder


def defined_by_both(earlier: Path) -> str:
    """The names of all definitions, without variants, that this commit and the earlier one have: what both can do."""
    code = "from opensepsis.definitions import DEFINITIONS; print(*(n for n in DEFINITIONS if ':' not in n))"
    found = []
    for checkout in (HERE, earlier):
        command = [sys.executable, "-c", code]
        told = subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment(checkout), cwd=checkout
        )
        found.append(told.stdout.split())
    return ",".join(name for name in found[0] if name in found[1])


def row(number: int, definitions: str, now: Used, before: Used | None, load: float) -> str:
    """One line of the page."""
    data = f"{number} copies" if number else "example hospital"
    cells = [data, f"{now.stays:,}", definitions, f"{load:.0f}"]
    cells += [f"{now.wall:.1f}", f"{now.cpu:.1f}", f"{now.memory:.0f}"]
    if before is None:
        return f"| {' | '.join([*cells, '', '', '', ''])} |"
    cells += [
        f"{before.wall:.1f}",
        f"{before.cpu:.1f}",
        f"{before.memory:.0f}",
        f"{now.cpu / before.cpu:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = model[0].split(":")[1].strip() if model else platform.processor()
    return f"{os.cpu_count()} cores, {name}; {platform.system()}, Python {platform.python_version()}"


def introduction(commit: str) -> list[str]:
    return [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `benchmarks/speed.py` (`make bench`); {machine()}.",
        "The data are copies of the MIMIC-IV demo (140 ICU stays, 668,862 charted rows each) as Parquet, by",
        "`shared/tools/replicate.py`, and the example hospital as csv. Each figure is one run of",
        "`opensepsis label SOURCE FOLDER --out OUT --stay-kind KIND --definitions NAMES` in a process of its own, from these files to",
        f"written results; *before* is commit {commit}, run beside it. The ratio is that of processor time.",
        "",
        "*Everything* are the definitions that both commits have: all scores, phenotypes and clocks without variants, and the course.",
        "*Load* is that of the machine when the row began: on two cores each program shares its core when it is above 2, wall times",
        "say little then and processor times are up to twice those of a quiet machine.",
        "",
        "| data | stays | definitions | load | wall s | processor s | peak MB | before: wall s | processor s | peak MB | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]


def growth(few: int, many: int, measured: Measured) -> str:
    """How everything grows with the copies."""
    one, other = measured[few, EVERYTHING], measured[many, EVERYTHING]
    time_ratio, memory_ratio = other.cpu / one.cpu, other.memory / one.memory
    return f"From {few} to {many} copies everything takes {time_ratio:.1f} × the processor time and {memory_ratio:.2f} × the memory."


def as_known(data: Path, out: Path, scores: str) -> str:
    """What `--as-known` costs where nothing was filed late."""
    plain = run(HERE, data, out, scores, False)
    known = run(HERE, data, out, scores, False, "--as-known")
    number = scores.count(",") + 1
    return (
        f"`--as-known` with nothing filed late, {known.stays:,} stays, {number} scores: {known.cpu:.1f} s of processor time, "
        f"in retrospect {plain.cpu:.1f} s: {known.cpu / plain.cpu:.2f} ×."
    )


def live() -> str:
    told = subprocess.run([sys.executable, "-c", LIVE], check=True, capture_output=True, text=True).stdout
    return f"One live evaluation of SOFA with its 24-hour window: {float(told):.0f} µs (best of 20 × 500)."


def main() -> None:
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    if not (shared / "data" / "mimic-iv-demo").is_dir():
        raise SystemExit(f"{shared} holds no data/mimic-iv-demo; nothing was measured.")
    work = Path(sys.argv[2] if len(sys.argv) > 2 else "/tmp/opensepsis-bench")
    commit = sys.argv[3] if len(sys.argv) > 3 else BEFORE
    earlier = checked_out(commit, work)
    everything, scores = defined_by_both(earlier), ",".join(name for name in SCORES if ":" not in name)
    lines, below = introduction(commit), []
    measured: Measured = {}

    def told(*more: str) -> None:
        below.extend(["", *more])
        _write(lines, below)

    for number, said, which in RUNS:
        definitions, load = everything if said == EVERYTHING else said, os.getloadavg()[0]
        data = copies(shared, work, number) if number else HERE / "examples" / "hospital"
        now = measured[number, said] = run(HERE, data, work / "out", definitions, old_options=False)
        before = None
        if which == "both":
            before = run(earlier, data, work / "out-before", definitions, old_options=True)
        lines.append(row(number, said, now, before, load))
        print(lines[-1], flush=True)
        _write(lines, below)
        if number == ON_TIME:
            told(as_known(on_time(data), work / "out", scores))
    for few, many in GROWTH:
        if (few, EVERYTHING) in measured and (many, EVERYTHING) in measured:
            told(growth(few, many, measured))
    told(live())
    print(f"written to {PAGE}")


def _write(lines: list[str], below: list[str]) -> None:
    write_part("speed", "\n".join([*lines, *below, ""]), PAGE)


if __name__ == "__main__":
    main()
