"""The pages of a report on disk: HTML that loads nothing, a CSV beside each figure."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from opensepsis.counted import counted
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.errors import DefinitionError
from opensepsis.report.agreement import agreement
from opensepsis.report.burden import burden
from opensepsis.report.care import care
from opensepsis.report.facts import Facts, read_facts
from opensepsis.report.outcome import outcome
from opensepsis.report.quality import quality
from opensepsis.report.unknown import unknown
from opensepsis.uses.pages.document import Link, document
from opensepsis.uses.pages.section import Page

MARKER = "report.json"
USUAL_MASK = 10


@dataclass(frozen=True)
class Report:
    """A report that was written: its folder and its first page."""

    folder: Path
    pages: tuple[str, ...]

    @property
    def first(self) -> Path:
        return self.folder / "index.html"


def write_report(
    results: str | Path,
    out: str | Path,
    mask: int = USUAL_MASK,
    groups: str | Path | None = None,
    progress: Callable[[str], None] = lambda page: None,
) -> Report:
    """A static site about the stays in a folder of results: index.html and its pages, a CSV for each figure.

    No patient or stay is named. Counts of 1 to `mask` - 1 people are hidden, and what would let them be worked out; a `mask` of 1 hides
    none. `groups` is a CSV or Parquet file with `stay` and a column for each kind of group (site, ward …). An earlier report in
    `out` is replaced. MissingError: no results. OutputError: the folder holds something else.
    """
    if mask < 1:
        raise DefinitionError(
            "The smallest count to show must be 1 or more. --mask 10 hides counts of 1 to 9."
        )
    facts = read_facts(results, groups, mask)
    makers: list[tuple[str, Callable[[], Page]]] = [
        ("How much sepsis", lambda: burden(facts)),
        ("How it was treated", lambda: care(facts)),
        ("How it ended", lambda: outcome(facts, as_path(results))),
        ("What is not known", lambda: unknown(facts)),
        ("How well definitions agree", lambda: agreement(facts)),
        ("Data quality", lambda: quality(facts, as_path(results), groups)),
    ]
    pages = []
    for title, make in makers:
        progress(title)
        pages.append(make())
    with whole_folder(as_path(out), MARKER, [as_path(results)]) as folder:
        (folder / "data").mkdir()
        for page in pages:
            (folder / f"{page.name}.html").write_text(_html(page, pages, facts), encoding="utf-8")
            for section in (one for one in page.sections if not one.table.is_empty()):
                section.table.write_csv(folder / "data" / f"{section.name}.csv")
        (folder / MARKER).write_text("{}\n", encoding="utf-8")
    return Report(as_path(out), tuple(page.name for page in pages))


def _html(page: Page, pages: list[Page], facts: Facts) -> str:
    run = facts.labels.run
    links = [Link(f"{other.name}.html", other.title, other is page) for other in pages]
    foot = f"Made by opensepsis {run['opensepsis']}. {run['not_a_medical_device']}"
    return document(page.title, _about(facts), page.sections, foot, "Sepsis report", links, csv=True)


def _about(facts: Facts) -> str:
    stays = facts.stays
    months = (stays["month"].min(), stays["month"].max())
    hidden = f" Counts of 1 to {facts.mask - 1} people are hidden." if facts.mask > 1 else ""
    kind = facts.labels.run["stays"]["kind"].replace("icu", "intensive care")
    if facts.shifted:
        hidden += f" Admissions span {facts.years} years: dates are shifted, and nothing is shown by month."
    return f"{counted(stays.height, f'{kind} stay')}, admitted {months[0]} to {months[1]}.{hidden}"
