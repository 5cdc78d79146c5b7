"""Two definitions side by side as a figure (SVG): a bar for each reason for which stays move."""

from xml.sax.saxutils import escape

import polars as pl

from opensepsis.uses.svg import NOTE, sheet, text

_ROW, _LABEL, _BAR, _TOP = 22, 520, 260, 60
_COLOURS = ("#1b6ca8", "#c8553d", "#7a7a3a", "#5b8c5a", "#8a8a8a", "#b0a18f")
_MOST = 30  # reasons that are drawn; the table has all


def draw(first: str, other: str, moves: pl.DataFrame, stays: int) -> str:
    """The figure as SVG text; `moves` as `moves.counted` gives them."""
    shown = moves.head(_MOST)
    kinds = list(dict.fromkeys(shown["move"]))
    widest = max(shown["stays"].to_list(), default=1)
    bars = "".join(_bar(i, row, kinds.index(row["move"]), widest) for i, row in enumerate(shown.to_dicts()))
    left = "" if moves.height <= _MOST else f"; {moves.height - _MOST} more reasons in the table"
    width, height = _LABEL + _BAR + 120, _TOP + _ROW * shown.height + 40
    title = f"{first} and {other}: {stays:,} stays judged by both"
    return sheet(
        width, height, title, [text(10, 42, f"move: first rule that differs (detail){left}"), bars], NOTE
    )


def _bar(index: int, row: dict, kind: int, widest: int) -> str:
    top = _TOP + index * _ROW
    said = (
        row["move"]
        + (f": {row['rule']}" if row["rule"] else "")
        + (f" ({row['detail']})" if row["detail"] else "")
    )
    wide = round(row["stays"] / widest * _BAR, 1)
    label = text(_LABEL - 8, top + 14, said if len(said) <= 90 else f"{said[:89]}…", anchor="end")
    number = f"{row['stays']:,} ({row['share']:.1%})"
    return (
        f"<g><title>{escape(said)}</title>{label}"
        f'<rect x="{_LABEL}" y="{top + 3}" width="{wide}" height="{_ROW - 6}" fill="{_COLOURS[kind % len(_COLOURS)]}"/>'
        f"{text(_LABEL + wide + 4, top + 14, number)}</g>"
    )
