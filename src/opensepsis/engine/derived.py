"""Signals worked out from other signals' values, side by side in columns. Polars; `at.py` says of what."""

import polars as pl

from opensepsis.engine.running import HOUR
from opensepsis.engine.table import CARRIED, OBSERVED


def divided(value: pl.Expr, by: float) -> pl.Expr:
    """value ÷ by to the last digit: by a bare number Polars multiplies with 1 ÷ by, which can end otherwise."""
    return value / (value * 0.0 + by)


def linear(own: pl.DataFrame, times: float, by: float, plus: float) -> pl.DataFrame:
    """The value × times ÷ by + plus."""
    return own.with_columns(value=divided(pl.col("value") * times, by) + plus)


def quotient(top: pl.DataFrame, bottom: pl.DataFrame, times: float) -> pl.DataFrame:
    """top × times ÷ bottom; the less certain of the two tells the basis."""
    both = top.hstack(bottom.select(below="value", other="basis"))
    below = pl.when(pl.col("below") != 0).then(pl.col("below"))
    return both.select(value=pl.col("value") * times / below, basis=pl.max_horizontal("basis", "other"))


def how_many(running: list[pl.Series]) -> pl.DataFrame:
    """How many of these are above 0."""
    frame = pl.DataFrame({str(i): values for i, values in enumerate(running)})
    above = pl.sum_horizontal((pl.all() > 0).fill_null(False).cast(pl.Int64))
    return frame.select(value=above.cast(pl.Float64), basis=pl.lit(OBSERVED, pl.Int8))


def recent(found: pl.DataFrame, within: int) -> pl.DataFrame:
    """The value measured last (at `at`), if it is less than `within` old."""
    age = pl.col("time") - pl.col("at")
    basis = pl.when(age >= HOUR).then(pl.lit(CARRIED, pl.Int8)).otherwise(pl.lit(OBSERVED, pl.Int8))
    return found.select(value=pl.when(age < within).then(pl.col("value")), basis=basis)


def best(own: pl.DataFrame, highest: pl.DataFrame) -> pl.DataFrame:
    """The highest of the window, where the value itself is known."""
    return own.with_columns(pl.when(pl.col("value").is_not_null()).then(highest["value"]).alias("value"))


def age(found: pl.DataFrame) -> pl.DataFrame:
    """Whole calendar months (UTC) from `at` to `time`."""
    born, now = (pl.from_epoch(name, time_unit="us").dt for name in ("at", "time"))
    months = (now.year() - born.year()) * 12 + now.month().cast(pl.Int32) - born.month().cast(pl.Int32)
    months = months - (now.day() < born.day()).cast(pl.Int32)
    return found.select(value=months.cast(pl.Float64), basis=pl.lit(OBSERVED, pl.Int8))
