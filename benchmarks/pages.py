"""Measures the page of a long stay, and the report of a hospital: time, size and memory of the commands.

python benchmarks/pages.py                    # `opensepsis show` of the fullest 30-day stay of simulated patients
python benchmarks/pages.py --results RESULTS  # and `opensepsis report` of results that lie there
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import opensepsis
from opensepsis.uses.label import read_labels
from opensepsis.uses.simulate import simulate

HOURS, PATIENTS, SEED = 720, 40, 5
SHOW_MOST = "2 s and 3 MB"
REPORT_MOST = "20 s and 2,000 MB for 14,000 stays"


def command(*words: str) -> tuple[float, float]:
    """Seconds on the clock and of the processor of one run of the command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([sys.executable, "-m", "opensepsis.cli", *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, spent


def fullest_stay(folder: Path) -> tuple[Path, str, int]:
    """Results of simulated patients, and the stay with the most charted rows, of those that lasted 29 days or more."""
    made = simulate(PATIENTS, HOURS, SEED, folder / "simulated", truth_interval=0)
    labels = opensepsis.label(
        "timeline", made.path / "timelines" / "usual", folder / "results", stay_kind="hospital"
    )
    long = labels.stays.filter(pl.col("discharged") - pl.col("admitted") >= pl.duration(days=29))
    patients = made.timeline().events().select(pl.col("patient").cast(pl.String))
    rows = patients.group_by("patient").agg(pl.len().alias("rows")).collect()
    fullest = long.join(rows, on="patient").sort("rows", descending=True).row(0, named=True)
    return folder / "results", fullest["stay"], fullest["rows"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results, stay, rows = fullest_stay(folder)
        page = folder / "stay.html"
        start, start_spent = command("--version")
        wall, spent = command("show", str(results), "--stay", stay, "--out", str(page))
        print(
            f"show: {rows:,} charted rows in 30 days: {wall:.1f} s ({spent:.1f} s of the processor, of which starting "
            f"the command {start_spent:.1f}; on the clock {start:.1f}), {page.stat().st_size / 1e6:.2f} MB. At most {SHOW_MOST}."
        )
        if options.results:
            wall, spent = command("report", str(options.results), "--out", str(folder / "report"))
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            stays = read_labels(options.results).stays.height
            print(
                f"report: {stays:,} stays: {wall:.1f} s ({spent:.1f} s of the processor), {most:,.0f} MB. At most {REPORT_MOST}."
            )


if __name__ == "__main__":
    main()
