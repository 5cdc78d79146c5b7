"""Checks of stays: each belongs to somebody, appears once and ends after it starts."""

from collections.abc import Iterable

import polars as pl

from opensepsis.data.schema import KINDS_OF_STAY, STAYS, in_shape
from opensepsis.errors import FormatError, StayError, nearest

_OLDEST = 130.0
_YEAR = 365.2425 * 24 * 3600


def check_stays(stays: pl.DataFrame, where: str = "stays") -> pl.DataFrame:
    """The stays in their schema; StayError names the place, the count and the rows, never who it is.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> check_stays(pl.DataFrame({"patient": "a", "stay": ["1", "2"], "admitted": at}))["kind"].to_list()
    ['hospital', 'hospital']
    """
    missing = [name for name in ("patient", "stay", "admitted") if name not in stays.columns]
    if missing:
        raise FormatError(
            f"{where}: stays need the columns patient, stay and admitted; missing: {', '.join(missing)}."
        )
    stays = _shaped(stays, where)
    _refuse(stays, where, pl.col("patient").is_null(), "have no patient", "Fill the column 'patient'.")
    _refuse(stays, where, pl.col("stay").is_null(), "have no name", "Fill the column 'stay'.")
    _refuse(
        stays, where, pl.col("admitted").is_null(), "have no time of admission", "Fill the column 'admitted'."
    )
    _check_kinds(stays, where)
    _check_twice(stays, where)
    early = pl.col("discharged") < pl.col("admitted")
    _refuse(
        stays,
        where,
        early,
        "end before they start",
        "Correct 'admitted' or 'discharged'; check the time zone too.",
    )
    return stays


def _shaped(stays: pl.DataFrame, where: str) -> pl.DataFrame:
    try:
        return in_shape(stays, STAYS).with_columns(pl.col("kind").fill_null("hospital"))
    except pl.exceptions.PolarsError:
        wrong = [c for c, t in STAYS.items() if c in stays.columns and stays.schema[c] != t]
    raise FormatError(f"{where}: wrong type in the columns {', '.join(wrong)}. See the timeline's schema.")


def _refuse(stays: pl.DataFrame, where: str, wrong: pl.Expr, what: str, way_out: str) -> None:
    rows = stays.select(pl.arg_where(wrong)).to_series()
    if len(rows):
        raise StayError(
            f"{where}: {len(rows):,} of {stays.height:,} stays {what} ({rows_in_words(rows)}). {way_out}"
        )


def rows_in_words(rows: Iterable[int]) -> str:
    """Row numbers counted from 1 after the header, the first five of them.

    >>> rows_in_words(range(7))
    'rows 1, 2, 3, 4, 5 and 2 more'
    """
    rows = [row + 1 for row in rows]
    more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
    return f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows[:5]))}{more}"


def _check_kinds(stays: pl.DataFrame, where: str) -> None:
    rows = stays.select(pl.arg_where(~pl.col("kind").is_in(KINDS_OF_STAY))).to_series()
    if len(rows):
        raise StayError(
            f"{where}: {len(rows):,} of {stays.height:,} stays are of a kind that is not known "
            f"({rows_in_words(rows)}). "
            f"{nearest('', KINDS_OF_STAY)}"
        )


def _check_twice(stays: pl.DataFrame, where: str) -> None:
    rows = stays.select(pl.arg_where(pl.col("stay").is_duplicated())).to_series()
    if len(rows):
        count = stays["stay"].gather(rows).n_unique()
        many = "the same stay is" if count == 1 else "stays are"
        raise StayError(
            f"{where}: {many} there twice ({count:,} stay{'s' * (count > 1)}, {len(rows):,} "
            f"{rows_in_words(rows).replace('row ', 'row: ').replace('rows ', 'rows: ')}). "
            "Give each stay one row and its own name."
        )


def fill_ages(stays: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The stays with the age at admission, from `born` if need be, and how many ages were impossible."""
    from_birth = (pl.col("admitted") - pl.col("born")).dt.total_seconds(fractional=True) / _YEAR
    stays = stays.with_columns(pl.coalesce("age", from_birth).alias("age"))
    impossible = ~pl.col("age").is_between(0, _OLDEST)
    count = stays.select(impossible.sum()).item()
    return stays.with_columns(pl.when(~impossible).then("age").alias("age")), count


def close_open_stays(stays: pl.DataFrame, last_seen: pl.DataFrame) -> pl.DataFrame:
    """The stays with an end: an open one ends at death, the next stay of its kind or the last event.

    `last_seen` has patient and last_seen, the time of the patient's last event.
    """
    following = pl.col("admitted").shift(-1).over("patient", "kind", order_by="admitted")
    last = pl.max_horizontal("last_seen", "admitted")
    end = pl.max_horizontal(pl.min_horizontal(pl.coalesce("died", last), following), "admitted")
    return (
        stays.join(last_seen, on="patient", how="left", maintain_order="left")
        .with_columns(pl.coalesce("discharged", end).alias("discharged"))
        .drop("last_seen")
    )
