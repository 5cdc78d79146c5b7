"""Labels the example hospital, with its report, a stay's page and the learner's page; then simulates patients and compares with the truth.

Run: python examples/demo.py (`make demo`)
"""

import csv
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table

import opensepsis
from opensepsis.learn import write_page
from opensepsis.report import write_report
from opensepsis.uses.label import Labels, why_stay
from opensepsis.uses.simulate import Simulation, compare_with_truth, simulate, truth_page

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "demo"
SIMULATED = HERE.parent / "out" / "demo-simulated"
PATIENTS = 1000
AGAINST = ("sepsis3", "sepsis3:lowest_so_far", "sepsis2", "adult_sepsis_event", "septic_shock")


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
    example_hospital(console)
    simulated_hospital(console)


def example_hospital(console: Console) -> None:
    """The invented hospital of examples/hospital: who has sepsis, since when, and why the first patient has it."""
    labels = opensepsis.label("csv", HERE / "hospital", OUT, stay_kind="hospital", variants=True)
    report = write_report(OUT, OUT.with_name("demo-report"), mask=1)  # invented patients need no mask
    page = labels.show("S01").write(OUT.with_name("demo-S01.html"))
    console.print(f"Open in a browser: the hospital's report {report.first}", highlight=False)
    console.print(f"                   one of its stays {page}", highlight=False)
    console.print(
        f"                   the learner's page {write_page(OUT.with_name('demo-learn'))}\n", highlight=False
    )
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
    opensepsis.label(
        "csv", HERE / "hospital", OUT, stay_kind="hospital", definitions="sofa,sepsis3,septic_shock"
    )
    console.print(
        "Why? The first patient, explained by `opensepsis why out/demo --stay S01`:\n", highlight=False
    )
    console.print(why_stay(OUT, "S01"), markup=False, highlight=False)


def simulated_hospital(console: Console) -> None:
    """Virtual patients, labelled like any hospital's, beside what really happened to them."""
    console.print(f"\nSimulating {PATIENTS:,} patients, and labelling them as if they were a hospital's ...")
    simulation = simulate(PATIENTS, hours=168, seed=1, out=SIMULATED / "simulation")
    labels = opensepsis.label(
        "timeline",
        simulation.path / "timelines" / "usual",
        SIMULATED / "labels",
        stay_kind="hospital",
        definitions=["sofa", *AGAINST],
    )
    console.print(against_truth(simulation, labels))


def against_truth(simulation: Simulation, labels: Labels) -> Table:
    """Each definition's labels beside the truth, as a table; the page with figures is written next to the labels."""
    truth = simulation.truth.collect()
    found = [compare_with_truth(labels.stays, truth, name) for name in AGAINST]
    page = SIMULATED / "index.html"
    page.write_text(truth_page(simulation, found, labels.scores["sofa"]), encoding="utf-8")
    table = Table(
        title=f"{PATIENTS:,} simulated patients: labels against the truth", caption=f"Figures: {page}"
    )
    for column in ("definition", "true", "sensitivity", "specificity", "onset error, h: median (quartiles)"):
        table.add_column(column, justify="left" if column == "definition" else "right")
    for one in found:
        low, middle, high = one.quartiles()
        table.add_row(
            one.definition,
            f"{one.sensitivity.whole:,}",
            f"{one.sensitivity.value:.1%}",
            f"{one.specificity.value:.1%}",
            f"{middle:+.1f} ({low:+.1f} to {high:+.1f})",
        )
    return table


if __name__ == "__main__":
    main()
