"""Labels the example hospital, prints who has sepsis and since when, and explains one stay."""

import csv
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table

import opensepsis
from opensepsis.uses.label import why_stay

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "demo"


def stories() -> dict[str, str]:
    """The title of each patient's story, from the comments of the hospital's stays."""
    found, title = {}, ""
    for line in (HERE / "hospital" / "stays.csv").read_text(encoding="utf-8").splitlines():
        if re.match(r"# P\d\d ", line):
            title = line[6:].rstrip(".")
        elif not line.startswith("#") and line.split(",")[0] != "patient":
            found[next(csv.reader([line]))[1]] = title
    return found


def when(moment) -> str:
    """A moment as a clinician reads it."""
    return f"{moment:%d %b %H:%M}" if moment else "–"


def main() -> None:
    console = Console(width=118)
    labels = opensepsis.label("csv", HERE / "hospital", OUT, stays="hospital", variants=True)
    told = stories()
    table = Table(title="Example hospital (invented patients): who has sepsis, and since when (UTC)")
    for column in ("stay", "story", "infection", "Sepsis-3", "with a baseline", "septic shock", "SOFA"):
        table.add_column(column, justify="right" if column == "SOFA" else "left")
    for stay in labels.stays.sort("stay").iter_rows(named=True):
        table.add_row(
            stay["stay"],
            told.get(stay["stay"], ""),
            when(stay["suspected_infection_onset"]),
            when(stay["sepsis3_onset"]),
            when(stay["sepsis3:lowest_so_far_onset"]),
            when(stay["septic_shock_onset"]),
            str(stay["sofa_highest"] if stay["sofa_highest"] is not None else "?"),
        )
    console.print(table)
    console.print(
        "'with a baseline': the rise over the lowest SOFA so far, so chronic organ failure is no sepsis.\n"
    )
    opensepsis.label("csv", HERE / "hospital", OUT, stays="hospital", only="sofa,sepsis3,septic_shock")
    console.print(
        "Why? The first patient, explained by `opensepsis why out/demo --stay S01`:\n", highlight=False
    )
    console.print(why_stay(OUT, "S01"), markup=False, highlight=False)


if __name__ == "__main__":
    main()
