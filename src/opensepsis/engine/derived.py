"""Signals worked out from other signals' values, side by side in columns. Polars; `at.py` says of what."""

import polars as pl

from opensepsis.engine.moment import ADULT, BY_AGE, BY_CREATININE, FEMALE
from opensepsis.engine.running import HOUR
from opensepsis.engine.table import CARRIED, OBSERVED
from opensepsis.rules import BackCalculated


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


def back_calculated(signal: BackCalculated, age: pl.DataFrame, sex: pl.DataFrame) -> pl.DataFrame:
    """The creatinine at which the MDRD equation gives the signal's eGFR, from age in months and sex."""
    both = age.select(months="value").hstack(sex.select(sex="value"))
    factor = pl.when(pl.col("sex") == "female").then(FEMALE).otherwise(1.0) * signal.factor
    level = signal.egfr / (factor * divided(pl.col("months"), 12).pow(BY_AGE))
    told = (pl.col("months") >= ADULT) & pl.col("sex").is_not_null()
    value = pl.when(told).then(level.pow(1 / BY_CREATININE))
    return both.select(value=value, basis=pl.lit(OBSERVED, pl.Int8))


def reached(moments: pl.DataFrame, sums: pl.DataFrame, needed: pl.Series, over: int) -> pl.DataFrame:
    """The moments, and `at`, the first time in [moment − over, moment] by which `needed` was in; null where it was not.

    `sums`: time, place and the running `total` over all patients: what came before the window cancels out.
    """
    places, totals = sums["place"], sums["total"]
    before = places.search_sorted(moments["place"] - over, side="left")
    behind = places.search_sorted(moments["place"], side="right")
    started = totals.shift(1, fill_value=0).extend_constant(totals.last() or 0, 1).gather(before)
    row = totals.search_sorted(started + needed.fill_null(0), side="left")
    there = needed.is_not_null() & (row < behind)
    return moments.with_columns(at=sums["time"].gather(row.zip_with(there, row.clear(len(row)))))


def in_a_row(began: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """How many answers up to each moment were met in a row, none of them before `at`; null where there is none.

    `began`: time, place, at. `answers`: place and met of every reading, in order of place.
    """
    number = pl.int_range(pl.len())
    broken = pl.when(~pl.col("met")).then(number).forward_fill().fill_null(-1)
    numbered = answers.select("place", number=number, broken=broken)
    started = (pl.col("place") - (pl.col("time") - pl.col("at"))).fill_null(pl.col("place"))
    first = answers["place"].search_sorted(began.select(started).to_series(), side="left")
    found = began.with_columns(first=first).join(numbered, on="place", how="left", maintain_order="left")
    outside = pl.max_horizontal(pl.col("broken"), pl.col("first").cast(pl.Int64) - 1)
    value = pl.when(pl.col("at").is_not_null()).then((pl.col("number") - outside).cast(pl.Float64))
    return found.select(value=value, basis=pl.lit(OBSERVED, pl.Int8))
