"""Prints docs/generated from the definitions; with --check it fails when a page is stale."""

import csv
import sys
from itertools import groupby
from pathlib import Path

import conformance

from opensepsis.definitions import DEFINITIONS
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import PLACES, ROUTES
from opensepsis.definitions.single_parameter import SINGLE_PARAMETER
from opensepsis.docgen.choices_page import choices_page
from opensepsis.docgen.pages import page
from opensepsis.schema import EVENTS, RUN, SEPSIS, TABLES

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- printed from opensepsis.schema -->\n", "<!-- end of what is printed -->\n"
HERE = Path(__file__).resolve().parents[1] / "docs" / "generated"


def pages() -> dict[str, str]:
    """Every page by file name."""
    found = {f"{name.replace(':', '-')}.md": page(d, DEFINITIONS) for name, d in DEFINITIONS.items()}
    found |= {f"{name}.md": page(chart) for name, chart in SINGLE_PARAMETER.items()}
    return found | {
        "index.md": index(),
        "choices.md": choices_page(DEFINITIONS, effects()),
        "concepts.md": concepts(),
        "conformance.md": conformance.page(),
        "columns.md": columns(),
    }


def effects() -> dict[str, dict[str, str]]:
    """What each variant changes on simulated patients, as scripts/effect_of_variants.py wrote it."""
    with (ROOT / "docs" / "sources" / "effect_of_variants.csv").open(encoding="utf-8", newline="") as file:
        return {row["variant"]: row for row in csv.DictReader(file)}


def index() -> str:
    """The list of all definitions."""
    lines = ["# Definitions", "", "| name | title | source | checked |", "| --- | --- | --- | --- |"]
    for name, d in (DEFINITIONS | SINGLE_PARAMETER).items():
        checked = "yes" if d.paper.verified else "**no**"
        lines.append(
            f"| [`{name}`]({name.replace(':', '-')}.md) | {d.why or d.title} | {d.paper.cite} | {checked} |"
        )
    below = "Concepts that can be recorded: [concepts](concepts.md). Columns of the output: [columns](columns.md). "
    below += "Where the literature is silent, and what we took: [choices](choices.md)."
    return "\n".join([*lines, "", below, ""])


def columns() -> str:
    """The dictionary of every column that is written."""
    lines = [
        "# Dictionary of every column",
        "",
        "Printed from `opensepsis.schema`. Times are in UTC. An empty cell never means 0 or *no*.",
        "",
    ]
    for table in TABLES.values():
        lines += [f"## `{table.file}`", "", f"One row for each {table.row_for}: {table.holds}.", ""]
        lines += ["| column | type | unit | meaning | empty when |", "| --- | --- | --- | --- | --- |"]
        for c in table.columns:
            name = f"`{c.name}`" + (" (sepsis and shock only)" if c.each == SEPSIS else "")
            lines.append(f"| {name} | {c.type} | {c.unit} | {c.meaning} | {c.empty} |")
        lines.append("")
    return "\n".join(lines)


def readme_table() -> str:
    """The table of files in the README."""
    lines = ["| file in the output folder | one row for | holds |", "| --- | --- | --- |"]
    shown = [t for t in TABLES.values() if t.name != "events"]
    lines += [f"| `{t.file}` | {t.row_for} | {t.holds} |" for t in shown]
    lines += [f"| `run.json` | run | {RUN} |", f"| `timeline/` | | {EVENTS.holds} |"]
    return "\n".join([*lines, ""])


def readme() -> tuple[str, str]:
    """The README as it is, and as it should be."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return text, before + BEGIN + readme_table() + END + rest.partition(END)[2]


def concepts() -> str:
    """The list of all concepts."""
    lines = [
        "# Concepts",
        "",
        "| name | what | unit | kind | plausible | words |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, c in CONCEPTS.items():
        limits = f"{c.plausible[0]:g} to {c.plausible[1]:g}" if c.plausible else ""
        lines.append(f"| `{name}` | {c.label} | {c.unit} | {c.kind} | {limits} | {', '.join(c.words)} |")
    return "\n".join([*lines, "", *words(), ""])


def words() -> list[str]:
    """What texts are read as: words of concepts, routes of doses, places of discharge, each with its spellings."""
    lines = [
        "## Words",
        "",
        "Case, spaces and punctuation make no difference. SNOMED CT and LOINC codes are also read.",
        "",
    ]
    for name, c in CONCEPTS.items():
        if c.words:
            lines += [f"**`{name}`**", "", *(_spelled(word, c.spelled) for word in c.words), ""]
    routes = {route: way for _, route, way in ROUTES}
    spelled = tuple((spelling, route) for spelling, route, _ in ROUTES if spelling != route)
    lines += ["## Routes of doses", "", "The route follows the `|` of a dose.", ""]
    lines += [_spelled(route, spelled, f" ({way})") for route, way in routes.items()]
    lines += ["", "## Places of discharge", ""]
    lines += [
        "`discharged_to` of a stay contains one of these words; the first line with a match counts.",
        "",
    ]
    for kind, group in groupby(PLACES.kinds, key=lambda listed: listed[0]):
        lines.append(f"* {kind.replace('_', ' ')}: {', '.join(word for _, word in group)}")
    return lines


def _spelled(word: str, spelled: tuple[tuple[str, str], ...], after: str = "") -> str:
    others = [other for other, of in spelled if of == word and not any(c.isdigit() for c in other[-4:])]
    return f"* `{word}`{after}" + (f": {', '.join(others)}" if others else "")


def main() -> int:
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.md")}
    if "--check" in sys.argv:
        stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        stale += ["README.md"] if len(set(readme())) > 1 else []
        if stale:
            print(f"Stale pages: {', '.join(stale)}. Run `make docs` and commit them.")
        return 1 if stale else 0
    HERE.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - wanted.keys():
        (HERE / name).unlink()
    for name, text in wanted.items():
        (HERE / name).write_text(text, encoding="utf-8")
    (ROOT / "README.md").write_text(readme()[1], encoding="utf-8")
    print(f"{len(wanted)} pages in docs/generated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
