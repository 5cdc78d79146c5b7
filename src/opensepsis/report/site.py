"""The pages of a report on disk: HTML that loads nothing, a CSV beside each figure."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.errors import DefinitionError
from opensepsis.report.agreement import agreement
from opensepsis.report.burden import burden
from opensepsis.report.care import care
from opensepsis.report.facts import Facts, read_facts
from opensepsis.report.outcome import outcome
from opensepsis.report.quality import quality
from opensepsis.report.section import Page, Section
from opensepsis.report.unknown import unknown

MARKER = "report.json"
USUAL_MASK = 10
_NOTHING = "There is nothing to show here."
_LINK = '<p class="note"><a href="data/{name}.csv" download>CSV</a></p>'


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
        ("How far definitions agree", lambda: agreement(facts)),
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
    links = "".join(
        f'<li><a href="{other.name}.html"{" aria-current=page" if other is page else ""}>{escape(other.title)}</a></li>'
        for other in pages
    )
    sections = "".join(section_html(section) for section in page.sections)
    template = (files("opensepsis.report") / "page.html").read_text("utf-8")
    filled = {
        "css": (files("opensepsis.report") / "page.css").read_text("utf-8"),
        "title": escape(page.title),
        "about": escape(_about(facts)),
        "links": links,
        "sections": sections or "<p>These results hold nothing for this page.</p>",
        "foot": escape(f"Made by opensepsis {run['opensepsis']}. {run['not_a_medical_device']}"),
    }
    for name, text in filled.items():
        template = template.replace(f"<!--{name}-->", text)
    return template


def _about(facts: Facts) -> str:
    stays = facts.stays
    months = (stays["month"].min(), stays["month"].max())
    hidden = f" Counts of 1 to {facts.mask - 1} people are hidden." if facts.mask > 1 else ""
    kind = facts.labels.run["stays"]["kind"].replace("icu", "intensive care")
    if facts.shifted:
        hidden += f" Admissions span {facts.years} years: dates are shifted, and nothing is shown by month."
    return f"{stays.height:,} {kind} stays, admitted {months[0]} to {months[1]}.{hidden}"


def section_html(section: Section, csv: bool = True) -> str:
    """A section: its figure, its numbers, and a link to its CSV file if it has one."""
    figure, name = "", escape(section.name, quote=True)
    if section.svg:
        svg = section.svg.replace(
            "<svg ", f'<svg role="img" aria-label="{escape(section.alt, quote=True)}" ', 1
        )
        title = escape(section.title, quote=True)
        figure = f'<figure tabindex="0" role="group" aria-label="{title}">{svg}</figure>'
    if section.table.is_empty():
        return f'<section id="{name}"><h2>{escape(section.title)}</h2><p>{escape(section.text)} {_NOTHING}</p></section>'
    return (
        f'<section id="{name}"><h2>{escape(section.title)}</h2><p>{escape(section.text)}</p>{figure}'
        f"<details{'' if figure else ' open'}><summary>The numbers</summary>{_table(section)}</details>"
        f"{_LINK.format(name=name) if csv else ''}</section>"
    )


def _table(section: Section) -> str:
    table = section.table
    columns = [c for c in table.columns if c != "hidden"]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = []
    for row in table.iter_rows(named=True):
        cells = [_cell(section, row, name) for name in columns]
        rows.append(
            f'<tr><th scope="row">{cells[0]}</th>{"".join(f"<td>{cell}</td>" for cell in cells[1:])}</tr>'
        )
    title = escape(section.title, quote=True)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}, table">'
        f"<table><caption>{title}</caption>{body}</table></div>"
    )


def _cell(section: Section, row: dict, name: str) -> str:
    value = row[name]
    if value is None:
        return escape(row.get("hidden") or "–") if section.table.schema[name].is_integer() else "–"
    if name in section.percent and isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return escape(f"{value:.3g}" if isinstance(value, float) else str(value))
