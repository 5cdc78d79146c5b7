"""Figures, tables and pages as every use shows them: `drawing` makes SVG, `charts` the figures, `section` and `document` the HTML."""

from collections.abc import Callable
from importlib.util import find_spec

import polars as pl

NOTE = "For research and teaching. Not a medical device."
NO_FIGURE = "no figure is drawn without the extra `report`"


def can_draw() -> bool:
    """Whether what figures need is installed: the extra `report`.

    >>> can_draw()
    True
    """
    return all(find_spec(name) is not None for name in ("altair", "vl_convert"))


def figure_or_table(figure: Callable[[], str], table: pl.DataFrame) -> str:
    """What a notebook shows: the figure, or the table where none can be drawn."""
    return figure() if can_draw() else table._repr_html_()
