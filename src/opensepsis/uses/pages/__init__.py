"""Figures, tables and pages as every use shows them: `drawing` makes SVG, `charts` the figures, `section` and `document` the HTML."""

from importlib.util import find_spec

NOTE = "For research and teaching. Not a medical device."
NO_FIGURE = "no figure is drawn without the extra `report`"


def can_draw() -> bool:
    """Whether what figures need is installed: the extra `report`.

    >>> can_draw()
    True
    """
    return all(find_spec(name) is not None for name in ("altair", "vl_convert"))
