"""A comparison as a figure (SVG): prevalence and mortality of each definition, and the agreement of each two."""

from xml.sax.saxutils import escape

import polars as pl

from opensepsis.uses.svg import NOTE, sheet, text

_ROW, _LABEL, _BAR, _TOP = 22, 270, 200, 60
_PREVALENCE, _MORTALITY = "#1b6ca8", "#c8553d"


def draw(definitions: pl.DataFrame, pairs: pl.DataFrame, stays: int) -> str:
    """The figure as SVG text."""
    names = definitions["definition"].to_list()
    bars = "".join(_bars(i, row) for i, row in enumerate(definitions.to_dicts()))
    left = _LABEL + 2 * _BAR + 90
    width, height = left + _ROW * len(names) + 30, _TOP + _ROW * len(names) + 40
    heads = (
        text(_LABEL, _TOP - 12, "prevalence")
        + text(_LABEL + _BAR + 60, _TOP - 12, "death in the stay")
        + text(left, _TOP - 12, "Cohen's kappa, 0 white to 1 green")
    )
    title = f"{len(names)} definitions, {stays:,} stays"
    return sheet(width, height, title, [heads, bars, _grid(names, pairs, left)], NOTE)


def _bars(index: int, row: dict) -> str:
    top = _TOP + index * _ROW
    label = text(_LABEL - 8, top + 14, row["definition"], anchor="end")
    return label + "".join(
        _bar(left, top, row[column], colour)
        for left, column, colour in (
            (_LABEL, "prevalence", _PREVALENCE),
            (_LABEL + _BAR + 60, "mortality", _MORTALITY),
        )
    )


def _bar(left: int, top: int, share: float | None, colour: str) -> str:
    if share is None:
        return text(left, top + 14, "–")
    wide = round(share * _BAR, 1)
    return f'<rect x="{left}" y="{top + 3}" width="{wide}" height="{_ROW - 6}" fill="{colour}"/>' + text(
        left + wide + 4, top + 14, f"{share:.1%}"
    )


def _grid(names: list[str], pairs: pl.DataFrame, left: int) -> str:
    """One square for each two definitions; the number inside is kappa in hundredths."""
    place = {name: i for i, name in enumerate(names)}
    cells = [(i, i, 1.0, name, name) for i, name in enumerate(names)]
    for row in pairs.to_dicts():
        i, j = place[row["definition"]], place[row["other"]]
        cells += [(i, j, row["kappa"], row["definition"], row["other"])]
        cells += [(j, i, row["kappa"], row["other"], row["definition"])]
    return "".join(_cell(left, *cell) for cell in cells)


def _cell(left: int, row: int, column: int, kappa: float | None, name: str, other: str) -> str:
    x, y = left + column * _ROW, _TOP + row * _ROW
    strength = max(0.0, kappa or 0.0)
    colour = f"rgb({round(255 - 180 * strength)},{round(255 - 112 * strength)},{round(255 - 214 * strength)})"
    said = "not known" if kappa is None else f"{kappa:.2f}"
    number = "" if kappa is None else f"{kappa * 100:.0f}"
    return (
        f'<g><title>{escape(name)} and {escape(other)}: {said}</title><rect x="{x}" y="{y}" width="{_ROW - 1}" '
        f'height="{_ROW - 1}" fill="{colour}" stroke="#ddd"/>'
        f"{text(x + _ROW / 2, y + 14, number, anchor='middle', size=9)}</g>"
    )
