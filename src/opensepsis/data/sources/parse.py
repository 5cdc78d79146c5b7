"""Columns of a file as texts, numbers and moments. A cell that cannot be read gives its row a reason; it is never shown."""

from collections.abc import Iterable

import polars as pl

from opensepsis.data.intake.printed import is_missing
from opensepsis.data.intake.rejections import NO_ZONE, NOT_A_TIME
from opensepsis.data.intake.timestamps import OUTSIDE_THE_YEARS, Moments, outside_the_years, to_moments
from opensepsis.data.schema import MOMENT, REASON, ROW

_MAY_BE_A_DAY = ("born", "died")
# in names and words only what is hardly a word: "none" may be an oxygen device, "unknown" a place
EMPTY_NAMES = ("NULL", "null", r"\N", "NaN", "nan", "NA", "N/A", "#N/A", "<NA>", "(null)", "<null>", "NaT")
_WHOLE = 2.0**53  # above it 64-bit floats no longer hold every whole number


def without_blank_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows that hold nothing at all, such as empty lines."""
    return rows.filter(
        ~pl.all_horizontal(pl.all().exclude(ROW, REASON).is_null()) | pl.col(REASON).is_not_null()
    )


def reject(rows: pl.DataFrame, reason: str, wrong: pl.Series) -> pl.DataFrame:
    """The rows with this reason where `wrong` is true and there is none yet."""
    if not wrong.any():
        return rows
    new = pl.when(pl.lit(wrong)).then(pl.lit(reason))
    return rows.with_columns(pl.coalesce(REASON, new).alias(REASON))


def texts(rows: pl.DataFrame, names: Iterable[str], missing: frozenset[str] = frozenset()) -> pl.DataFrame:
    """Names and words without the space around them; whole numbers may be names, decimals may not."""
    empty = [*EMPTY_NAMES, *missing]
    changed = []
    for name in names:
        if name not in rows.columns:
            continue
        column = rows[name]
        if column.dtype.is_decimal():  # as databases export numbers that are names
            column = column.cast(pl.String if column.dtype.scale == 0 else pl.Float64)
        if column.dtype.is_float() and column.is_null().all():
            column = column.cast(pl.String)
        elif column.dtype.is_float():
            whole = (column == column.floor()) & (column.abs() < _WHOLE)
            rows = reject(rows, f"{name!r} is not a text", column.is_not_null() & ~whole.fill_null(False))
            column = column.set(~whole.fill_null(False), None).cast(pl.Int64)
        elif not (
            column.dtype.is_integer()
            or isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum | pl.Null)
        ):
            rows = reject(rows, f"{name!r} is not a text", column.is_not_null())
            column = pl.Series(name, [None], pl.String).new_from_index(0, len(column))
        text = column.cast(pl.String).str.strip_chars()
        changed.append(text.set(((text == "") | text.is_in(empty)).fill_null(False), None).alias(name))
    return rows.with_columns(changed)


def filled(column: pl.Series, missing: frozenset[str] = frozenset()) -> pl.Series:
    """The column with empty texts and missing words as nothing."""
    if column.dtype != pl.String:
        return column
    text = column.str.strip_chars()
    short = text.filter(text.str.len_chars() <= 20).unique().drop_nulls()
    # times and numbers hold a digit; only what has none is looked up
    words = [said for said in short.filter(~short.str.contains("[0-9]")) if is_missing(said)]
    return (
        text.to_frame()
        .select(pl.when(text != "", ~text.is_in([*words, *missing])).then(text).alias(column.name))
        .to_series()
    )


def moments(
    rows: pl.DataFrame,
    name: str,
    timezone: str | None,
    forms: tuple[str, ...] = (),
    missing: frozenset[str] = frozenset(),
) -> tuple[pl.DataFrame, Moments]:
    """A column as moments in UTC; a row whose cell is none, or has no zone, has a reason.

    Of birth and death the day is enough, and a day without a zone is that day in UTC.
    """
    column = filled(rows[name], missing)
    found = to_moments(column, timezone, forms)
    day_is_enough = name in _MAY_BE_A_DAY
    rows = reject(rows, f"{name!r} {NOT_A_TIME}", found.wrong)
    if not day_is_enough:
        rows = reject(rows, f"{name!r} is a day without a time", found.day_only)
    if name != "born":
        rows = reject(rows, f"{name!r} {NO_ZONE}", found.naive & ~found.day_only)
    values = found.values
    if day_is_enough and found.naive.any():
        values = to_moments(column, "UTC", forms).values.zip_with(found.naive, values)
    rows = rows.with_columns(values.alias(name))
    if not day_is_enough and found.day_only.any():
        rows = rows.with_columns(
            pl.when(pl.lit(~found.day_only)).then(name).otherwise(pl.lit(None, MOMENT)).alias(name)
        )
    outside = rows.select(outside_the_years(name).fill_null(False)).to_series()
    rows = reject(rows, f"{name!r} {OUTSIDE_THE_YEARS}", outside)
    # what no calendar holds would stop whoever reads the rejected rows
    return rows.with_columns(
        pl.when(pl.lit(~outside)).then(name).otherwise(pl.lit(None, MOMENT)).alias(name)
    ), found
