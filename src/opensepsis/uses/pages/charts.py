"""The figures that pages and sheets are made of, each from a table; those of one use alone are drawn there, with these or as these."""

from collections.abc import Iterable
from textwrap import wrap

import polars as pl

from opensepsis.uses.pages.drawing import ACCENT, FAINT, INK, SIGNAL, TONES, ChartType, alt, as_svg

WIDE, HIGH_OF_ROW, HIGH = 560, 22, 260
NARROW, LOW = 280, 170  # of figures that stand two in a row
PERCENT = alt.Axis(format="%", tickCount=6)
NUMBER = alt.Axis(format=".2f")
LONGEST = 44  # letters of a line of a name
NAMES = alt.Axis(labelLimit=0, labelExpr="split(datum.label, '\\n')")
FROM_NOTHING = alt.Scale(domainMin=0, nice=True)
BELOW = {"title": None, "orient": "bottom", "columns": 1, "labelLimit": 0}


def shares(
    table: pl.DataFrame,
    label: str,
    title: str,
    axis: alt.Axis = PERCENT,
    scale: alt.Scale | None = None,
    by: str | None = None,
    width: int = WIDE,
) -> str:
    """A dot and its interval for each row that is not hidden, in the order of the table; `by` names series, drawn one below the other."""
    named = table.drop_nulls("share").with_columns(_lines(label))
    shown = _records(named, label, "share", "low", "high", *([by] if by else []))
    order = _order(shown, label)
    lines = max((name.count("\n") for name in order), default=0)
    base = alt.Chart(alt.Data(values=shown)).encode(y=alt.Y(f"{label}:N", sort=order, title=None, axis=NAMES))
    ink: dict = {"color": alt.value(ACCENT)}
    if by is not None:
        series = _order(shown, by)
        base = base.encode(yOffset=alt.YOffset(f"{by}:N", sort=series))
        ink = {"color": alt.Color(f"{by}:N", sort=series, legend=alt.Legend(**BELOW))}
    line = base.mark_rule(color=FAINT, strokeWidth=2).encode(
        x=alt.X("low:Q", axis=axis, title=title, scale=scale or FROM_NOTHING), x2="high:Q"
    )
    dot = base.mark_circle(size=70, opacity=1).encode(x="share:Q", **ink)
    high = alt.Step((HIGH_OF_ROW + 14 * lines) * (2 if by else 1), **({"for": "position"} if by else {}))
    return as_svg((line + dot).properties(width=width, height=high), _longest(order))


def bar_chart(
    table: pl.DataFrame,
    label: str,
    value: str,
    said: str,
    title: str,
    width: int = WIDE,
    names: bool = True,
    by: str | None = None,
    most: float | None = None,
) -> ChartType:
    """A bar for each row, in the order of the table, with what is `said` of it behind; `title` stands above, `by` gives colours.

    The longest bar has the width, or that of a value of `most` has.
    """
    named = table.with_columns(_lines(label), pl.col(value).fill_null(0.0))
    shown = _records(named, label, value, said, *([by] if by else []))
    order = _order(shown, label)
    scale = alt.Scale(domainMin=0, nice=False) if most is None else alt.Scale(domain=[0, most])
    base = alt.Chart(
        alt.Data(values=shown), title=alt.TitleParams(title, fontSize=12, fontWeight="normal", frame="group")
    )
    base = base.encode(
        y=alt.Y(f"{label}:N", sort=order, title=None, axis=NAMES if names else None),
        x=alt.X(f"{value}:Q", axis=None, scale=scale),
    )
    ink = alt.Color(f"{by}:N", sort=_order(shown, by), legend=None) if by else alt.value(ACCENT)
    words = base.mark_text(align="left", dx=4).encode(text=f"{said}:N")
    lines = max((name.count("\n") for name in order), default=0)
    drawn = base.mark_bar().encode(color=ink) + words
    return drawn.properties(width=width, height=alt.Step(HIGH_OF_ROW + 14 * lines))


def bars(table: pl.DataFrame, label: str, value: str, said: str, width: int = NARROW) -> str:
    """Bars of shares as a figure of a page: the whole width is 1."""
    chart = bar_chart(table, label, value, said, "", width, most=1.0)
    return as_svg(chart, _longest(table[label]), _longest(table[said]))


def histogram(table: pl.DataFrame, label: str, count: str, title: str) -> str:
    """Counts side by side, in the order of the table; a narrow figure."""
    shown = _records(table, label, count)
    axis = alt.Axis(labelAngle=0, labelOverlap=True)
    bar = alt.Chart(alt.Data(values=shown)).mark_bar(color=ACCENT).encode(
        x=alt.X(f"{label}:N", sort=_order(shown, label), title=title, axis=axis), y=alt.Y(f"{count}:Q", title=None)
    )  # fmt: skip
    return as_svg(bar.properties(width=NARROW, height=LOW))


def curves(table: pl.DataFrame, x: str, y: str, by: str, title: str) -> str:
    """A line for each group over a number; where the number is 0 stands a dashed line; a narrow figure."""
    shown = _records(table.drop_nulls(y), x, y, by)
    line = alt.Chart(alt.Data(values=shown)).mark_line().encode(
        x=alt.X(f"{x}:Q", title=title), y=alt.Y(f"{y}:Q", title=None),
        color=alt.Color(f"{by}:N", sort=_order(shown, by), legend=alt.Legend(**BELOW)),
    )  # fmt: skip
    zero = alt.Chart(alt.Data(values=[{x: 0}])).mark_rule(color=FAINT, strokeDash=[4, 3]).encode(x=f"{x}:Q")
    return as_svg((zero + line).properties(width=NARROW, height=LOW))


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
            base.mark_line(color=FAINT, strokeDash=[4, 3], interpolate="step").encode(
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
        lines.mark_line(color=FAINT, strokeDash=dash).encode(x=x, y=f"{name}:Q")
        for name, dash in _FUNNEL.items()
    ]
    return as_svg(alt.layer(*layers, dots, names).properties(width=WIDE, height=HIGH))


_FUNNEL = {"low inner": [4, 3], "high inner": [4, 3], "low outer": [1, 0], "high outer": [1, 0]}


def distribution(table: pl.DataFrame, by: str, title: str) -> str:
    """The share that was done by each hour, a step line for each group: dashed where the colours come again."""
    shown = _records(table.drop_nulls("share"), by, "hours", "share")
    groups = _order(shown, by)
    tones = [TONES[at % len(TONES)] for at in range(len(groups))]
    dashes = [[1, 0] if at < len(TONES) else [5, 3] for at in range(len(groups))]
    # of one domain, so that there is one legend
    colours, strokes = (alt.Scale(domain=groups, range=looks) for looks in (tones, dashes))
    line = alt.Chart(alt.Data(values=shown)).mark_line(interpolate="step-after").encode(
        x=alt.X("hours:Q", title=title),
        y=alt.Y("share:Q", axis=PERCENT, title="done by then", scale=alt.Scale(domain=[0, 1])),
        color=alt.Color(f"{by}:N", scale=colours, legend=alt.Legend(**BELOW)),
        strokeDash=alt.StrokeDash(f"{by}:N", scale=strokes, legend=alt.Legend(**BELOW)),
    )  # fmt: skip
    return as_svg(line.properties(width=WIDE, height=HIGH), right=_longest(groups))


def calibration_curve(table: pl.DataFrame, by: str) -> str:
    """Observed against expected shares, a line for each group; the grey line is where they are equal. Both axes are logarithmic."""
    shown = _records(table.filter(pl.col("expected") > 0, pl.col("observed") > 0), by, "expected", "observed")
    ends = [row[name] for row in shown for name in ("expected", "observed")] or [0.001, 1.0]
    equal = alt.Chart(alt.Data(values=[{"expected": end, "observed": end} for end in (min(ends), max(ends))]))
    x = alt.X("expected:Q", title="expected", axis=PERCENT, scale=alt.Scale(type="log"))
    y = alt.Y("observed:Q", title="observed", axis=PERCENT, scale=alt.Scale(type="log"))
    colour = alt.Color(f"{by}:N", title=None, legend=alt.Legend(orient="bottom"))
    lines = alt.Chart(alt.Data(values=shown)).mark_line(point=True).encode(x=x, y=y, color=colour)
    return as_svg((equal.mark_line(color=FAINT).encode(x=x, y=y) + lines).properties(width=WIDE, height=HIGH))


def matrix(table: pl.DataFrame, title: str) -> str:
    """Agreement of each two definitions as shades with the number in each, in the order of the table."""
    known = table.drop_nulls("kappa")
    return as_svg(matrix_chart(known, title), 2 * _longest(known["definition"]))


def matrix_chart(
    table: pl.DataFrame, title: str, wide: int = 44, high: int = 28, names: bool = True
) -> ChartType:
    """The same to be set beside others: without the names of the rows if those have them."""
    shown = _records(
        table.with_columns(_lines("definition"), _lines("other")), "definition", "other", "kappa"
    )
    rows, columns = _order(shown, "definition"), _order(shown, "other")
    x = alt.X(
        "other:N", scale=alt.Scale(domain=columns), title=None, axis=alt.Axis(labelAngle=-50, labelLimit=0)
    )
    y = alt.Y("definition:N", scale=alt.Scale(domain=rows), title=None, axis=NAMES if names else None)
    base = alt.Chart(alt.Data(values=[row for row in shown if row["kappa"] is not None])).encode(x=x, y=y)
    shade = alt.Color("kappa:Q", title=title, scale=alt.Scale(scheme="blues", domain=[0, 1]))
    cells = base.mark_rect().encode(color=shade)
    # words on a shade have its light or dark, not that of the page
    light = alt.condition("datum.kappa > 0.6", alt.value("white"), alt.value("black"))
    words = base.mark_text(fontSize=11).encode(text=alt.Text("kappa:Q", format=".2f"), color=light)
    return (cells + words).properties(width=alt.Step(wide), height=alt.Step(high))


def _lines(name: str) -> pl.Expr:
    """A column of names, the long ones in several lines."""
    return pl.col(name).map_elements(
        lambda one: "\n".join(wrap(one, LONGEST, break_long_words=False)) or one, pl.String
    )


def _longest(names: Iterable[str]) -> int:
    return max((len(line) for name in names for line in name.split("\n")), default=0)


def _order(rows: list[dict], name: str) -> list[str]:
    return list(dict.fromkeys(row[name] for row in rows))


def _records(table: pl.DataFrame, *columns: str) -> list[dict]:
    return table.select(columns).to_dicts()
