"""Speed and memory of the simulator, written to docs/performance-simulator.md with the commands and the machine.

    python benchmarks/simulator_speed.py [LARGEST]

LARGEST is the number of patients of the last run that writes (default 100000; 1000000 takes a quarter of an hour and 11 GB).
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from speed import HERE, machine

from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.published_models.reynolds_batch import simulate_reynolds

PAGE = HERE / "docs" / "performance-simulator.md"
WEEK = 168
REYNOLDS, COMPUTED = 200_000, 10_000


def reynolds() -> float:
    """Patient-weeks per second of the Reynolds model: float32, hourly states, growth varied; best of three."""
    draws = np.random.default_rng(0)
    start, growth = draws.uniform(0.1, 2.0, REYNOLDS), draws.uniform(0.1, 0.7, REYNOLDS)
    simulate_reynolds(start[:64], 2)
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        simulate_reynolds(start, WEEK, {"pathogen_growth": growth})
        best = max(best, REYNOLDS / (time.perf_counter() - began))
    return best


def computed() -> tuple[float, float, float]:
    """Of the whole body with care and chart: patients, weeks that a body lived, and charted rows, each per second."""
    list(blocks(Request(64, 24)))
    began, weeks, rows = time.perf_counter(), 0.0, 0
    for block in blocks(Request(COMPUTED, WEEK)):
        state = block.states
        end = np.minimum(np.minimum(state["died"], state["discharged"]), state["admitted"] + WEEK)
        weeks += float(end.sum()) / WEEK
        rows += len(block.events)
    seconds = time.perf_counter() - began
    return COMPUTED / seconds, weeks / seconds, rows / seconds


def written(patients: int) -> tuple[float, float, float]:
    """One run of the command in a process of its own: wall seconds, peak memory in MB, MB on disk."""
    with TemporaryDirectory(prefix="opensepsis-speed-") as folder:
        command = [str(Path(sys.executable).parent / "opensepsis"), "simulate", "--patients", str(patients)]
        command += ["--hours", str(WEEK), "--seed", "1", "--out", f"{folder}/out"]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {' '.join(command)}")
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        return time.perf_counter() - began, used.ru_maxrss / 1024, size / 2**20


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    load = os.getloadavg()[0]
    # The runs that write come first: a child begins with its parent's peak memory.
    runs = [(number, *written(number)) for number in sorted({2_000, 20_000, largest})]
    patients, weeks, rows = computed()
    lines = [
        "# Performance of the simulator",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python benchmarks/simulator_speed.py {largest}`; {machine()}; load of the machine "
        f"before the start {load:.1f}.",
        "",
        f"* The Reynolds model, float32, hourly states, {REYNOLDS:,} patients over {WEEK} h: {reynolds():,.0f} patient-weeks per second.",
        f"* The whole body with care and chart, in memory, {COMPUTED:,} patients asked for {WEEK} h in hospital: {patients:,.0f} patients "
        f"per second. Some die or go home earlier and most are ill at home first: {weeks:,.0f} weeks of a body and "
        f"{rows:,.0f} charted rows per second.",
        "",
        "`opensepsis simulate --patients N --hours 168 --seed 1`: timeline, stays, truth of every hour, all on disk. Who the patients",
        "are and when they were where is held in memory, their charts only a few at a time.",
        "",
        "| patients | wall s | patients / s | peak memory MB | on disk MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for number, seconds, memory, size in runs:
        lines.append(
            f"| {number:,} | {seconds:.1f} | {number / seconds:,.0f} | {memory:,.0f} | {size:,.0f} |"
        )
    PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
