"""Figures as SVG without any library: for a page, whose style sheet gives the colours, or as a sheet of their own.

Figures of a page are 360 units wide, so that their letters stay readable on a phone, and follow its light and dark.
"""

from math import isfinite
from xml.sax.saxutils import escape

WIDTH, _LABEL, _RIGHT, _ROW = 360, 128, 44, 24
NOTE = "For research and teaching. Not a medical device."


def bars(title: str, rows: list[tuple[str, float, str]]) -> str:
    """One bar for each (name, share from 0 to 1, what to write behind it).

    >>> bars("Deaths", [("shock", 0.4, "40 %")]).count("<rect")
    1
    """
    room = WIDTH - _LABEL - _RIGHT - 26
    parts = []
    for row, (name, share, said) in enumerate(rows):
        top, wide = 8 + row * _ROW, round(room * (share if isfinite(share) else 0.0), 1)
        parts.append(text(_LABEL - 8, top + 14, name, "end"))
        parts.append(f'<rect class="one" x="{_LABEL}" y="{top + 3}" width="{wide}" height="15" rx="2"/>')
        parts.append(text(_LABEL + wide + 5, top + 14, said))
    return _figure(title, 16 + _ROW * len(rows), parts)


def dots(title: str, rows: list[tuple[str, list[tuple[float, float, float]]]]) -> str:
    """For each name, dots with their intervals (value, low, high; 0 to 1), one series after another."""
    parts, bottom = [], 12 + 30 * len(rows)
    room = WIDTH - _LABEL - 20
    for tick in (0.0, 0.5, 1.0):
        x = _LABEL + room * tick
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="8" y2="{bottom}"/>')
        parts.append(text(x, bottom + 15, f"{tick:.0%}", "middle"))
    for row, (name, series) in enumerate(rows):
        parts.append(text(_LABEL - 8, 12 + 30 * row + 16, name, "end"))
        for number, (value, low, high) in enumerate(series):
            if not isfinite(value):
                continue
            y, ink = 12 + 30 * row + 8 + 9 * number, ("one", "two")[number]
            x, start, end = (round(_LABEL + room * v, 1) for v in (value, low, high))
            parts.append(f'<line class="{ink} line" x1="{start}" x2="{end}" y1="{y}" y2="{y}"/>')
            parts.append(f'<circle class="{ink}" cx="{x}" cy="{y}" r="4"/>')
    return _figure(title, bottom + 24, parts)


def histogram(title: str, counts: list[tuple[str, int]], unit: str) -> str:
    """Counts side by side; every fourth name is written below, and the unit under them."""
    left, bottom = 34, 150
    wide = (WIDTH - left - 8) / max(1, len(counts))
    top = max(1, max(count for _, count in counts))
    parts = [
        text(left - 6, 22, f"{top}", "end"),
        text(left - 6, bottom, "0", "end"),
        f'<line class="grid" x1="{left}" x2="{WIDTH - 8}" y1="{bottom}" y2="{bottom}"/>',
    ]
    for index, (name, count) in enumerate(counts):
        high = round(132 * count / top, 1)
        x = round(left + index * wide, 1)
        parts.append(
            f'<rect class="one" x="{x + 0.5}" y="{bottom - high}" width="{wide - 1:.1f}" height="{high}"/>'
        )
        if index % 4 == 0:
            parts.append(text(x + wide / 2, bottom + 15, name, "middle"))
    return _figure(title, bottom + 38, [*parts, text((left + WIDTH) / 2, bottom + 31, unit, "middle")])


def lines(title: str, xs: list[float], series: list[tuple[str, list[float | None]]], unit: str) -> str:
    """Curves over the same x, up to three, each named at its end; the line of x = 0 is marked."""
    left, bottom, right = 34, 150, 62
    known = [value for _, values in series for value in values if value is not None]
    top, low, high = max([1.0, *known]), min(xs), max(xs)

    def place(x):
        return round(left + (WIDTH - left - right) * (x - low) / (high - low), 1)

    parts = [
        text(left - 6, 22, f"{top:.3g}", "end"),
        text(left - 6, bottom, "0", "end"),
        f'<line class="grid" x1="{left}" x2="{WIDTH - right}" y1="{bottom}" y2="{bottom}"/>',
        f'<line class="grid dashed" x1="{place(0)}" x2="{place(0)}" y1="12" y2="{bottom}"/>',
    ]
    for x in (low, 0, high):
        parts.append(text(place(x), bottom + 15, f"{x:g}", "middle"))
    ends = []
    for number, (name, values) in enumerate(series):
        ink = ("one", "two", "three")[number]
        points = [
            (place(x), round(bottom - 132 * v / top, 1))
            for x, v in zip(xs, values, strict=True)
            if v is not None
        ]
        parts.append(f'<polyline class="{ink} line" points="{" ".join(f"{x},{y}" for x, y in points)}"/>')
        y = points[-1][1] + 4 if points else 20
        y += 14 * any(abs(y - other) < 12 for other in ends)
        ends.append(y)
        parts.append(text(WIDTH - right + 5, y, name, ink=f"{ink} word"))
    return _figure(
        title, bottom + 38, [*parts, text((left + WIDTH - right) / 2, bottom + 31, unit, "middle")]
    )


def _figure(title: str, height: float, parts: list[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" role="img"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def text(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    ink: str = "",
    size: int | None = None,
    fill: str = "",
) -> str:
    """Words at a place, with a class of the page (`ink`), or a size and colour of their own.

    >>> text(1, 2.5, "a < b", "end")
    '<text x="1" y="2.5" text-anchor="end">a &lt; b</text>'
    """
    own = {"class": ink, "font-size": size, "fill": fill}
    told = "".join(f' {name}="{value}"' for name, value in own.items() if value)
    return f'<text{told} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def sheet(width: float, height: float, title: str, parts: list[str], note: str) -> str:
    """A figure of its own on white, with its title above and a note below.

    >>> sheet(10, 10, "two", [], "made up").count("<text")
    2
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{text(10, 22, title, size=15)}{''.join(parts)}{text(10, height - 12, note)}</svg>"
    )
