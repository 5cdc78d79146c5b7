"""A death of which only the day is told, in a source whose stays tell when they ended."""

import polars as pl

_DAY = pl.duration(days=1)


def at_discharge(stays: pl.DataFrame) -> pl.DataFrame:
    """The stays with `died` at the discharge of the hospital stay that lasts into that day: who left alive did not die before.

    A death at midnight names its day only. A unit may close a stay hours later, so that a hospital stay comes first.

    >>> from datetime import UTC, datetime
    >>> at = lambda day, hour: datetime(2026, 1, day, hour, tzinfo=UTC)
    >>> stay = {"patient": "a", "kind": "hospital", "admitted": at(1, 9), "discharged": at(4, 15), "died": at(4, 0)}
    >>> at_discharge(pl.DataFrame([stay]))["died"].item().hour
    15
    """
    died, left = pl.col("died"), pl.col("discharged")
    day_only = died == died.dt.truncate("1d")
    within = day_only & (left >= died) & (pl.col("admitted") < died + _DAY)
    of_hospital = pl.col("kind") == "hospital"
    in_hospital, elsewhere = (
        pl.when(within & (of_hospital == wanted)).then(left).max().over("patient") for wanted in (True, False)
    )
    return stays.with_columns(
        died=pl.when(day_only).then(pl.coalesce(in_hospital, elsewhere, died)).otherwise(died)
    )
