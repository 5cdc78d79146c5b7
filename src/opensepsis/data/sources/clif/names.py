"""What a hospital's own name of a value says against its category: a fetal heart rate, a goal of mean pressure."""

import polars as pl

from opensepsis.data.intake.specimen import wrong_by_name
from opensepsis.data.schema import REASON


def misnamed(rows: pl.DataFrame, column: str) -> pl.Series:
    """Why a row is not of its concept by the name in a column; null where the name does not deny it."""
    named = rows.select(pl.col("concept").cast(pl.String), pl.col(column).cast(pl.String).alias("name"))
    table = [
        (concept, name, wrong_by_name(concept, name) or None)
        for concept, name in named.drop_nulls().unique().iter_rows()
    ]
    told = pl.DataFrame(table, schema=dict.fromkeys((*named.columns, REASON), pl.String), orient="row")
    return named.join(told, on=named.columns, how="left", maintain_order="left")[REASON]
