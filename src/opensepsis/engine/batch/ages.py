"""Ticks at which patients are outside the ages a score was made for. Polars twin of `table.refusal`."""

import polars as pl

from opensepsis.rules import Score


def outside_age(score: Score, months: pl.Series) -> pl.Series:
    """Whether the age at each tick lies outside the ages of the score; an unknown age is let in."""
    masked = pl.repeat(False, len(months), dtype=pl.Boolean, eager=True)
    if score.lowest_age is not None:
        masked = masked | (months < score.lowest_age * 12).fill_null(False)
    if score.age_below is not None:
        masked = masked | (months >= score.age_below * 12).fill_null(False)
    return masked


def refuse(masked: pl.Series, score: Score, points: pl.DataFrame) -> pl.DataFrame:
    """The points of a score, not known at the ticks that are masked."""
    if not masked.any():
        return points
    rows = [row.name for row in score.rows]
    unknown = [pl.when(~masked).then(pl.col(c)).alias(c) for c in ("total", *rows)]
    basis = [
        pl.when(~masked).then(pl.col(f"{r}_basis")).otherwise(pl.lit("not known")).alias(f"{r}_basis")
        for r in rows
    ]
    basis = [b.cast(points.schema[f"{r}_basis"]) for b, r in zip(basis, rows, strict=True)]
    known = pl.when(~masked).then(pl.col("rows_known")).otherwise(pl.lit(0, pl.Int8)).alias("rows_known")
    return points.with_columns(*unknown, *basis, known)
