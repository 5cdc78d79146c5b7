"""What the definitions added since a commit cost: processor time of `opensepsis label` with those of then, and with all of today.

Writes docs/performance-definitions.md.

    python benchmarks/cost_of_definitions.py SHARED [WORK] [COPIES] [BEFORE] [TIMES]

Both sets are worked out by this commit, on COPIES (100) copies of the MIMIC-IV demo, in turn, TIMES (3) times; BEFORE (3ec7974, version
0.2.0) only says which definitions there were. Variants are left out but for the NHSN drafts, which are definitions of their own.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from speed import HERE, checked_out, copies, machine, run

PAGE = HERE / "docs" / "performance-definitions.md"

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
    load, counted = os.getloadavg()[0], {which: told.count(",") + 1 for which, told in sets.items()}
    print(f"python {' '.join(sys.argv)}; {machine()}; load {load:.0f}")
    print(counted, "definitions;", number, "copies")
    cost: dict[str, list[float]] = {which: [] for which in sets}
    for _ in range(times):
        for which, told in sets.items():
            cost[which].append(run(HERE, data, work / "out", told, old_options=False).cpu)
        print({which: f"{spent[-1]:.1f} s" for which, spent in cost.items()}, flush=True)
    for what, of in (("sums", sum), ("least", min)):
        print(f"ratio of the {what}: {of(cost['all']) / of(cost['before']):.3f}")
    PAGE.write_text(page(number, commit, counted, cost, load), encoding="utf-8")


def page(number: int, commit: str, counted: dict[str, int], cost: dict[str, list[float]], load: float) -> str:
    """What was measured, as a page."""
    least = {which: min(spent) for which, spent in cost.items()}
    lines = [
        "# What the newer definitions cost",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python benchmarks/cost_of_definitions.py`, {number} copies of the MIMIC-IV demo;",
        f"{machine()}; load of the machine before the start {load:.1f}.",
        "",
        f"Processor time of `opensepsis label` of this commit, in turn with the {counted['before']} definitions of commit {commit} "
        f"and with all {counted['all']} of today; variants left out but for the NHSN drafts.",
        "",
        "| definitions | "
        + " | ".join(f"run {n}, s" for n, _ in enumerate(cost["all"], 1))
        + " | least, s |",
        "| --- |" + " --- |" * (len(cost["all"]) + 1),
        *(
            f"| {counted[which]} | " + " | ".join(f"{s:.1f}" for s in spent) + f" | {least[which]:.1f} |"
            for which, spent in cost.items()
        ),
        "",
        f"All definitions take {least['all'] / least['before']:.3f} times the processor time of the earlier ones (least of each), "
        f"{sum(cost['all']) / sum(cost['before']):.3f} by the sums.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
