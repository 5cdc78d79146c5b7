"""What is asked of a ward, one measurement after the other, in at most ten minutes of a quiet machine with two cores.

    python benchmarks/ward_page.py [restart|reducer|fhir|hl7|bundle|cds|board …]

Runs the benchmarks that write the tables of docs/performance-ward.md, and prints beside each what is asked. Without names all of
them. Exit status 1 where one failed or took too long.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST = 240.0  # seconds for one of them
MEASURED = {
    "restart": ("ward_restart.py 2000 28 --quick", "restart at most 5 s, listening at most 2 s"),
    "reducer": ("ward_reducer.py 100 24 this", "at least 1,500 messages/s of one core"),
    "fhir": ("ward_fhir.py 5000 16", "at least 500 single resources/s, listening at most 2 s"),
    "hl7": ("ward_big_message.py hl7 100000 1", "no message of others waits more than 1,000 ms"),
    "bundle": ("ward_big_message.py fhir 30000 1", "no message of others waits more than 1,000 ms"),
    "cds": ("ward_cds_hooks.py --patients 2000 --calls 1000 --write", "95 in 100 within 100 ms"),
    "board": (
        "ward_live.py --patients 2000 --observations 1000 --seconds 30 --write",
        "message to board within 500 ms, 99 in 100",
    ),
}


def measured(name: str) -> bool:
    """Runs one benchmark; whether it ended well."""
    said, asked = MEASURED[name]
    began = time.monotonic()
    print(f"{name}: asked is {asked}", flush=True)
    try:
        done = subprocess.run([sys.executable, HERE / said.split()[0], *said.split()[1:]], timeout=LONGEST)
        well = done.returncode == 0
    except subprocess.TimeoutExpired:
        well = False
    print(
        f"  {'took' if well else 'FAILED after'} {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return well


def main() -> None:
    names = sys.argv[1:] or list(MEASURED)
    sys.exit(not all([measured(name) for name in names]))


if __name__ == "__main__":
    main()
