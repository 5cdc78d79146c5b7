"""The value gate for rows of eICU: a text with its unit as a number in the concept's unit, or the reason why not."""

import polars as pl

from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import REASON


def read_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `value` (it was a text or number in `unit`) in the concept's unit, a printed limit in `text`, and `reason`.

    A row that holds no value, such as an empty or a missing word, is left out.
    """
    read = read_values(rows)
    limit = pl.when(pl.col("limit") != "").then("limit")
    read = read.with_columns(text=limit)
    return read.filter(pl.col("value").is_not_null() | pl.col(REASON).is_not_null())
