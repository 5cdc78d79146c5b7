"""The measure as a figure (SVG): ratios with their intervals, and the calibration of the model."""

from xml.sax.saxutils import escape

_ROW, _LABEL, _WIDE, _TOP, _SIDE = 22, 250, 320, 70, 260
_MOST = 4.0  # ratios above it end at the edge


def draw(found) -> str:
    """The figure as SVG text, of `ratios` and `calibration` of a measure."""
    rows = found.ratios.to_dicts()
    left = _LABEL + _WIDE + 160
    width, height = left + _SIDE + 40, max(_TOP + _ROW * len(rows), _TOP + _SIDE) + 60
    lines = "".join(_line(i, row) for i, row in enumerate(rows))
    one = _x(1.0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{_text(10, 22, 'Community-onset sepsis: observed / expected deaths and hospice, 95 %', size=15)}"
        f"{_text(10, 42, 'The model is fitted on these stays: 1 is their own average, no standard from elsewhere.')}"
        f'<line x1="{one}" y1="{_TOP - 6}" x2="{one}" y2="{_TOP + _ROW * len(rows)}" stroke="#999"/>{lines}'
        f"{_calibration(found, left)}"
        f"{_text(10, height - 12, 'A draft definition, not verified. For research and teaching. Not a medical device.')}</svg>"
    )


def _x(ratio: float) -> float:
    return round(_LABEL + min(ratio, _MOST) / _MOST * _WIDE, 1)


def _line(index: int, row: dict) -> str:
    y = _TOP + index * _ROW + 10
    name = " ".join(part for part in (row["site"] or "all", row["month"]) if part)
    said = _text(_LABEL - 8, y + 4, f"{name}, {row['stays']:,} stays", anchor="end")
    counts = f"{row['observed']:,} / {row['expected']:.1f}"
    counts += "" if row["ratio"] is None else f" = {row['ratio']:.2f}"
    if row["ratio"] is None:
        return said + _text(_LABEL + _WIDE + 10, y + 4, f"{counts}: too few")
    low, high, at = _x(row["low"]), _x(row["high"]), _x(row["ratio"])
    return (
        f'{said}<line x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke="#1b6ca8"/>'
        f'<circle cx="{at}" cy="{y}" r="4" fill="#1b6ca8"/>'
        f"{_text(_LABEL + _WIDE + 10, y + 4, counts)}"
    )


def _calibration(found, left: int) -> str:
    """Predicted against observed in groups of rising risk, with the line on which they agree."""
    top, rows = _TOP, found.calibration.to_dicts()
    most = max([0.05, *(max(row["predicted"], row["observed"]) for row in rows)]) * 1.1

    def place(row: dict) -> tuple[float, float]:
        return left + row["predicted"] / most * _SIDE, top + _SIDE - row["observed"] / most * _SIDE

    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#c8553d"/>' for x, y in map(place, rows))
    told = [
        f"{name} {value:.2f}"
        for name in ("intercept", "slope", "auroc")
        if (value := getattr(found, name)) is not None
    ]
    return (
        f'<rect x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#ccc"/>'
        f'<line x1="{left}" y1="{top + _SIDE}" x2="{left + _SIDE}" y2="{top}" stroke="#999"/>{dots}'
        f"{_text(left, top - 10, f'observed against predicted, to {most:.0%}, of patients not seen')}"
        f"{_text(left, top + _SIDE + 18, ', '.join(told))}"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
