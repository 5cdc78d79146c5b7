"""The birth of each patient as an event, from the stays, so that the engines can tell an age at any moment."""

import polars as pl

from opensepsis.definitions.concepts.person import BORN

_DAY = 24 * 3600 * 1_000_000  # microseconds
_YEAR = 365.25 * _DAY


def births(stays: pl.DataFrame) -> pl.DataFrame:
    """patient and time of birth (microseconds); where only an age is recorded, so many years before admission.

    A day more, so that a patient of 18 years by the record is not 17 by the calendar.
    """
    by_age = pl.col("admitted").to_physical() - (pl.col("age") * _YEAR + _DAY).round().cast(pl.Int64)
    told = stays.select("patient", time=pl.coalesce(pl.col("born").to_physical(), by_age)).drop_nulls()
    return told.group_by("patient", maintain_order=True).agg(pl.col("time").min())


def birth_events(born: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Births (pid, time) with the columns of `events`; known from the start."""
    made = born.with_columns(concept=pl.lit(BORN.name), known=pl.col("time"), origin=pl.lit("stays"))
    blank = [pl.lit(None).alias(c) for c in events.columns if c not in made.columns]
    return made.with_columns(blank).select(pl.col(name).cast(dtype) for name, dtype in events.schema.items())
