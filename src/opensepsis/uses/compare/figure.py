"""A comparison as a figure: prevalence and mortality of each definition, and the agreement of each two."""

import polars as pl

from opensepsis.counted import counted
from opensepsis.uses.pages import NOTE
from opensepsis.uses.pages.charts import HIGH_OF_ROW, bar_chart, matrix_chart
from opensepsis.uses.pages.drawing import ChartType, alt, sheet

_BAR = 170


def draw(definitions: pl.DataFrame, pairs: pl.DataFrame, stays: int) -> str:
    """The figure as SVG text."""
    names = definitions["definition"]
    parts = [
        _bars(definitions, "prevalence", "prevalence", True),
        _bars(definitions, "mortality", "death in the stay", False),
        matrix_chart(_both_ways(names, pairs), "Cohen's kappa", 34, HIGH_OF_ROW, names=False),
    ]
    title = f"{counted(len(names), 'definition')}, {counted(stays, 'stay')}"
    return sheet(alt.hconcat(*parts, spacing=60), title, [NOTE], max(map(len, names), default=0))


def _bars(definitions: pl.DataFrame, share: str, title: str, names: bool) -> ChartType:
    said = [f"{one:.1%}" if one is not None else "–" for one in definitions[share]]
    told = definitions.with_columns(pl.Series("said", said, pl.String))
    return bar_chart(told, "definition", share, "said", title, _BAR, names, most=1.0)


def _both_ways(names: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """Each two definitions in either order and each with itself, in the order of the definitions."""
    two = pairs.select("definition", "other", "kappa")
    itself = pl.DataFrame({"definition": names, "other": names, "kappa": [1.0] * len(names)})
    place = {name: i for i, name in enumerate(names)}
    table = pl.concat([itself, two, two.select(definition="other", other="definition", kappa="kappa")])
    return table.sort(
        *(pl.col(name).replace_strict(place, return_dtype=pl.Int64) for name in ("definition", "other"))
    )
