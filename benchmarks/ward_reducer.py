"""What one core of the ward does with a message: read it, work out what follows, write that down.

    python benchmarks/ward_reducer.py [PATIENTS] [ROUNDS] [NAME OF THE COMMIT]

Sets of vital signs of so many patients, one message each, every 15 min; the first rounds are not counted. Writes into
docs/performance-ward.md the processor time of a message, as the fastest and the median round had it: where a machine is shared the
fastest is nearest to what a core of its own takes. To compare two commits run it in the source of each, one after the other.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from page_table import write_row
from ward_memory import START, VITALS, adt, measured

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.ward import Ward

EVERY, NOT_COUNTED = 15, 3
HEADS = (
    "patients", "messages", "commit", "worked out, fastest µs", "median µs", "read, worked out and written, fastest µs", "median µs",
    "messages/s of a core: worked out, all", "load",
)  # fmt: skip


def round_of(house: WardServer, clock: HandClock, patients: int, number: int) -> float:
    """The processor seconds of a round of everybody's vital signs, with the timers that are due."""
    now = (START + number * EVERY * 60) * 1_000_000 + 1
    clock.set(now)
    house.store.keep(
        [
            Arrival("hl7", "hl7", f"{p}-{number}", measured(VITALS, p, number * EVERY), now)
            for p in range(1, patients + 1)
        ]
    )
    began = time.process_time()
    house.engine.round()
    return time.process_time() - began


def worked_out(house: WardServer, patients: int) -> list[float]:
    """The processor seconds of each round of the log in a new ward: nothing is read from messages or written."""
    engine = house.engine
    ward = Ward(engine.ward.watching, engine.ward.policy)
    log = list(house.store.log())
    rounds: dict[int, list] = {}
    for entry in log:
        rounds.setdefault(entry.received, []).append(entry)
    found = []
    for entries in rounds.values():
        began = time.process_time()
        ward.take(entries)
        found.append(time.process_time() - began)
    return found


def main() -> None:
    patients, rounds, commit = (sys.argv[1:] + ["100", "24", "this"][len(sys.argv) - 1 :])[:3]
    patients, rounds = int(patients), int(rounds)
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as folder:
        clock = HandClock(START * 1_000_000)
        house = WardServer(WardConfig(database=str(Path(folder) / "ward.db"), listeners=(), clock=clock))
        house.store.keep(
            [Arrival("hl7", "hl7", f"a{p}", adt("A01", p, 0), clock.now()) for p in range(1, patients + 1)]
        )
        house.engine.round()
        whole = [round_of(house, clock, patients, number) for number in range(rounds)][NOT_COUNTED:]
        alone = worked_out(house, patients)[1 + NOT_COUNTED :]
        house.close()
    times = [1e6 * seconds / patients for seconds in (min(alone), median(alone), min(whole), median(whole))]
    rates = f"{1e6 / times[0]:,.0f}, {1e6 / times[2]:,.0f}"
    row = (
        f"{patients:,}", f"{patients * rounds:,}", commit, *(f"{one:.0f}" for one in times), rates, f"{os.getloadavg()[0]:.1f}",
    )  # fmt: skip
    print(" | ".join(row))
    command = f"python benchmarks/ward_reducer.py {patients} {rounds} {commit}"
    write_row("ward_reducer", HEADS, row, command, key=3)


if __name__ == "__main__":
    main()
