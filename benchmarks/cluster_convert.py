"""Converting on one machine beside Spark and Sail, printed into docs/cluster.md with the machine.

    python benchmarks/cluster_convert.py SHARED [WORK] [COPIES …] [local] [spark] [sail]

The data are COPIES (default 100) of the CLIF demo in SHARED, as Parquet in WORK (default /tmp/opensepsis-convert). A copy has some 169,000
events: 591 copies are 10⁸ events, 5910 are 10⁹, which take 2 GB as Parquet and 60 GB of disk while they are converted by an engine.
The rest is as in cluster.py: OPENSEPSIS_CLUSTERS names the engines' environments, what was measured is kept in WORK/rows.json. Disk is
the most that WORK held during a run, the data and what Spark shuffles among it. Timelines are removed when they were measured.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import cluster

from opensepsis.data.timeline.timeline import read_timeline

BEGIN, END = "<!-- printed by benchmarks/cluster_convert.py -->", "<!-- end of what is printed there -->"
DEMO = Path("data") / "mimic-iv-demo-clif"
LOOKS = 2.0  # seconds between two looks at the disk
HEAD = (
    "events", "on", "wall s", "processor s", "a million events", "of it JVM", "without the JVM, beside local",
    "peak MB", "data MB", "disk at most MB", "timeline MB", "load",
)  # fmt: skip


@dataclass
class Disk:
    """The most that a folder held, looked at now and then."""

    folder: Path
    most: float = 0.0
    _ended: Event = field(default_factory=Event)

    def __enter__(self) -> "Disk":
        self._thread = Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOKS):
            self.most = max(self.most, held(self.folder))


def held(folder: Path) -> float:
    """The size of a folder in MB while others write there."""
    total = 0
    for at, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(at, name)).st_size
            except OSError:
                continue
    return total / 1e6


def made(shared: Path, work: Path, number: str) -> Path:
    """So many copies of the demo as Parquet, made once."""
    out = work / f"clif-{number}"
    if not (out / "whole").exists():
        script = [sys.executable, str(Path(__file__).with_name("copies.py")), "clif", str(shared / DEMO)]
        subprocess.run([*script, str(out), number], check=True, stdout=subprocess.DEVNULL)
        (out / "whole").touch()
    return out


def convert(name: str, command: tuple[str, list[str], dict[str, str]], data: Path, work: Path) -> dict:
    """One run of the command, and what it took."""
    python, options, variables = command
    out, scratch = work / f"timeline-{name}", work / "scratch"
    shutil.rmtree(out, ignore_errors=True)
    scratch.mkdir(exist_ok=True)
    words = [python, "-m", "opensepsis", "convert", "clif", str(data), "--out", str(out), "--quiet", *options]
    variables = variables | {"SPARK_LOCAL_DIRS": str(scratch), "TMPDIR": str(scratch)}
    with Disk(work) as disk:
        used = cluster.measured(words, **variables)
    told = {"events": read_timeline(out).counts["written"], "on": name, "wall": used.wall, "cpu": used.cpu}
    told |= {"peak": used.peak, "data": cluster.size(data), "disk": disk.most, "timeline": cluster.size(out)}
    told |= {"load": os.getloadavg()[0]}
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(out)
    print(told, flush=True)
    return told


def line(one: dict, base: float | None) -> str:
    """A row of the table; `base` is the processor time of `local` for the same data."""
    java, total = one["cpu"].get("java", 0.0), sum(one["cpu"].values())
    peak = ", ".join(f"{kind} {mb:,.0f}" for kind, mb in sorted(one["peak"].items()))
    beside = "" if base is None else f"{(total - java) / base:.2f}"
    cells = (
        f"{one['events']:,}", one["on"], f"{one['wall']:.0f}", f"{total:.0f}", f"{1e6 * total / one['events']:.2f}", f"{java:.0f}",
        beside, peak, f"{one['data']:,.0f}", f"{one['disk']:,.0f}", f"{one['timeline']:,.0f}", f"{one['load']:.0f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def page(text: str, known: dict[str, dict]) -> str:
    """docs/cluster.md with what was measured."""
    rows = sorted(known.values(), key=lambda one: (one["events"], cluster.ORDER.index(one["on"])))
    base = {one["events"]: sum(one["cpu"].values()) for one in rows if one["on"] == "local"}
    lines = [line(one, base.get(one["events"])) for one in rows]
    table = "\n".join([f"| {' | '.join(HEAD)} |", "|" + " --- |" * len(HEAD), *lines])
    said = (
        f"Measured on {time.strftime('%Y-%m-%d')} by `benchmarks/cluster_convert.py` on the same machine: copies of the MIMIC-IV demo in "
        f"CLIF as Parquet; Spark as `local[2]`.\n\n{table}\n"
    )
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    return f"{before}{BEGIN}\n{said}{END}{after}"


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    shared = Path(sys.argv[1]).resolve()
    work = Path(sys.argv[2] if len(sys.argv) > 2 else "/tmp/opensepsis-convert")
    copies = [word for word in sys.argv[3:] if word.isdigit()] or ["100"]
    asked = [word for word in sys.argv[3:] if not word.isdigit()] or cluster.ORDER
    work.mkdir(parents=True, exist_ok=True)
    clusters = Path(os.environ["OPENSEPSIS_CLUSTERS"]) if "OPENSEPSIS_CLUSTERS" in os.environ else None
    kept = work / "rows.json"
    known: dict[str, dict] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for number in copies:
        data = made(shared, work, number)
        for name, command in cluster.runs(clusters).items():
            if f"{number} {name}" not in known and name in asked:
                known[f"{number} {name}"] = convert(name, command, data, work)
                kept.write_text(json.dumps(known), encoding="utf-8")
    text = cluster.PAGE.read_text(encoding="utf-8")
    cluster.PAGE.write_text(page(text, known), encoding="utf-8")


if __name__ == "__main__":
    main()
