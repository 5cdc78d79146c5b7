"""How an event is named in evidence. Twin of `semantics/provenance.py`."""

import polars as pl

from opensepsis.engine.semantics.provenance import OF_AN_ITEM


def named(concept: str | None = None) -> pl.Expr:
    """The origin of an event, with its time where that names an item only, or its concept (a column, if not told) and time.

    >>> events = pl.DataFrame({"concept": "gcs", "time": 0, "origin": ["lab/7", "chartevents/223900/", None]})
    >>> events.select(named()).to_series().to_list()
    ['lab/7', 'chartevents/223900/1970-01-01T00:00:00Z', 'gcs at 1970-01-01T00:00:00Z']
    """
    name = pl.lit(concept) if concept else pl.col("concept").cast(pl.String)
    origin = pl.col("origin").cast(pl.String)
    of_item = origin.str.ends_with(OF_AN_ITEM)
    timed = pl.when(of_item.fill_null(True)).then("time")  # few need a time, and texts of times are dear
    time = pl.from_epoch(timed, time_unit="us").dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    whole = pl.when(of_item).then(pl.concat_str(origin, time)).otherwise(origin)
    return pl.coalesce(whole, pl.concat_str(name, pl.lit(" at "), time)).alias("origin")
