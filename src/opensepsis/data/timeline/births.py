"""When patients were born, as their stays tell it. Polars."""

import polars as pl

from opensepsis.data.intake.age import WHOLE, YEAR_DAYS

_DAY = 24 * 3600 * 1_000_000  # microseconds


def births(stays: pl.DataFrame, who: str = "pid") -> pl.DataFrame:
    """`who` and time of birth (microseconds); where only an age is recorded, so long before admission (`birth_before`, for columns)."""
    months = pl.col("age") * 12
    days = pl.col("age") * YEAR_DAYS + ((months - months.round()).abs() < WHOLE)
    by_age = pl.col("admitted").to_physical() - (days * _DAY).round().cast(pl.Int64)
    told = stays.select(who, time=pl.coalesce(pl.col("born").to_physical(), by_age)).drop_nulls()
    return told.group_by(who, maintain_order=True).agg(pl.col("time").min())
