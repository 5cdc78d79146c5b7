"""From the rows of a query to the columns of the timeline."""

import polars as pl

from opensepsis.data.intake.timestamps import to_moments
from opensepsis.data.schema import EVENTS, MOMENT, NAME, REASON


def as_events(rows: pl.DataFrame, patient: str = "patient", timezone: str | None = None) -> pl.DataFrame:
    """The rows in the columns of the timeline; nothing is known before it happened, nor without a time of entry later.

    `patient` is the column of patients, numbers or texts. A time without a zone is local time in `timezone`, of UTC without one.

    >>> from datetime import datetime
    >>> as_events(pl.DataFrame({"patient": [1], "concept": ["ph"], "time": [datetime(2180, 1, 1)]}))["patient"].item()
    '1'
    """
    moments = {name: moment(rows, name, timezone) for name in ("time", "end", "known")}
    columns = {
        "patient": pl.lit(_patients(rows[patient])),
        **moments,
        "known": pl.max_horizontal(moments["known"], moments["time"]),
    }
    shaped = [
        columns.get(name, pl.col(name).cast(kind) if name in rows.columns else pl.lit(None, kind)).alias(name)
        for name, kind in EVENTS.items()
    ]
    return rows.select(*shaped, *([pl.col(REASON)] if REASON in rows.columns else []))


def _patients(names: pl.Series) -> pl.Series:
    """The names as texts, each written once for the rows of a patient that lie side by side."""
    runs = names.rle().struct.field("value").cast(pl.String).cast(NAME)
    return runs.gather(names.rle_id())


def moment(rows: pl.DataFrame, name: str, timezone: str | None = None) -> pl.Expr:
    """A column of times in UTC; empty where there is no such column."""
    if name not in rows.columns:
        return pl.lit(None, MOMENT)
    kind = rows.schema[name]
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return pl.col(name).cast(MOMENT)
    if timezone is None or kind == pl.Null:
        return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.lit(to_moments(rows[name], timezone).values)
