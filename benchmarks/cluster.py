"""Labelling on one machine beside Spark and Sail, and bringing results up to date, printed into docs/cluster.md with the machine.

    python benchmarks/cluster.py SHARED [WORK] [COPIES …] [local] [since] [spark] [sail]

The data are COPIES (default 100 400) of the MIMIC-IV demo in SHARED, as a timeline in WORK (default /tmp/opensepsis-cluster), labelled on
all that is named (default all three); `since` brings the results of `local` up to date (default too), which takes a second timeline. A
copy has some 198,000 events: 505 copies are 10⁸ events, 5050 are 10⁹, and so are 505x10, where the shards of 505 copies lie in the timeline
ten times, as links: labelling takes the same, and nothing is written.
OPENSEPSIS_CLUSTERS names the folder with `spark/bin/python` and `sail/bin/python`; what is not there is left out. Processor time is that
of all processes of a run, the JVM and the workers among them, read four times a second; memory is the resident size of the largest
process, of workers and of the JVM apart, and that of all processes together.

What was measured is kept in WORK/rows.json and not measured again, so that long runs can be made one by one; the page has all of it. Remove
the file to begin anew.
"""

import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import polars as pl

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.data.timeline.writer import write_timeline

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs" / "cluster.md"
BEGIN, END = "<!-- printed by benchmarks/cluster.py -->", "<!-- end of what is printed -->"
DEFINITIONS = "sofa,qsofa,sirs,news2,suspected_infection,sepsis3,septic_shock"
SHARD_PATIENTS = 3500
ORDER, SINCE = ["local", "spark", "sail"], "since"
CHANGED = 1000  # every so many patients one has a new value
TOGETHER = "together"  # all processes at one time
NIGHTS = 3  # how often results are brought up to date
TICK = os.sysconf("SC_CLK_TCK")
SPARK = "--master local[2] --conf spark.ui.enabled=false --driver-memory 1g pyspark-shell"


@dataclass(frozen=True)
class Copies:
    """A timeline so many times over, each with patients of its own, as a source; every CHANGED-th may have one value more."""

    timeline: Timeline
    number: int
    changed: bool = False
    name: str = "timeline"
    timezone: str | None = None
    shifted_dates: bool = True

    def stays(self) -> pl.DataFrame:
        mine = self.timeline.stays
        return pl.concat(
            [mine.with_columns(self._of(k, "patient"), self._of(k, "stay")) for k in range(self.number)]
        )

    def events(self, concepts: frozenset[str] | None) -> Iterator[pl.DataFrame]:
        rows = self.timeline.events().collect().with_columns(pl.col("patient").cast(pl.String))
        per_copy = self.timeline.stays["patient"].n_unique()
        every = max(1, CHANGED // per_copy)
        for k in range(self.number):
            batch = rows.with_columns(self._of(k, "patient").cast(pl.Categorical))
            if self.changed and k % every == 0:
                one = batch.filter(pl.col("concept") == "platelets").head(1).with_columns(value=pl.lit(19.0))
                batch = pl.concat([batch, one])
            yield batch

    def counts(self) -> dict:
        return {}

    @staticmethod
    def _of(k: int, name: str) -> pl.Expr:
        return (pl.lit(f"{k:05d}-") + pl.col(name)).alias(name)


@dataclass
class Used:
    """What the processes of a run took."""

    wall: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)

    @property
    def all(self) -> float:
        return sum(self.cpu.values())


def measured(command: list[str], **variables: str) -> Used:
    """Runs a command in a session of its own and looks at its processes until it ends; modules are compiled, as those of a wheel are."""
    used, seen = Used(), {}
    began = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(HERE / "src")} | variables
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=HERE,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            _look(process.pid, seen, used)
            time.sleep(0.25)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}\n{process.stderr.read().decode()[-2000:]}")
    used.wall = time.perf_counter() - began
    for kind, seconds in seen.values():
        used.cpu[kind] = used.cpu.get(kind, 0.0) + seconds
    # what it took after the last look; with it that of processes it waited for
    whole = ended[2].ru_utime + ended[2].ru_stime - used.all + used.cpu.get("run", 0.0)
    used.cpu["run"] = max(whole, used.cpu.get("run", 0.0))
    return used


def _look(session: int, seen: dict, used: Used) -> None:
    together = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text()
        except OSError:
            continue
        name, rest = told[told.index("(") + 1 : told.rindex(")")], told[told.rindex(")") + 2 :].split()
        if int(rest[3]) != session:
            continue
        kind = "java" if name == "java" else "run" if int(folder.name) == session else "workers"
        seen[folder.name, rest[19]] = kind, (int(rest[11]) + int(rest[12])) / TICK
        size = int(rest[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        used.peak[kind] = max(used.peak.get(kind, 0.0), size)
        together += size
    used.peak[TOGETHER] = max(used.peak.get(TOGETHER, 0.0), together)


def size(folder: Path) -> float:
    """The size of a folder in MB."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def made(shared: Path, work: Path, asked: str, changed: bool = False) -> Path:
    """The timeline of so many copies (`505`, or `505x10` with links to its shards), made once."""
    number, _, times = asked.partition("x")
    if times:
        return repeated(made(shared, work, number), work / f"timeline-{asked}", int(times))
    out = work / f"timeline-{number}{'-changed' if changed else ''}"
    if not (out / "timeline.json").exists():
        one = work / "demo"
        if not (one / "timeline.json").exists():
            write_timeline(open_source("mimic-iv", shared / "data" / "mimic-iv-demo"), one)
        code = (
            "import sys; from pathlib import Path; sys.path.insert(0, 'benchmarks'); import cluster; "
            f"cluster.write_copies(Path({str(one)!r}), Path({str(out)!r}), {number}, {changed})"
        )
        used = measured([sys.executable, "-c", code])
        rows = read_timeline(out).counts["written"]
        print(
            f"made {out.name}: {rows:,} events, {used.all:.0f} s of processor, {used.wall:.0f} s, {max(used.peak.values()):.0f} MB",
            flush=True,
        )
    return out


def write_copies(one: Path, out: Path, number: int, changed: bool) -> None:
    write_timeline(Copies(read_timeline(one), number, changed), out, shard_patients=SHARD_PATIENTS)


def repeated(one: Path, out: Path, times: int) -> Path:
    """A timeline that has the shards of another so many times, as links to its files; stays are others."""
    about = json.loads((one / "timeline.json").read_text(encoding="utf-8"))
    shards = len(about["shards"])
    for file in (file for file in one.glob("*/**/*.parquet") if not (out / "timeline.json").exists()):
        place = file.relative_to(one).as_posix()
        number = int(re.search(r"shard-(\d+)", place)[1])
        for again in range(times):
            link = out / place.replace(shard_name(number), shard_name(again * shards + number))
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            if place.startswith("stays.parquet"):  # no stay may occur twice
                pl.read_parquet(file).with_columns(stay=pl.lit(f"{again}-") + pl.col("stay")).write_parquet(
                    link
                )
            else:
                link.hardlink_to(file)
    every = [shard | {"folder": shard_name(n)} for n, shard in enumerate(about["shards"] * times)]
    counts = about["counts"] | {
        name: times * about["counts"][name] for name in ("read", "written", "stays", "patients")
    }
    told = about | {"shards": every, "counts": counts, "digest": f"{about['digest']} {times} times"}
    (out / "timeline.json").write_text(json.dumps(told), encoding="utf-8")
    return out


def runs(clusters: Path | None) -> dict[str, tuple[str, list[str], dict[str, str]]]:
    """What is there to run on: its Python, options and environment."""
    found = {"local": (sys.executable, [], {})}
    for engine, variables in (
        ("spark", {"PYSPARK_SUBMIT_ARGS": SPARK, "SPARK_LOCAL_IP": "127.0.0.1"}),
        ("sail", {}),
    ):
        python = clusters / engine / "bin" / "python" if clusters else None
        if python and python.exists():
            found[engine] = (str(python), ["--on", engine], variables)
    return found


def label(python: str, timeline: Path, out: Path, options: list[str], variables: dict[str, str]) -> Used:
    """One run of the command."""
    shutil.rmtree(out, ignore_errors=True)
    command = [
        python,
        "-m",
        "opensepsis",
        "label",
        "timeline",
        str(timeline),
        "--out",
        str(out),
        "--quiet",
    ]
    return measured([*command, "--stay-kind", "icu", "--definitions", DEFINITIONS, *options], **variables)


def row(name: str, timeline: Path, number: str, used: Used, out: Path) -> dict:
    """What a run took, to be kept in WORK/rows.json."""
    about = read_timeline(timeline)
    told = {"events": about.counts["written"], "shards": len(about.shards), "on": name, "copies": number}
    told |= {
        "wall": used.wall,
        "cpu": used.cpu,
        "peak": used.peak,
        "results": size(out),
        "load": os.getloadavg()[0],
        "last_tenth": last_tenth(out),
    }
    print(told, flush=True)
    return told


def last_tenth(out: Path) -> float:
    """What the last tenth of the shards took of processor time beside the first: 1 where a run is linear."""
    accounts = [
        json.loads(file.read_text(encoding="utf-8")) for file in sorted((out / "shards").glob("*.json"))
    ]
    took = [account["cpu_seconds"] for account in accounts]
    tenth = max(1, len(took) // 10)
    return median(took[-tenth - 1 : -1] or took) / median(took[:tenth])  # the last of all is not full


def line(one: dict, base: float) -> str:
    """A row of the table; `base` is the processor time of `local` for the same data."""
    java = one["cpu"].get("java", 0.0)
    total = sum(one["cpu"].values())
    peak = ", ".join(f"{kind} {mb:,.0f}" for kind, mb in sorted(one["peak"].items()))
    cells = (
        f"{one['events']:,}", f"{one['shards']}", one["on"], f"{one['wall']:.0f}", f"{total:.1f}", f"{1e6 * total / one['events']:.2f}",
        f"{java:.1f}", f"{(total - java) / base:.2f}", peak, f"{one['results']:,.0f}", f"{one['last_tenth']:.2f}",
        f"{one['load']:.0f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    shared = Path(sys.argv[1]).resolve()
    work = Path(sys.argv[2] if len(sys.argv) > 2 else "/tmp/opensepsis-cluster")
    copies = [word for word in sys.argv[3:] if word[0].isdigit()] or ["100", "400"]
    asked = [word for word in sys.argv[3:] if not word[0].isdigit()] or [*ORDER, SINCE]
    if unknown := [word for word in asked if word not in (*ORDER, SINCE)]:
        raise SystemExit(f"There is no {unknown[0]}: name some of {', '.join([*ORDER, SINCE])}.")
    work.mkdir(parents=True, exist_ok=True)
    clusters = Path(os.environ["OPENSEPSIS_CLUSTERS"]) if "OPENSEPSIS_CLUSTERS" in os.environ else None
    kept = work / "rows.json"
    known: dict[str, dict] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for number in copies:
        timeline = made(shared, work, number)
        for name, (python, options, variables) in runs(clusters).items():
            if f"{number} {name}" in known or name not in asked:
                continue
            used = label(python, timeline, work / name, options, variables)
            known[f"{number} {name}"] = row(name, timeline, number, used, work / name)
            kept.write_text(json.dumps(known), encoding="utf-8")
            if name == "local" and SINCE in asked:
                known[f"{number} since"] = {"said": since(shared, work, number, used.all)}
                kept.write_text(json.dumps(known), encoding="utf-8")
    rows = sorted(
        (one for one in known.values() if "on" in one),
        key=lambda one: (one["events"], ORDER.index(one["on"])),
    )
    base = {one["copies"]: sum(one["cpu"].values()) for one in rows if one["on"] == "local"}
    lines = [line(one, base[one["copies"]]) for one in rows]
    nights = [one["said"] for one in known.values() if "said" in one]
    PAGE.write_text(_page(PAGE.read_text(encoding="utf-8"), lines, "\n\n".join(nights)), encoding="utf-8")


def since(shared: Path, work: Path, number: str, whole: float) -> str:
    """What a night costs after which one patient in CHANGED has a new value, beside labelling all."""
    later, out = made(shared, work, number, changed=True), work / "since"
    nights = [label(sys.executable, later, out, ["--since", str(work / "local")], {}) for _ in range(NIGHTS)]
    used = sorted(nights, key=lambda night: night.all)[NIGHTS // 2]
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    again, counts = run["since"]["patients_labelled_again"], read_timeline(later).counts
    started = measured([sys.executable, "-c", "import opensepsis.cli, opensepsis.uses.label.pipeline"]).all
    said = (
        f"`--since` with {again:,} of {counts['patients']:,} patients changed ({counts['written']:,} events), "
        f"in all {run['shards']['all']} shards: "
        f"{used.all:.1f} s of processor time (the median of {NIGHTS} runs), {used.all / whole:.1%} of the {whole:.1f} s for all "
        f"(of both, {started:.1f} s is Python's start; load {os.getloadavg()[0]:.0f})."
    )
    print(said, flush=True)
    return said


def _page(text: str, lines: list[str], nightly: str) -> str:
    head = (
        "| events | shards | on | wall s | processor s | a million events | of it JVM | without the JVM, beside local "
        "| peak MB | results MB | last tenth of the shards beside the first | load |"
    )
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, Polars {pl.__version__}"
    table = "\n".join([head, "|" + " --- |" * 12, *lines])
    said = (
        f"Measured on {time.strftime('%Y-%m-%d')} by `benchmarks/cluster.py`; {machine}. Copies of the MIMIC-IV demo as a timeline, "
        f"ICU stays, `--definitions {DEFINITIONS}`;\nSpark 4.3.0 as `local[2]`. Processor time is that of all processes.\n\n"
        f"{table}\n\n{nightly}\n"
    )
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    return f"{before}{BEGIN}\n{said}{END}{after}"


if __name__ == "__main__":
    main()
