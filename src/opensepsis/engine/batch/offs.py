"""What runs until it is said to be off. Polars; its twin is `Chart.end_of` in `live/chart.py`."""

from collections.abc import Sequence

import polars as pl

from opensepsis.data.intake.checks import says_off
from opensepsis.rules.offs import BETWEEN, OFF


def until_off(standing: pl.DataFrame) -> pl.DataFrame:
    """What was charted without an end (`open`) holds until it is said to be off; rows that say so are none themselves.

    >>> rows = {"pid": 1, "time": [0, 1, 4], "end": 9, "open": True, "text": ["invasive", "cpap", "off invasive|high_flow"]}
    >>> until_off(pl.DataFrame(rows)).select("text", "end").rows()
    [('invasive', 4), ('cpap', 9)]
    """
    text = pl.col("text")
    off = says_off(text).fill_null(False)
    said, left = standing.filter(off), standing.filter(~off)
    if said.is_empty() or "open" not in left.columns or not left["open"].any():
        return left
    words = text.str.strip_prefix(OFF).str.strip_chars()
    stops = said.select("pid", "time", text=pl.when(words != "").then(words))
    every = stops.filter(text.is_null()).select("pid", "time", every="time")
    some = stops.drop_nulls("text").with_columns(text.str.split(BETWEEN)).explode("text")
    found = _with_next(
        _with_next(left, every, ["pid"]), some.with_columns(some=pl.col("time")), ["pid", "text"]
    )
    end = pl.when("open").then(pl.min_horizontal("end", "every", "some")).otherwise("end")
    return found.with_columns(end=end).select(left.columns)


def _with_next(rows: pl.DataFrame, stops: pl.DataFrame, of: Sequence[str]) -> pl.DataFrame:
    """The rows with the first stop of the same after their beginning."""
    return rows.join_asof(
        stops.sort("time"), on="time", by=list(of), strategy="forward", allow_exact_matches=False, check_sortedness=False
    )  # fmt: skip
