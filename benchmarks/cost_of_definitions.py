"""What the definitions added since a commit cost: processor time of `opensepsis label` with those of then, and with all of today.

    python benchmarks/cost_of_definitions.py SHARED [WORK] [COPIES] [BEFORE] [TIMES]

Both sets are worked out by this commit, on COPIES (100) copies of the MIMIC-IV demo, in turn, TIMES (3) times; BEFORE (3ec7974, version
0.2.0) only says which definitions there were. Variants are left out but for the NHSN drafts, which are definitions of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

from speed import HERE, checked_out, copies, machine, run

NAMES = """
from opensepsis.definitions import DEFINITIONS
print(",".join(n for n in DEFINITIONS if ":" not in n or n.endswith(":nhsn_draft")))
"""


def names(checkout: Path) -> str:
    """The definitions of a checkout, with commas."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "src")}
    command = [sys.executable, "-c", NAMES]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, cwd=checkout
    ).stdout.strip()


def main() -> None:
    asked = dict(enumerate(sys.argv))
    shared, work = Path(asked.get(1, "../shared")), Path(asked.get(2, "/tmp/opensepsis-bench"))
    number, commit, times = int(asked.get(3, 100)), asked.get(4, "3ec7974"), int(asked.get(5, 3))
    if not (shared / "data" / "mimic-iv-demo").is_dir():
        raise SystemExit(f"{shared} holds no data/mimic-iv-demo; nothing was measured.")
    data = copies(shared, work, number)
    sets = {"before": names(checked_out(commit, work)), "all": names(HERE)}
    print(f"python {' '.join(sys.argv)}; {machine()}; load {os.getloadavg()[0]:.0f}")
    print({which: told.count(",") + 1 for which, told in sets.items()}, "definitions;", number, "copies")
    cost: dict[str, list[float]] = {which: [] for which in sets}
    for _ in range(times):
        for which, told in sets.items():
            cost[which].append(run(HERE, data, work / "out", told, old_options=False).cpu)
        print({which: f"{spent[-1]:.1f} s" for which, spent in cost.items()}, flush=True)
    for what, of in (("sums", sum), ("least", min)):
        print(f"ratio of the {what}: {of(cost['all']) / of(cost['before']):.3f}")


if __name__ == "__main__":
    main()
