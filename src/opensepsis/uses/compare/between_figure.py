"""Two definitions side by side as a figure: a bar for each reason for which stays move."""

import polars as pl

from opensepsis.counted import counted
from opensepsis.uses.pages import NOTE
from opensepsis.uses.pages.charts import bar_chart
from opensepsis.uses.pages.drawing import sheet

_BAR = 260
_MOST = 30  # reasons that are drawn; the table has all


def draw(first: str, other: str, moves: pl.DataFrame, stays: int) -> str:
    """The figure as SVG text; `moves` as `moves.counted` gives them."""
    shown = moves.head(_MOST)
    rows = [
        (_reason(row), row["stays"], f"{row['stays']:,} ({row['share']:.1%})", row["move"])
        for row in shown.to_dicts()
    ]
    schema = {"reason": pl.String, "stays": pl.Int64, "said": pl.String, "move": pl.String}
    table = pl.DataFrame(rows, schema, orient="row")
    left = "" if moves.height <= _MOST else f"; {moves.height - _MOST} more reasons in the table"
    chart = bar_chart(
        table, "reason", "stays", "said", f"move: first rule that differs (detail){left}", _BAR, by="move"
    )
    return sheet(chart, f"{first} and {other}: {counted(stays, 'stay')} judged by both", [NOTE])


def _reason(row: dict) -> str:
    rule = f": {row['rule']}" if row["rule"] else ""
    return row["move"] + rule + (f" ({row['detail']})" if row["detail"] else "")
