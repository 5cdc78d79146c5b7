"""The value gate for columns: what `value.py` reads one by one, for a frame with `concept`, `value` and perhaps `unit`."""

import polars as pl

from opensepsis.data.intake.culture import NOT_PERFORMED, Growth, growth_value, read_culture
from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.value import AMBIGUOUS, IMPLAUSIBLE, NO_UNIT, NOT_A_NUMBER, reject_unit
from opensepsis.data.units import convert_column, needs_unit, rescue_fio2
from opensepsis.definitions.concepts import CONCEPTS

_PLAIN = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"
_TWO_READINGS = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_LIMITS = pl.DataFrame(
    [(c.name, *c.plausible) for c in CONCEPTS.values() if c.plausible],
    schema={"concept": pl.String, "_lowest": pl.Float64, "_highest": pl.Float64},
    orient="row",
)


def widened(column: pl.Series) -> pl.Series:
    """A column of numbers in 64 bits; narrower floats by their shortest decimal, so that 0.1 stays 0.1.

    >>> widened(pl.Series([0.1, 0.21, None], dtype=pl.Float32)).to_list()
    [0.1, 0.21, None]
    """
    narrow = column.dtype.is_float() and column.dtype != pl.Float64
    return (column.cast(pl.String) if narrow else column).cast(pl.Float64)


def read_values(
    rows: pl.DataFrame, *, decimal: str = "", unit_required: frozenset[str] = frozenset()
) -> pl.DataFrame:
    """The rows with `value` in each concept's unit, and `limit` ("" for none) and `reason` (null where it can be used).

    `value` may be texts or numbers. Without a column `unit` every value is in its concept's own unit; `unit_required` are the
    concepts of which some values came with a unit. A missing word is a null without a reason. `unread`: words of a culture that
    no list has. What is of an
    unknown concept has the number as it was printed.

    >>> rows = pl.DataFrame({"concept": "platelets", "value": ["≤9", "150.000", "n/a"], "unit": ["/nl", "/uL", None]})
    >>> read_values(rows).select("value", "limit", "reason").rows()
    [(9.0, '<=', None), (0.15, '', 'ambiguous separator: thousands or decimals'), (None, '', None)]
    """
    concept = rows["concept"].cast(pl.String)
    unit = rows["unit"].cast(pl.String).str.strip_chars() if "unit" in rows.columns else None
    frame = _printed(rows["value"], decimal).with_columns(concept, unit=pl.lit(None, pl.String))
    frame = _cultures_in_words(frame, rows["value"])
    if unit is not None:
        frame = frame.with_columns(unit.replace("", None).alias("unit"))
    frame = _in_own_units(frame)
    if unit is None:
        frame = frame.with_columns(_unit_reason=pl.lit(None, pl.String))
    else:
        frame = _judge_units(frame, unit_required)
    frame = frame.join(_LIMITS, on="concept", how="left", maintain_order="left")
    found = frame.select(
        "value", "limit",
        pl.when("_not_performed").then(pl.lit(NOT_PERFORMED)).when(pl.col("wrong")).then(pl.lit(NOT_A_NUMBER))
        .when(pl.col("value").is_null()).then(None)
        .when(pl.col("_unit_reason").is_not_null()).then("_unit_reason")
        .when(pl.col("thousands").is_not_null() & _plausible("thousands")).then(pl.lit(AMBIGUOUS))
        .when(~_plausible("value")).then(pl.lit(IMPLAUSIBLE)).alias("reason"),
        pl.col("_unread").alias("unread"),
    )  # fmt: skip
    return rows.with_columns(found.get_columns())


def _plausible(name: str) -> pl.Expr:
    return pl.col("_lowest").is_null() | pl.col(name).is_between("_lowest", "_highest")


def _printed(column: pl.Series, decimal: str) -> pl.DataFrame:
    """Number, limit and other reading of each cell, and whether it is none."""
    if column.dtype != pl.String:
        number = widened(column)
        number = number.set(number.is_nan(), None)
        wrong = number.is_infinite().fill_null(False)
        return pl.DataFrame({"value": number.set(wrong, None), "wrong": wrong}).with_columns(
            limit=pl.lit(""), thousands=pl.lit(None, pl.Float64)
        )
    text = column.str.strip_chars()
    plain = text.str.contains(r"^[+-]?[0-9]+$" if decimal == "," else _PLAIN)
    if not decimal:
        plain = plain & ~text.str.contains(_TWO_READINGS)
    plain = plain.fill_null(False)
    number = text.set(~plain, None).cast(pl.Float64, strict=False)
    plain = plain & number.is_finite().fill_null(False)
    others = text.filter(~plain).unique().drop_nulls()
    read = [(said, *_read(said, decimal)) for said in others]
    names = {
        "text": pl.String,
        "_number": pl.Float64,
        "limit": pl.String,
        "thousands": pl.Float64,
        "wrong": pl.Boolean,
    }
    table = pl.DataFrame(read, schema=names, orient="row")
    frame = pl.DataFrame({"text": text, "value": number.set(~plain, None)})
    return frame.join(table, on="text", how="left", maintain_order="left").select(
        pl.coalesce("value", "_number").alias("value"),
        pl.col("limit").fill_null(""),
        "thousands",
        pl.col("wrong").fill_null(False),
    )


def _read(text: str, decimal: str) -> tuple[float | None, str, float | None, bool]:
    if is_missing(text):
        return None, "", None, False
    found = read_printed(text, decimal)
    return (None, "", None, True) if found is None else (found.number, found.limit, found.thousands, False)


def _cultures_in_words(frame: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    """The frame with cultures whose result is in words: 1, 0 or nothing, and whether the culture was not performed."""
    worded = frame["wrong"] & (frame["concept"] == "culture").fill_null(False)
    if said.dtype != pl.String or not worded.any():
        return frame.with_columns(_not_performed=pl.lit(False), _unread=pl.lit(False))
    read = [(text, read_culture(text)) for text in said.filter(worded).unique()]
    names = {"_said": pl.String, "_grew": pl.Float64, "_not_performed": pl.Boolean, "_unread": pl.Boolean}
    table = pl.DataFrame(
        [
            (text, growth_value(found), found is Growth.NOT_PERFORMED, found is Growth.NOT_KNOWN)
            for text, found in read
        ],
        schema=names,
        orient="row",
    )
    keyed = frame.with_columns(said.set(~worded, None).alias("_said"))
    return (
        keyed.join(table, on="_said", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("_grew", "value").alias("value"),
            pl.col("wrong") & pl.col("_said").is_null(),
            pl.col("_not_performed", "_unread").fill_null(False),
        )
        .drop("_said", "_grew")
    )


def _in_own_units(frame: pl.DataFrame) -> pl.DataFrame:
    frame = rescue_fio2(convert_column(frame))
    if frame["thousands"].null_count() == frame.height:
        return frame
    other = frame.select("concept", "unit", pl.col("thousands").alias("value"))
    return frame.with_columns(rescue_fio2(convert_column(other))["value"].alias("thousands"))


def _judge_units(frame: pl.DataFrame, unit_required: frozenset[str]) -> pl.DataFrame:
    needed = [name for name, c in CONCEPTS.items() if c.unit and (name in unit_required or needs_unit(name))]
    pairs = frame.select("concept", "unit").unique().drop_nulls().rows()
    refused = [(c, u, reason) for c, u in pairs if c in CONCEPTS and (reason := reject_unit(c, u))]
    names = {"concept": pl.String, "unit": pl.String, "_refused": pl.String}
    table = pl.DataFrame(refused, schema=names, orient="row")
    lacking = pl.col("unit").is_null() & pl.col("concept").is_in(needed)
    return frame.join(table, on=["concept", "unit"], how="left", maintain_order="left").with_columns(
        _unit_reason=pl.when(lacking).then(pl.lit(NO_UNIT)).otherwise("_refused")
    )
