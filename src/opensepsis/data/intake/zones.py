"""Clocks of a time zone. From 2100 on, where research data are often moved to, Polars knows no summer time: there Python does."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

LATE = datetime(2100, 1, 1)
_STEP = "30m"  # no clock changes within a half hour


def local_times(moments: pl.Series, zone: str) -> pl.Series:
    """Moments (UTC) as a clock in the zone shows them, without a zone.

    >>> noons = pl.Series([datetime(year, 7, 1, 12, tzinfo=UTC) for year in (2050, 2150)])
    >>> local_times(noons, "America/New_York").dt.hour().to_list()
    [8, 8]
    """
    shown = moments.dt.convert_time_zone(ZoneInfo(zone).key).dt.replace_time_zone(None)
    plain = moments.dt.replace_time_zone(None)
    late = (plain >= LATE).fill_null(False)
    if not late.any():
        return shown
    away = _offsets(plain.filter(late), lambda moment: moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)))
    return shown.scatter(late.arg_true(), plain.filter(late) + away["first"])


def late_moments(local: pl.Series, zone: str) -> tuple[pl.Series, int, int]:
    """Local times from 2100 on in UTC, and how many happen twice (the first is taken) and never (as if the clock had not been changed yet).

    >>> july = pl.Series([datetime(2150, 7, 1, 12)])
    >>> late_moments(july, "America/New_York")[0].dt.hour().to_list()
    [16]
    """
    away = _offsets(local, lambda moment: moment.replace(tzinfo=ZoneInfo(zone)))
    twice, never = (away["first"] > away["second"]).sum(), (away["first"] < away["second"]).sum()
    return (local - away["first"]).dt.replace_time_zone("UTC"), int(twice), int(never)


def _offsets(times: pl.Series, placed) -> pl.DataFrame:
    """`first` and `second`: what a clock in the zone is ahead of UTC at each time, before and after a change of that moment."""
    steps = times.dt.truncate(_STEP).alias("step")
    there = steps.unique().drop_nulls()
    rows = [(placed(step).utcoffset(), placed(step).replace(fold=1).utcoffset()) for step in there]
    kind = pl.Duration("us")
    table = pl.DataFrame(rows, schema={"first": kind, "second": kind}, orient="row").with_columns(there)
    return steps.to_frame().join(table, on="step", how="left", maintain_order="left")
