"""Times of many resources at once; `decode/timestamps.py` reads those that are not in the usual form, each once."""

from collections.abc import Callable, Iterable

import polars as pl

# a date, a time to the second and an offset
_USUAL = r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-](?:0\d|1[0-3]):[0-5]\d$"
_FORM = "%Y-%m-%dT%H:%M:%S%:z"


def in_utc(frame: pl.DataFrame, names: Iterable[str], moment: Callable[[str], int | None]) -> pl.DataFrame:
    """The frame with these columns of texts as microseconds (UTC): null where a text is no time to the minute."""
    return frame.with_columns(_moments(frame[name], moment) for name in names)


def _moments(texts: pl.Series, moment: Callable[[str], int | None]) -> pl.Series:
    if texts.null_count() == len(texts):
        return texts.cast(pl.Int64)
    usual = texts.str.contains(_USUAL).fill_null(False)
    kept = texts.set(~usual, None)
    read = kept.str.to_datetime(_FORM, time_unit="us", time_zone="UTC", strict=False, exact=True).cast(
        pl.Int64
    )
    others = texts.filter(texts.is_not_null() & read.is_null()).unique()
    if others.is_empty():
        return read
    told = [moment(text) for text in others]
    slow = texts.replace_strict(others, pl.Series(told, dtype=pl.Int64), default=None, return_dtype=pl.Int64)
    return read.fill_null(slow)
