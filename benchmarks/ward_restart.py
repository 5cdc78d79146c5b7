"""How long a ward takes to have its patients back: from a snapshot that is a quarter of an hour old, and from the whole log
(not with --quick).

    python benchmarks/ward_restart.py [PATIENTS] [ROUNDS] [--quick]

Each patient is admitted and sends a set of vital signs every 15 min; the snapshot is taken before the last round. Writes into
docs/performance-ward.md the seconds (wall and processor) of a new process until the state is complete, and after how many of them the
ports of an installed ward on that database listen.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from page_table import write_row
from running_ward import listening_after, with_bytecode
from ward_memory import START, VITALS, adt, measured

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer

EVERY = 15
AT_ONCE = 200
RESTART = """
import sys, time
from opensepsis.uses.ward.server import WardConfig, WardServer
house = WardServer(WardConfig(database=sys.argv[1], listeners=()))
house.engine.rebuild()
print(f"{time.process_time():.1f} {len(house.engine.ward.patients)}", flush=True)
"""


HEADS = (
    "patients", "messages", "entries of the log", "begun from", "wall s", "processor s", "listening after s", "load",
)  # fmt: skip


def restarted(database: str, patients: int) -> tuple[str, str, str]:
    """How long a new process took, by the wall's clock and of the processor, and until a ward listens."""
    began = time.monotonic()
    command = [sys.executable, "-c", RESTART, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=with_bytecode()) as process:
        said = process.stdout.readline() if process.stdout else ""
        took = time.monotonic() - began
    used, found = said.split()
    assert int(found) == patients, f"{found} of {patients} are back"
    copy = f"{database}.copy"  # for a ward that goes by today's clock
    with sqlite3.connect(database) as kept, sqlite3.connect(copy) as other:
        kept.backup(other)
    return f"{took:.1f}", used, f"{listening_after(copy):.1f}"


def sent(house: WardServer, clock: HandClock, patients: int, minute: int) -> None:
    """One round of everybody's vital signs."""
    now = (START + minute * 60) * 1_000_000
    for first in range(1, patients + 1, AT_ONCE):  # 0 is a placeholder for a number, and nobody's
        clock.set(now + first)
        some = range(first, min(first + AT_ONCE, patients + 1))
        messages = [
            Arrival("hl7", "hl7", f"{p}-{minute}", measured(VITALS, p, minute), now + first) for p in some
        ]
        house.store.keep(messages)
        house.engine.round()


def main() -> None:
    said = [one for one in sys.argv[1:] if one != "--quick"]
    patients, rounds = (int(one) for one in (said + ["2000", "28"][len(said) :])[:2])
    database = str(Path(tempfile.mkdtemp(prefix="opensepsis-bench-")) / "ward.db")
    clock = HandClock(START * 1_000_000)
    house = WardServer(WardConfig(database=database, listeners=(), clock=clock))
    house.store.keep(
        [Arrival("hl7", "hl7", f"a{p}", adt("A01", p, 0), clock.now()) for p in range(1, patients + 1)]
    )
    for number in range(rounds):
        if number == rounds - 1:
            house.engine.take_snapshot()  # the end of one that was begun earlier, if one was
            house.engine.take_snapshot()
        sent(house, clock, patients, number * EVERY)
    messages, entries = house.store.database.rows(
        "SELECT (SELECT max(number) FROM message), (SELECT max(number) FROM entry)"
    )[0]
    house.close()
    size = (f"{patients:,}", f"{messages:,}", f"{entries:,}")
    _tell(size, "a snapshot and the last round", restarted(database, patients))
    if "--quick" in sys.argv:
        return
    house = WardServer(WardConfig(database=database, listeners=()))
    with house.store.database.transaction() as run:
        run("DELETE FROM snapshot")
    house.close()
    _tell(size, "the whole log", restarted(database, patients))


def _tell(size: tuple[str, ...], begun_from: str, took: tuple[str, ...]) -> None:
    row = (*size, begun_from, *took, f"{os.getloadavg()[0]:.1f}")
    print(" | ".join(row))
    write_row(
        "ward_restart", HEADS, row, f"python benchmarks/ward_restart.py {' '.join(sys.argv[1:])}", key=4
    )


if __name__ == "__main__":
    main()
