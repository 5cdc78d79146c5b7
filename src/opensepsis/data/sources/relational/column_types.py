"""Columns in the type that the form gives them: identifiers exact, narrow numbers by their shortest decimal."""

from collections.abc import Callable

import ibis
import ibis.expr.datatypes as dt
import polars as pl

from opensepsis.data.sources.relational.expressions import Column, Query
from opensepsis.data.sources.relational.form import INSTANT, NUMBER, TEXT, TIME, WHOLE
from opensepsis.errors import FormatError

FIRST_INEXACT = 2**53  # from it on a floating-point number may have been another whole one


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.dtype(INSTANT)), dt.dtype(TIME)))
def _clock(zone, at):
    """The clock of a zone at an instant: DuckDB and PostgreSQL call it so."""


def typed(column: Column, wanted: str, careful: bool = False, zone: str = "") -> Column:
    """The column in the wanted type, converted where the data live and only if it has another.

    `careful`: a text that cannot be converted is empty; else it stops the reading. `zone`: the clock that a naive time of this form
    is of; without it an instant becomes the clock of the store's session.
    """
    kind = column.type()
    if careful and kind.is_string() and wanted != TEXT:
        return column.try_cast(wanted)
    if wanted == TEXT:
        return column if kind.is_string() else column.cast(TEXT)
    if wanted == TIME:
        if zone and kind.is_timestamp() and kind.timezone is not None:
            clock: Column = _clock(zone, column.cast(INSTANT))
            return clock.cast(TIME)
        # PostgreSQL's TIMESTAMP(0) is another type, which no union takes beside it
        return column if str(kind) == TIME else column.cast(TIME)
    if wanted == INSTANT:
        if kind.is_timestamp():
            # a naive one stays naive: a store would take it for local time in the zone of its session
            return column.cast(TIME) if kind.timezone is None else column
        return column.cast(INSTANT)
    if wanted == NUMBER and kind.is_float32():
        # its printed form is the shortest decimal: 0.1 stays 0.1 and does not become 0.10000000149
        return column.cast(TEXT).cast(NUMBER)
    return column if str(kind) == wanted else column.cast(wanted)


def without_nan(column: Column, wanted: str, stored: Column) -> Column:
    """The number, empty where it is NaN: so many writers store an empty cell."""
    kind = stored.type()
    may_be = wanted == NUMBER and (kind.is_floating() or kind.is_string())
    # no equality: of a Parquet file DuckDB 2.0 judges one by the file's statistics, which leave NaN out
    return ibis.ifelse(column.isnan(), ibis.null(NUMBER), column) if may_be else column


def check_whole(column: Column, wanted: str, fetch: Callable[[Query], pl.DataFrame], place: str) -> None:
    """FormatError if identifiers were stored as floating-point numbers too large to be exact."""
    if wanted != WHOLE or not column.type().is_floating():
        return
    largest = fetch(column.abs().max().as_table())[:, 0].item()
    if largest is not None and largest >= FIRST_INEXACT:
        raise FormatError(
            f"{place} holds identifiers as floating-point numbers of 2^53 or more, whose last digits are lost. "
            "Write them as 64-bit integers; with empty cells, as nullable integers."
        )
