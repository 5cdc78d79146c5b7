"""The columns of the timeline: what happened (events) and over which spans (stays)."""

import polars as pl

MOMENT = pl.Datetime("us", "UTC")

# names that repeat without end are categories: comparing and sorting them is comparing whole numbers
NAME = pl.Categorical()

EVENTS: dict[str, pl.DataType] = {
    "patient": NAME,
    "concept": NAME,
    "time": MOMENT,
    "end": MOMENT,
    "known": MOMENT,
    "value": pl.Float64(),
    "text": pl.String(),
    "origin": pl.String(),
}

STAYS: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "stay": pl.String(),
    "kind": pl.String(),
    "admitted": MOMENT,
    "discharged": MOMENT,
    "born": MOMENT,
    "age": pl.Float64(),
    "sex": pl.String(),
    "died": MOMENT,
    "discharged_to": pl.String(),
}

KINDS_OF_STAY = ("hospital", "icu", "emergency", "observation")

# why a row was rejected, and where it stands: a source may say so itself in these columns beside those of events or stays
REASON, TABLE, ROW, ID = "reason", "table", "row", "id"
_WHERE: dict[str, pl.DataType] = {REASON: pl.String(), TABLE: pl.String(), ROW: pl.UInt32()}
REJECTED: dict[str, pl.DataType] = {**EVENTS, **_WHERE}
REJECTED_STAYS: dict[str, pl.DataType] = {**STAYS, **_WHERE, ID: pl.String()}


def in_shape(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The frame with exactly the columns of the schema, in its order and types; absent ones empty.

    >>> in_shape(pl.DataFrame({"value": [2], "patient": ["a"]}), EVENTS).columns[:2]
    ['patient', 'concept']
    """
    return frame.select(
        (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind)).alias(name)
        for name, kind in schema.items()
    )
