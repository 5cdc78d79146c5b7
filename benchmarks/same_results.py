"""Whether two commits label the same data alike to the last digit: every table that they write, cell by cell.

    python benchmarks/same_results.py COMMIT [SHARED] [WORK] [NAME …]

Labels the example hospital, 300 simulated patients and, where SHARED holds it, the MIMIC-IV demo, with every definition and variant,
in retrospect and as known, by COMMIT and by this tree. Tables of both lie in WORK (default /tmp/opensepsis-same) afterwards.
With NAMEs only these (example, example-as-known, simulated, simulated-as-known, demo, demo-hospital, demo-as-known).
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parents[1]
PATIENTS = 300


@dataclass(frozen=True)
class Work:
    """One way of labelling some data: its name, the source with its folder, and options of the command."""

    name: str
    source: tuple[str, str]
    options: tuple[str, ...]


def work_to_do(simulated: Path, demo: Path) -> list[Work]:
    example = "csv", str(HERE / "examples" / "hospital")
    cohort = "timeline", str(simulated / "timelines" / "usual")
    works = [
        Work("example", example, ("--variants", "--daily", "calendar")),
        Work("example-as-known", example, ("--variants", "--as-known", "--daily", "24h")),
        Work("simulated", cohort, ("--variants",)),
        Work("simulated-as-known", cohort, ("--as-known",)),
    ]
    if demo.is_dir():
        works += [
            Work("demo", ("mimic-iv", str(demo)), ("--variants", "--stay-kind", "icu")),
            Work("demo-hospital", ("mimic-iv", str(demo)), ("--daily", "calendar")),
            Work("demo-as-known", ("mimic-iv", str(demo)), ("--as-known", "--stay-kind", "icu")),
        ]
    return works


def command(checkout: Path, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(checkout / "src")}
    subprocess.run(
        [sys.executable, "-m", "opensepsis.cli", *arguments], check=True, env=environment, cwd=checkout
    )


def labelled(checkout: Path, work: Work, out: Path) -> Path:
    """The folder with what a checkout makes of this work; not made again where it is whole."""
    if not (out / "run.json").exists():
        shutil.rmtree(out, ignore_errors=True)
        command(checkout, "label", *work.source, "--out", str(out), "--quiet", *work.options)
    return out


def tables(folder: Path) -> dict[str, pl.LazyFrame]:
    """The tables of a folder; the events are one, in any order, for a database gives them in any order."""
    files = [
        f
        for f in sorted(folder.rglob("*.parquet"))
        if f.is_file() and not {"shards", "digests.parquet"} & {*f.parts}
    ]
    events = [file for file in files if "events" in file.parts]
    parts: dict[Path, list[Path]] = {}
    for file in files:
        if file not in events:
            table = file.parent if file.parent.suffix == ".parquet" else file
            parts.setdefault(table, []).append(file)
    found = {str(table.relative_to(folder)): pl.scan_parquet(mine) for table, mine in parts.items()}
    if (stays := "timeline/stays.parquet") in found:  # in order of shards, or as the source told them
        found[stays] = found[stays].drop("shard", strict=False).sort("stay")
    return found | ({"events": pl.scan_parquet(events).cast({"concept": pl.String})} if events else {})


def differences(name: str, before: pl.LazyFrame, now: pl.LazyFrame) -> tuple[int, list[str]]:
    """How many cells two tables hold, and what differs."""
    one, other = before.collect(), now.collect()
    if name == "events":
        one, other = one.sort(one.columns), other.sort(other.columns)
    if one.schema != other.schema:
        return one.height * one.width, [f"columns {one.schema} and {other.schema}"]
    if one.height != other.height:
        return one.height * one.width, [f"{one.height} rows and {other.height}"]
    told = []
    for column in one.columns:
        left, right = _as_bits(one[column]), _as_bits(other[column])
        differing = int((~left.eq_missing(right)).sum())
        if differing:
            told.append(f"{differing} of {one.height} cells of {column}")
    return one.height * one.width, told


def _as_bits(column: pl.Series) -> pl.Series:
    """Numbers as their bits, so that the last digit counts; categories as texts."""
    if column.dtype == pl.Float64:
        return column.reinterpret(signed=True)
    return column.cast(pl.String) if isinstance(column.dtype, (pl.Categorical, pl.Enum)) else column


def checked_out(commit: str, folder: Path) -> Path:
    if not folder.exists():
        subprocess.run(["git", "-C", HERE, "worktree", "prune"], check=True)
        add = ["git", "-C", HERE, "worktree", "add", "--quiet", "--detach", folder, commit]
        subprocess.run(add, check=True)
    return folder


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    commit = sys.argv[1]
    shared = Path(sys.argv[2] if len(sys.argv) > 2 else "../shared")
    work = Path(sys.argv[3] if len(sys.argv) > 3 else "/tmp/opensepsis-same")
    work.mkdir(parents=True, exist_ok=True)
    earlier, simulated = checked_out(commit, work / f"tree-{commit}"), work / "simulated"
    if not (simulated / "simulation.json").exists():
        command(earlier, "simulate", "--out", str(simulated), "--patients", str(PATIENTS), "--seed", "5")
    wrong, asked = 0, sys.argv[4:]
    for part in work_to_do(simulated, shared.resolve() / "data" / "mimic-iv-demo"):
        if asked and part.name not in asked:
            continue
        before = tables(labelled(earlier, part, work / commit / part.name))
        shutil.rmtree(work / "now" / part.name, ignore_errors=True)
        now = tables(labelled(HERE, part, work / "now" / part.name))
        cells, told = 0, [f"{name} is in one only" for name in sorted(before.keys() ^ now.keys())]
        for name in sorted(before.keys() & now.keys()):
            more, differing = differences(name, before[name], now[name])
            cells, told = cells + more, told + [f"{name}: {what}" for what in differing]
        print(f"{part.name}: {len(before)} tables, {cells:,} cells, {len(told)} differ", flush=True)
        print("".join(f"  {line}\n" for line in told), end="", flush=True)
        wrong += len(told)
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
