"""From the rows of a query to the columns of the timeline."""

import polars as pl

from opensepsis.data.schema import EVENTS, MOMENT, NAME, REASON


def as_events(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the columns of the timeline; nothing is known before it happened, nor without a time of entry later.

    >>> from datetime import datetime
    >>> as_events(pl.DataFrame({"subject_id": [1], "concept": ["ph"], "time": [datetime(2180, 1, 1)]}))["patient"].item()
    '1'
    """
    moments = {name: _moment(rows, name) for name in ("time", "end", "known")}
    columns = {
        "patient": pl.lit(_patients(rows["subject_id"])),
        **moments,
        "known": pl.max_horizontal(moments["known"], moments["time"]),
    }
    shaped = [
        columns.get(name, pl.col(name).cast(kind) if name in rows.columns else pl.lit(None, kind)).alias(name)
        for name, kind in EVENTS.items()
    ]
    return rows.select(*shaped, *([pl.col(REASON)] if REASON in rows.columns else []))


def _patients(numbers: pl.Series) -> pl.Series:
    """The numbers as names, each written once for the rows of a patient that lie side by side."""
    runs = numbers.rle().struct.field("value").cast(pl.String).cast(NAME)
    return runs.gather(numbers.rle_id())


def _moment(rows: pl.DataFrame, name: str) -> pl.Expr:
    if name not in rows.columns:
        return pl.lit(None, MOMENT)
    return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
