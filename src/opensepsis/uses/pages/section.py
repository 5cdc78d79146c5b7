"""One part of a page: a question, a figure, and the same numbers as a table that a screen reader reads."""

from dataclasses import dataclass, field
from html import escape
from re import search

import polars as pl

from opensepsis.uses.pages.drawing import in_page

_LINK = '<p class="note"><a href="data/{name}.csv" download aria-label="CSV: {title}">CSV</a></p>'
_HALF = 480  # units: a figure as wide stands beside another
_LEAST = 0.75  # of its size


@dataclass(frozen=True)
class Section:
    """`table` has the numbers of the figure in words a reader knows; `name` is that of its CSV file; `svg` may be empty."""

    name: str
    title: str
    text: str
    table: pl.DataFrame
    svg: str = ""
    alt: str = ""
    percent: frozenset[str] = field(default_factory=frozenset)
    empty: str = "There is nothing to show here."  # what is said where the table has no row


@dataclass(frozen=True)
class Page:
    """A page of the report with its sections."""

    name: str
    title: str
    sections: tuple[Section, ...]


def section_html(section: Section, csv: bool) -> str:
    """A section: its figure, its numbers, and a link to its CSV file if it has one."""
    title, text, name = (escape(one, quote=True) for one in (section.title, section.text, section.name))
    if section.table.is_empty():
        return f'<section id="{name}"><h2>{title}</h2><p>{text} {escape(section.empty)}</p></section>'
    wide = _width(section.svg)
    figure = _figure(section, title, wide) if section.svg else ""
    half = ' class="half"' if 0 < wide <= _HALF else ""
    return (
        f'<section id="{name}"{half}><h2>{title}</h2><p>{text}</p>{figure}'
        f"<details{'' if figure else ' open'}><summary>The numbers</summary>{_table(section)}</details>"
        f"{_LINK.format(name=name, title=title) if csv else ''}</section>"
    )


def _width(svg: str) -> float:
    """The width that a figure was drawn for."""
    found = search(r'<svg [^>]*?\bwidth="([\d.]+)"', svg)
    return float(found[1]) if found else 0.0


def _figure(section: Section, title: str, wide: float) -> str:
    """The figure; on a phone it is moved sideways rather than made too small to read."""
    told = (
        f'role="img" aria-label="{escape(section.alt, quote=True)}" style="min-width:{_LEAST * wide:.0f}px"'
    )
    svg = in_page(section.svg).replace("<svg ", f"<svg {told} ", 1)
    return f'<figure tabindex="0" role="group" aria-label="{title}">{svg}</figure>'


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
