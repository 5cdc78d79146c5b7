"""The value gate for columns: what `value.py` reads one by one, for a frame with `concept`, `value` and perhaps `unit`."""

import polars as pl

from opensepsis.data.intake.culture import Growth, read_culture
from opensepsis.data.intake.units import convert_column, needs_unit, rescue_fio2
from opensepsis.data.intake.value import (
    IMPLAUSIBLE,
    NO_UNIT,
    NOT_A_NUMBER,
    Quantity,
    Rejection,
    has_dimension,
    read_value,
    reject_unit,
)
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
    no list has. What is of an unknown concept has its number if it is a plain one.

    >>> rows = pl.DataFrame({"concept": "platelets", "value": ["≤9", "150.000", "n/a"], "unit": ["/nl", "/uL", None]})
    >>> read_values(rows).select("value", "limit", "reason").rows()
    [(9.0, '<=', None), (None, '', 'ambiguous separator: thousands or decimals'), (None, '', None)]
    """
    concept = rows["concept"].cast(pl.String)
    given = "unit" in rows.columns
    unit = (
        rows["unit"].cast(pl.String).str.strip_chars().replace("", None) if given else pl.lit(None, pl.String)
    )
    number, text = _parted(rows["value"], decimal)
    frame = pl.DataFrame({"concept": concept, "value": number, "_text": text}).with_columns(unit=unit)
    found = _plain(frame, given, unit_required)
    printed = frame.filter(pl.col("_text").is_not_null())
    if printed.height:
        names = ["concept", "_text", "unit"]
        table = _one_by_one(printed.select(names).unique(), given, decimal, unit_required)
        found = found.join(table, on=names, how="left", maintain_order="left", nulls_equal=True)
    else:
        found = found.with_columns(_value=None, _limit=None, _reason=None, _unread=None)
    is_plain = pl.col("_text").is_null()
    read = found.select(
        pl.when(is_plain).then("value").otherwise(pl.col("_value").cast(pl.Float64)).alias("value"),
        pl.col("_limit").cast(pl.String).fill_null("").alias("limit"),
        pl.when(is_plain).then("reason").otherwise(pl.col("_reason").cast(pl.String)).alias("reason"),
        pl.col("_unread").cast(pl.Boolean).fill_null(False).alias("unread"),
    )
    return rows.with_columns(read.get_columns())


def _parted(column: pl.Series, decimal: str) -> tuple[pl.Series, pl.Series]:
    """The plain numbers of a column, and the texts that the gate has to read one by one."""
    if column.dtype != pl.String:
        number = widened(column)
        number = number.set(number.is_nan().fill_null(False), None)
        endless = number.is_infinite().fill_null(False)
        text = pl.Series([None], dtype=pl.String).new_from_index(0, len(column)).set(endless, "endless")
        return number.set(endless, None), text
    text = column.str.strip_chars()
    plain = text.str.contains(r"^[+-]?[0-9]+$" if decimal == "," else _PLAIN)
    if not decimal:
        plain = plain & ~text.str.contains(_TWO_READINGS)
    number = text.set(~plain.fill_null(False), None).cast(pl.Float64, strict=False)
    plain = number.is_finite().fill_null(False)
    return number.set(~plain, None), text.set(plain, None)


def _plain(frame: pl.DataFrame, units_given: bool, unit_required: frozenset[str]) -> pl.DataFrame:
    """The plain numbers in their concepts' units, each with its `reason`."""
    frame = rescue_fio2(convert_column(frame))
    frame = (
        _judge_units(frame, unit_required)
        if units_given
        else frame.with_columns(_refused=pl.lit(None, pl.String))
    )
    frame = frame.join(_LIMITS, on="concept", how="left", maintain_order="left")
    outside = ~pl.col("value").is_between("_lowest", "_highest")
    return frame.select(
        "concept", "value", "_text", "unit",
        pl.when(pl.col("value").is_null()).then(None)
        .when(pl.col("_refused").is_not_null()).then("_refused")
        .when(outside).then(pl.lit(IMPLAUSIBLE)).alias("reason"),
    )  # fmt: skip


def _one_by_one(
    asked: pl.DataFrame, units_given: bool, decimal: str, unit_required: frozenset[str]
) -> pl.DataFrame:
    """What the gate says of each text with its concept and unit."""
    read = []
    for concept, text, unit in asked.iter_rows():
        if concept not in CONCEPTS:
            read.append((concept, text, unit, None, "", NOT_A_NUMBER, False))
            continue
        said = (unit or "") if units_given else None
        found = read_value(concept, text, said, decimal=decimal, unit_required=concept in unit_required)
        number = (found.number, found.limit) if isinstance(found, Quantity) else (None, "")
        reason = found.reason if isinstance(found, Rejection) else None
        unread = concept == "culture" and found is None and read_culture(text) is Growth.NOT_KNOWN
        read.append((concept, text, unit, *number, reason, unread))
    names = {
        "concept": pl.String, "_text": pl.String, "unit": pl.String, "_value": pl.Float64, "_limit": pl.String,
        "_reason": pl.String, "_unread": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(read, schema=names, orient="row")


def _judge_units(frame: pl.DataFrame, unit_required: frozenset[str]) -> pl.DataFrame:
    needed = [
        name for name in CONCEPTS if needs_unit(name) or (name in unit_required and has_dimension(name))
    ]
    pairs = frame.select("concept", "unit").unique().drop_nulls().rows()
    refused = [(c, u, reason) for c, u in pairs if c in CONCEPTS and (reason := reject_unit(c, u))]
    names = {"concept": pl.String, "unit": pl.String, "_refused": pl.String}
    table = pl.DataFrame(refused, schema=names, orient="row")
    lacking = pl.col("unit").is_null() & pl.col("concept").is_in(needed)
    return frame.join(table, on=["concept", "unit"], how="left", maintain_order="left").with_columns(
        _refused=pl.when(lacking).then(pl.lit(NO_UNIT)).otherwise("_refused")
    )
