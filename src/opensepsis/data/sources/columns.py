"""Columns of a file as texts, numbers and moments; what cannot be read is noted, never shown."""

from collections.abc import Iterable

import polars as pl

from opensepsis.data.problems import Problems
from opensepsis.data.times import Moments, to_moments
from opensepsis.errors import FormatError, TimeError

_MAY_BE_A_DAY = ("born", "died")


def without_blank_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows that hold nothing at all, such as empty lines."""
    return rows.filter(~pl.all_horizontal(pl.all().is_null()))


def texts(rows: pl.DataFrame, names: Iterable[str], problems: Problems) -> pl.DataFrame:
    """Names and words without the space around them; whole numbers may be names, decimals may not."""
    changed = []
    for name in names:
        if name not in rows.columns:
            continue
        kind = rows.schema[name]
        if not (kind.is_integer() or isinstance(kind, pl.String | pl.Categorical | pl.Enum | pl.Null)):
            way_out = "Write them as text or as whole numbers."
            problems.note(FormatError, f"in column {name!r} are no text", way_out, rows[name].is_not_null())
            changed.append(pl.lit(None, pl.String).alias(name))
            continue
        text = pl.col(name).cast(pl.String).str.strip_chars()
        changed.append(pl.when(text != "").then(text).alias(name))
    return rows.with_columns(changed)


def numbers(rows: pl.DataFrame, name: str, problems: Problems) -> pl.DataFrame:
    """A column as numbers; cells that are none are noted."""
    column = _filled(rows[name])
    if not (isinstance(column.dtype, pl.String | pl.Null) or column.dtype.is_numeric()):
        problems.note(
            FormatError, f"in column {name!r} are no numbers", "Write decimal numbers.", column.is_not_null()
        )
        return rows.with_columns(pl.lit(None, pl.Float64).alias(name))
    number = column.cast(pl.Float64, strict=False)
    way_out = "Write decimal numbers with a point; words belong in the column 'text'."
    wrong = column.is_not_null() & number.is_null()
    problems.note(FormatError, f"in column {name!r} are no numbers", way_out, wrong)
    return rows.with_columns(number.alias(name))


def moments(
    rows: pl.DataFrame, name: str, timezone: str | None, problems: Problems
) -> tuple[pl.DataFrame, Moments]:
    """A column as moments in UTC; cells that are none, or have no zone, are noted.

    Of birth and death the day is enough, and a day without a zone is that day in UTC.
    """
    column = _filled(rows[name])
    found = to_moments(column, timezone)
    day_is_enough = name in _MAY_BE_A_DAY
    way_out = "Write times like 2026-01-31T14:05:00+01:00."
    problems.note(FormatError, f"in column {name!r} are no ISO times", way_out, found.wrong)
    if not day_is_enough:
        problems.note(FormatError, f"in column {name!r} are days without a time", way_out, found.day_only)
    zone = "Name the zone with --timezone (as in --timezone Europe/Berlin), or write times with their offset."
    unclear = found.naive & ~found.day_only
    if name != "born":
        problems.note(TimeError, f"in column {name!r} are times without a zone", zone, unclear)
    values = found.values
    if day_is_enough and found.naive.any():
        values = to_moments(column, "UTC").values.zip_with(found.naive, values)
    return rows.with_columns(values.alias(name)), found


def _filled(column: pl.Series) -> pl.Series:
    """The column with empty texts as nothing; only batches that need it pay for it."""
    if column.dtype != pl.String:
        return column
    text = column.str.strip_chars()
    return text.zip_with(text != "", pl.Series([None], dtype=pl.String).new_from_index(0, len(text)))
