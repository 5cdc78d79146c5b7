"""The measure as a figure: ratios with their intervals, and the calibration of the model."""

import polars as pl

from opensepsis.counted import counted
from opensepsis.uses.pages import NOTE
from opensepsis.uses.pages.charts import NAMES, PERCENT
from opensepsis.uses.pages.drawing import ACCENT, FAINT, TONES, ChartType, alt, sheet

_ROW, _WIDE, _SIDE = 22, 320, 260
_MOST = 4.0  # ratios above it end at the edge, with an arrow


def draw(found) -> str:
    """The figure as SVG text, of `ratios` and `calibration` of a measure."""
    title = "Community-onset sepsis: observed / expected deaths and hospice, 95 %"
    notes = [
        "The model is fitted on these stays: 1 is their own average, no standard from elsewhere.",
        f"A draft definition, not verified. {NOTE}",
    ]
    parts = alt.hconcat(_ratios(found.ratios), _calibration(found), spacing=40)
    return sheet(parts.resolve_scale(x="independent", y="independent"), title, notes)


def _ratios(ratios: pl.DataFrame) -> ChartType:
    rows = [_row(row) for row in ratios.to_dicts()]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=NAMES)
    )
    scale = alt.Scale(domain=[0, _MOST])
    x = alt.X(
        "low:Q", title="observed / expected", scale=scale, axis=alt.Axis(values=[0, 1, 2, 3, 4], format="d")
    )
    one = alt.Chart(alt.Data(values=[{"low": 1}])).mark_rule(color=FAINT).encode(x=x)
    line = base.mark_rule(color=ACCENT).encode(x=x, x2="high:Q")
    dot = base.mark_circle(color=ACCENT, size=70, opacity=1).encode(x="ratio:Q")
    beyond = base.transform_filter("datum.beyond").mark_point(
        shape="triangle-right", color=ACCENT, filled=True, size=60, opacity=1
    ).encode(x="high:Q")  # fmt: skip
    said = base.mark_text(align="left").encode(x=alt.value(_WIDE + 10), text="said:N")
    return (one + line + dot + beyond + said).properties(width=_WIDE, height=alt.Step(_ROW))


def _row(row: dict) -> dict:
    """A site and month in words; of a ratio that can be told also where it and its interval are drawn."""
    place = " ".join(part for part in (row["site"] or "all", row["month"]) if part)
    drawn: dict = {"name": f"{place}, {counted(row['stays'], 'stay')}"}
    counts = f"{row['observed']:,} / {row['expected']:.1f}"
    if row["ratio"] is None:
        return drawn | {"said": f"{counts}: too few"}
    at = {name: min(row[name], _MOST) for name in ("low", "high", "ratio")}
    return drawn | at | {"said": f"{counts} = {row['ratio']:.2f}", "beyond": row["high"] > _MOST}


def _calibration(found) -> ChartType:
    """Predicted against observed in groups of rising risk, with the line on which they agree."""
    rows = found.calibration.select("predicted", "observed").to_dicts()
    most = max([0.05, *(max(row.values()) for row in rows)]) * 1.1
    numbers = ("intercept", "slope", "auroc")
    told = [f"{name} {value:.2f}" for name in numbers if (value := getattr(found, name)) is not None]
    scale = alt.Scale(domain=[0, most], nice=False)
    x, y = alt.X("predicted:Q", axis=PERCENT, scale=scale), alt.Y("observed:Q", axis=PERCENT, scale=scale)
    equal = alt.Chart(alt.Data(values=[{"predicted": end, "observed": end} for end in (0, most)]))
    title = alt.TitleParams(
        "Calibration on patients that were held out", subtitle=[", ".join(told)], fontSize=12
    )
    dots = alt.Chart(alt.Data(values=rows)).mark_circle(color=TONES[1], size=70, opacity=1).encode(x=x, y=y)
    line = equal.mark_line(color=FAINT).encode(x=x, y=y)
    return (line + dots).properties(width=_SIDE, height=_SIDE, title=title)
