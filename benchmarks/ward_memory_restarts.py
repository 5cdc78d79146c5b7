"""Memory of a ward before and after each of three restarts, of one commit or of two side by side.

    python benchmarks/ward_memory_restarts.py [BEDS] [DAYS] [--begun-from snapshot|log] [--than COMMIT] [--write]

Four processes one after another on one database, with made-up messages (`month_of_beds.py`): the first goes on for 8 days, until as many
patients leave as come, each further one for DAYS. Each is killed, and the next begins from a snapshot that is an hour of the ward old,
or from the whole log, as after an upgrade. What a process holds (RssAnon) is read before it is killed, and when the next has its patients.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from month_of_beds import Beds, begin_of
from page_table import write_row
from running_ward import with_bytecode

STEP = timedelta(minutes=15)
STEPS = 96  # of a day
FULL = 8  # days
RESTARTS = 3
HEADS = ("beds", "days between", "begun from", "commit", *(f"restart {n}: before → after, MiB" for n in (1, 2, 3)),
         "most after / before", "patients in memory", "processor s", "load")  # fmt: skip


def held() -> float:
    """MiB that this process holds of its own."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024


def live(database: str, beds: int, first: int, last: int, begun_from: str) -> None:
    """A process of the ward from one step of the hospital to another: prints what it held at both, and ends as if it were killed."""
    from opensepsis.data.decode.site import read_site
    from opensepsis.uses.ward.model.clock import HandClock
    from opensepsis.uses.ward.model.messages import Arrival
    from opensepsis.uses.ward.server import WardConfig, WardServer
    from opensepsis.uses.ward.state.alert_policy import AlertPolicy

    begin = begin_of(30)
    hospital, clock = Beds(beds, begin), HandClock(int((begin + first * STEP).timestamp() * 1e6))
    for number in range(1, first + 1):
        for _ in hospital.step(begin + number * STEP, STEP):
            pass
    site, policy = read_site(None, "Europe/Berlin"), AlertPolicy(silent=False)
    house = WardServer(WardConfig(database, site, listeners=(), clock=clock, policy=policy))
    house.engine.rebuild()
    house.engine._snapshot_at = float("inf")
    print(f"{held():.0f}", flush=True)
    for number in range(first + 1, last + 1):
        now = begin + number * STEP
        clock.set(int(now.timestamp() * 1e6))
        said = hospital.step(now, STEP)
        house.store.keep([Arrival("hl7", "hl7", one.control, one.raw, clock.now()) for one in said])
        house.engine.round()
        if number % 8 == 0:
            house.hospital.board(None)
        if begun_from == "snapshot" and number in (first + (last - first) // 2, last - 4):
            house.engine.take_snapshot()
            house.engine._snapshot_at = float("inf")
    print(f"{held():.0f} {len(house.engine.ward.patients)} {sum(os.times()[:2]):.0f}", flush=True)
    os._exit(0)


def measured(beds: int, days: int, begun_from: str, source: Path | None) -> tuple[str, ...]:
    """What was held before and after each restart, the worst of their ratios, patients in memory, processor time of all."""
    ends, found, used = [FULL * STEPS], [], 0
    ends += [ends[0] + n * days * STEPS for n in range(1, RESTARTS + 1)]
    environment = with_bytecode() | ({"PYTHONPATH": str(source)} if source else {})
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as folder:
        for first, last in zip([0, *ends], ends, strict=False):
            command = [sys.executable, __file__, str(beds), "--begun-from", begun_from, "--database", f"{folder}/ward.db"]  # fmt: skip
            said = subprocess.run(
                [*command, "--steps", str(first), str(last)], capture_output=True, text=True, check=True, env=environment
            ).stdout.split()  # fmt: skip
            print(first, last, *said, flush=True)
            found += [int(one) for one in said[:2]]
            used += int(said[3])
    pairs = list(zip(found[1::2], found[2::2], strict=False))
    worst = max(after / before for before, after in pairs)
    return (*(f"{before} → {after}" for before, after in pairs), f"{worst:.2f}", said[2], str(used))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("beds", type=int, nargs="?", default=100)
    parser.add_argument("days", type=int, nargs="?", default=2)
    parser.add_argument("--begun-from", choices=("snapshot", "log"), default="snapshot")
    parser.add_argument("--than", help="another commit, measured before")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--database")
    parser.add_argument("--steps", type=int, nargs=2)
    asked = parser.parse_args()
    if asked.database:
        return live(asked.database, asked.beds, *asked.steps, asked.begun_from)
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as folder:
        for commit in (*([asked.than] if asked.than else []), "this"):
            source = None
            if commit != "this":
                from ward_month import earlier_source

                source = earlier_source(commit, Path(folder))
            words = "a snapshot" if asked.begun_from == "snapshot" else "the whole log"
            found = measured(asked.beds, asked.days, asked.begun_from, source)
            row = (str(asked.beds), str(asked.days), words, commit, *found, f"{os.getloadavg()[0]:.1f}")
            print(" | ".join(row), flush=True)
            if asked.write:
                command = f"python benchmarks/ward_memory_restarts.py {' '.join(sys.argv[1:])}"
                write_row("ward_memory_restarts", HEADS, row, command, key=4)


if __name__ == "__main__":
    main()
