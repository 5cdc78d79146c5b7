"""The one way to draw: Vega-Lite through Altair, as SVG, without a network. Only this module knows what draws."""

from opensepsis.errors import MissingError

try:
    import altair as alt
    import vl_convert
    from altair.typing import ChartType
except ModuleNotFoundError as missing:
    raise MissingError(
        f"Figures need '{missing.name}', which is not installed. Install opensepsis with its extra `report`."
    ) from None

# As on white paper; a page has each under its name, in the light and in the dark (page.css).
COLOURS = {
    "ink": "#1b1f24",
    "faint": "#8a94a0",
    "grid": "#e5e9ed",
    "accent": "#0b57d0",
    "signal": "#c0392b",
    "paper": "#ffffff",
}
INK, FAINT, GRID, ACCENT, SIGNAL, PAPER = COLOURS.values()
# middle tones, which stay readable on white and on black
TONES = ["#2f80c8", "#d0623f", "#4f9636", "#9068c0", "#a87f14", "#7c8696"]


_WORDS = {
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "labelColor": INK,
    "titleColor": INK,
}
_LOOK = {
    "font": "Arial, Liberation Sans, sans-serif",
    "background": PAPER,
    "view": {"stroke": None},
    "axis": _WORDS | {"gridColor": GRID, "domainColor": FAINT, "tickColor": FAINT, "labelLimit": 320},
    "legend": _WORDS,
    "title": {"anchor": "start", "color": INK, "subtitleColor": INK, "fontSize": 15, "subtitleFontSize": 12},
    "text": {"fontSize": 12, "color": INK},
    "range": {"category": TONES},
}


def as_svg(chart: ChartType, left: int = 0, right: int = 0) -> str:
    """The figure as SVG. Fonts are those of the reader: so many letters `left` and `right` can need more room than was measured."""
    room = {"left": 5 + 1.3 * left, "right": 5 + 1.3 * right, "top": 5, "bottom": 5}
    # joined as plain dictionaries: a chart copies itself whole at each change
    return vl_convert.vegalite_to_svg(chart.to_dict() | {"config": _LOOK, "padding": room})


def in_page(svg: str) -> str:
    """The figure in the colours of a page, which follow its light and dark.

    >>> in_page('<path fill="#0b57d0"/>')
    '<path fill="var(--accent)"/>'
    """
    for name, colour in COLOURS.items():
        svg = svg.replace(f'"{colour}"', f'"var(--{name})"')
    return svg


def sheet(chart: ChartType, title: str, notes: list[str], left: int = 0, right: int = 0) -> str:
    """A figure of its own on white, with its title and notes above."""
    titled = alt.hconcat(chart).properties(title=alt.TitleParams(title, subtitle=notes, offset=14))
    return as_svg(titled, left, right)
