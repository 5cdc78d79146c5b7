"""How long a ward takes to have its patients back: from a snapshot that is a quarter of an hour old, and from the whole log.

    python benchmarks/ward_restart.py [PATIENTS] [ROUNDS]

Each patient is admitted and sends a set of vital signs every 15 min; the snapshot is taken before the last round. Prints the
seconds (wall and processor) of a new process until the state is complete; the ports of a ward are open before that.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
print(f"{time.process_time():.2f} s of processor time, {len(house.engine.ward.patients):,} patients")
"""


def restarted(database: str) -> str:
    """What a new process says, and how long it took by the wall's clock."""
    began = time.monotonic()
    said = subprocess.run(
        [sys.executable, "-c", RESTART, database], capture_output=True, text=True, check=True
    )
    return f"{time.monotonic() - began:.2f} s, {said.stdout.strip()}"


def sent(house: WardServer, clock: HandClock, patients: int, minute: int) -> None:
    """One round of everybody's vital signs."""
    now = (START + minute * 60) * 1_000_000
    for first in range(0, patients, AT_ONCE):
        clock.set(now + first)
        some = range(first, min(first + AT_ONCE, patients))
        messages = [
            Arrival("hl7", "hl7", f"{p}-{minute}", measured(VITALS, p, minute), now + first) for p in some
        ]
        house.store.keep(messages)
        house.engine.round()


def main() -> None:
    patients, rounds = (int(said) for said in (sys.argv[1:] + ["2000", "28"][len(sys.argv) - 1 :])[:2])
    database = str(Path(tempfile.mkdtemp(prefix="opensepsis-bench-")) / "ward.db")
    clock = HandClock(START * 1_000_000)
    house = WardServer(WardConfig(database=database, listeners=(), clock=clock))
    house.store.keep([Arrival("hl7", "hl7", f"a{p}", adt("A01", p, 0), clock.now()) for p in range(patients)])
    for number in range(rounds):
        if number == rounds - 1:
            house.engine.take_snapshot()
        sent(house, clock, patients, number * EVERY)
    house.close()
    print(f"from the snapshot: {restarted(database)}")
    house = WardServer(WardConfig(database=database, listeners=()))
    with house.store.database.transaction() as run:
        run("DELETE FROM snapshot")
    house.close()
    print(f"from the whole log: {restarted(database)}")


if __name__ == "__main__":
    main()
