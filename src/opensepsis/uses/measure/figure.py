"""The measure as a figure (SVG): ratios with their intervals, and the calibration of the model."""

from opensepsis.uses.svg import text

_ROW, _LABEL, _WIDE, _TOP, _SIDE = 22, 250, 320, 70, 260
_MOST = 4  # ratios above it end at the edge, with an arrow


def draw(found) -> str:
    """The figure as SVG text, of `ratios` and `calibration` of a measure."""
    rows = found.ratios.to_dicts()
    left = _LABEL + _WIDE + 160
    width, height = left + _SIDE + 40, max(_TOP + _ROW * len(rows), _TOP + _SIDE) + 60
    lines = "".join(_line(i, row) for i, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{text(10, 22, 'Community-onset sepsis: observed / expected deaths and hospice, 95 %', size=15)}"
        f"{text(10, 42, 'The model is fitted on these stays: 1 is their own average, no standard from elsewhere.')}"
        f"{_axis(_TOP + _ROW * len(rows))}{lines}"
        f"{_calibration(found, left)}"
        f"{text(10, height - 12, 'A draft definition, not verified. For research and teaching. Not a medical device.')}</svg>"
    )


def _x(ratio: float) -> float:
    return round(_LABEL + min(ratio, _MOST) / _MOST * _WIDE, 1)


def _axis(bottom: int) -> str:
    """A line and a number for each whole ratio; that of 1 is the darkest."""
    drawn = ""
    for ratio in range(_MOST + 1):
        x, colour = _x(ratio), "#888" if ratio == 1 else "#e4e4e4"
        drawn += f'<line x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{bottom}" stroke="{colour}"/>'
        drawn += text(x, bottom + 16, str(ratio), anchor="middle")
    return drawn


def _line(index: int, row: dict) -> str:
    y = _TOP + index * _ROW + 10
    name = " ".join(part for part in (row["site"] or "all", row["month"]) if part)
    said = text(_LABEL - 8, y + 4, f"{name}, {row['stays']:,} stays", anchor="end")
    counts = f"{row['observed']:,} / {row['expected']:.1f}"
    counts += "" if row["ratio"] is None else f" = {row['ratio']:.2f}"
    if row["ratio"] is None:
        return said + text(_LABEL + _WIDE + 10, y + 4, f"{counts}: too few")
    low, high, at = _x(row["low"]), _x(row["high"]), _x(row["ratio"])
    beyond = f'<path d="M{high} {y - 4} l6 4 l-6 4 z" fill="#1b6ca8"/>' if row["high"] > _MOST else ""
    return (
        f'{said}<line x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke="#1b6ca8"/>{beyond}'
        f'<circle cx="{at}" cy="{y}" r="4" fill="#1b6ca8"/>'
        f"{text(_LABEL + _WIDE + 10, y + 4, counts)}"
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
        f"{text(left, top - 10, 'Calibration on patients that were held out')}"
        f"{text(left, top + _SIDE + 16, f'predicted, 0 to {most:.0%}; upwards: observed')}"
        f"{text(left, top + _SIDE + 34, ', '.join(told))}"
    )
