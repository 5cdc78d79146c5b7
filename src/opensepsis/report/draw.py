"""The one way to draw figures of a report: Vega-Lite through Altair, as SVG, without a network."""

from collections.abc import Iterable
from textwrap import wrap

import altair as alt
import polars as pl
import vl_convert

WIDE, HIGH_OF_ROW, HIGH = 560, 22, 260
INK, SOFT, ACCENT, SIGNAL = "#1b1f24", "#8a94a0", "#0b57d0", "#c0392b"
PERCENT = alt.Axis(format="%", tickCount=6, titleFontWeight="normal")
LONGEST = 44  # letters of a line of a name
NAMES = alt.Axis(labelLimit=0, labelExpr="split(datum.label, '\\n')")
FROM_NOTHING = alt.Scale(domainMin=0, nice=True)


def as_svg(chart: alt.TopLevelMixin, left: int = 0, right: int = 0) -> str:
    """The figure as SVG. Fonts are those of the reader: so many letters `left` and `right` can need more room than was measured."""
    chart = chart.properties(
        padding={"left": 5 + 1.3 * left, "right": 5 + 1.3 * right, "top": 5, "bottom": 5}
    )
    styled = chart.configure_view(stroke=None).configure_axis(
        labelFontSize=12,
        titleFontSize=12,
        gridColor="#e5e9ed",
        domainColor=SOFT,
        labelLimit=320,
        titleFontWeight="normal",
    )
    styled = styled.configure(font="Arial, Liberation Sans, sans-serif", background="#ffffff")
    return vl_convert.vegalite_to_svg(styled.to_json())


def shares(
    table: pl.DataFrame, label: str, title: str, axis: alt.Axis = PERCENT, scale: alt.Scale | None = None
) -> str:
    """A dot and its interval for each row that is not hidden, in the order of the table."""
    named = table.drop_nulls("share").with_columns(_lines(label))
    shown = _records(named, label, "share", "low", "high")
    order = [row[label] for row in shown]
    lines = max((row[label].count("\n") for row in shown), default=0)
    base = alt.Chart(alt.Data(values=shown)).encode(y=alt.Y(f"{label}:N", sort=order, title=None, axis=NAMES))
    line = base.mark_rule(color=SOFT, strokeWidth=2).encode(
        x=alt.X("low:Q", axis=axis, title=title, scale=scale or FROM_NOTHING), x2="high:Q"
    )
    dot = base.mark_circle(color=ACCENT, size=70, opacity=1).encode(x="share:Q")
    high = alt.Step(HIGH_OF_ROW + 14 * lines)
    return as_svg((line + dot).properties(width=WIDE, height=high), _longest(order))


def control_chart(table: pl.DataFrame, title: str) -> str:
    """Shares by month with the centre line and limits; a month that breaks a rule is marked."""
    shown = _records(
        table.drop_nulls("share"), "month", "share", "centre", "lower limit", "upper limit", "signal"
    )
    months = table["month"].to_list()
    x = alt.X(
        "month:O",
        title=None,
        scale=alt.Scale(domain=months),
        axis=alt.Axis(labelAngle=-60, labelOverlap=True),
    )
    base = alt.Chart(alt.Data(values=shown)).encode(x=x)
    y = {"axis": PERCENT, "title": title}
    layers = [
        base.mark_line(color=ACCENT, point={"color": ACCENT, "filled": True}).encode(y=alt.Y("share:Q", **y))
    ]
    layers.append(base.mark_line(color=INK, strokeWidth=1).encode(y=alt.Y("centre:Q", **y)))
    for limit in ("lower limit", "upper limit"):
        layers.append(
            base.mark_line(color=SOFT, strokeDash=[4, 3], interpolate="step").encode(
                y=alt.Y(f"{limit}:Q", **y)
            )
        )
    broken = base.transform_filter("datum.signal != null && datum.signal != ''")
    layers.append(
        broken.mark_point(color=SIGNAL, size=160, shape="diamond", strokeWidth=2).encode(
            y=alt.Y("share:Q", **y)
        )
    )
    return as_svg(alt.layer(*layers).properties(width=WIDE, height=HIGH))


def funnel(table: pl.DataFrame, limits: pl.DataFrame, title: str) -> str:
    """Observed over expected against expected deaths, with the limits of chance."""
    points = alt.Chart(alt.Data(values=_records(table.drop_nulls("ratio"), "site", "expected", "ratio")))
    x = alt.X("expected:Q", title="deaths expected")
    dots = points.mark_circle(color=ACCENT, size=90, opacity=1).encode(x=x, y=alt.Y("ratio:Q", title=title))
    names = points.mark_text(align="left", dx=8, color=INK).encode(x=x, y="ratio:Q", text="site:N")
    lines = alt.Chart(alt.Data(values=limits.to_dicts()))
    layers = [
        lines.mark_line(color=SOFT, strokeDash=dash).encode(x=x, y=f"{name}:Q")
        for name, dash in _FUNNEL.items()
    ]
    return as_svg(alt.layer(*layers, dots, names).properties(width=WIDE, height=HIGH))


_FUNNEL = {"low inner": [4, 3], "high inner": [4, 3], "low outer": [1, 0], "high outer": [1, 0]}


def distribution(table: pl.DataFrame, by: str, title: str) -> str:
    """The share that was done by each hour, a step line for each group."""
    shown = _records(table.drop_nulls("share"), by, "hours", "share")
    line = alt.Chart(alt.Data(values=shown)).mark_line(interpolate="step-after").encode(
        x=alt.X("hours:Q", title=title), y=alt.Y("share:Q", axis=PERCENT, title="done by then", scale=alt.Scale(domain=[0, 1])),
        color=alt.Color(f"{by}:N", title=None, legend=alt.Legend(orient="bottom", columns=1, labelLimit=520)),
    )  # fmt: skip
    return as_svg(line.properties(width=WIDE, height=HIGH), right=_longest(row[by] for row in shown))


def calibration_curve(table: pl.DataFrame, by: str) -> str:
    """Observed against expected shares, a line for each group; the grey line is where they are equal. Both axes are logarithmic."""
    shown = _records(table.filter(pl.col("expected") > 0, pl.col("observed") > 0), by, "expected", "observed")
    ends = [row[name] for row in shown for name in ("expected", "observed")] or [0.001, 1.0]
    equal = alt.Chart(alt.Data(values=[{"expected": end, "observed": end} for end in (min(ends), max(ends))]))
    x = alt.X("expected:Q", title="expected", axis=PERCENT, scale=alt.Scale(type="log"))
    y = alt.Y("observed:Q", title="observed", axis=PERCENT, scale=alt.Scale(type="log"))
    colour = alt.Color(f"{by}:N", title=None, legend=alt.Legend(orient="bottom"))
    lines = alt.Chart(alt.Data(values=shown)).mark_line(point=True).encode(x=x, y=y, color=colour)
    return as_svg((equal.mark_line(color=SOFT).encode(x=x, y=y) + lines).properties(width=WIDE, height=HIGH))


def matrix(table: pl.DataFrame, title: str) -> str:
    """Agreement of each two definitions as shades with the number in each, in the order of the table."""
    named = table.drop_nulls("kappa").with_columns(_lines("definition"), _lines("other"))
    shown = _records(named, "definition", "other", "kappa")
    x = alt.X("other:N", sort=_order(shown, "other"), title=None, axis=alt.Axis(labelAngle=-50, labelLimit=0))
    y = alt.Y("definition:N", sort=_order(shown, "definition"), title=None, axis=NAMES)
    base = alt.Chart(alt.Data(values=shown)).encode(x=x, y=y)
    shade = alt.Color("kappa:Q", title=title, scale=alt.Scale(scheme="blues", domain=[0, 1]))
    cells = base.mark_rect().encode(color=shade)
    light = alt.condition("datum.kappa > 0.6", alt.value("#ffffff"), alt.value(INK))
    words = base.mark_text(fontSize=11).encode(text=alt.Text("kappa:Q", format=".2f"), color=light)
    chart = (cells + words).properties(width=alt.Step(44), height=alt.Step(28))
    return as_svg(chart, 2 * _longest(row["definition"] for row in shown))


def _lines(name: str) -> pl.Expr:
    """A column of names, the long ones in several lines."""
    return pl.col(name).map_elements(lambda one: "\n".join(wrap(one, LONGEST)) or one, pl.String)


def _longest(names: Iterable[str]) -> int:
    return max((len(line) for name in names for line in name.split("\n")), default=0)


def _order(rows: list[dict], name: str) -> list[str]:
    return list(dict.fromkeys(row[name] for row in rows))


def _records(table: pl.DataFrame, *columns: str) -> list[dict]:
    return table.select(columns).to_dicts()
