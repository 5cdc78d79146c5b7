"""Clocks of zones in the years that research data are moved to: summer time goes on after 2099, as in plain Python."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from opensepsis.data.intake.timestamps import to_moments
from opensepsis.data.intake.zones import local_times
from opensepsis.engine.batch.surveillance_days import days_of
from opensepsis.engine.semantics.calendar import Calendar

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Tokyo", "UTC")


def every_hour_of(year: int) -> list[datetime]:
    return [datetime(year, 1, 1, 0, 17) + timedelta(hours=7 * step) for step in range(365 * 24 // 7)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2026, 2099, 2100, 2187])
def test_a_moment_is_shown_as_python_shows_it(zone, year):
    moments = [moment.replace(tzinfo=UTC) for moment in every_hour_of(year)]
    expected = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in moments]
    assert local_times(pl.Series(moments), zone).to_list() == expected


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2026, 2187])
def test_a_local_time_is_the_moment_that_python_makes_of_it(zone, year):
    local = every_hour_of(year)
    expected = [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for moment in local]
    found = to_moments(pl.Series([*local, None]), zone)
    assert found.values.to_list() == [*expected, None]


@pytest.mark.parametrize("year", [2031, 2187])
def test_times_that_happen_twice_or_never(year):
    sundays = [day for day in range(1, 32) if datetime(year, 3, day).weekday() == 6]
    spring = datetime(year, 3, sundays[1], 2, 30)  # the second Sunday of March: the clock goes from 2 to 3
    autumn = datetime(year, 11, next(d for d in range(1, 8) if datetime(year, 11, d).weekday() == 6), 1, 30)
    found = to_moments(pl.Series([spring, autumn]), "America/New_York")
    assert [moment.hour for moment in found.values] == [7, 5]
    assert (found.twice, found.never) == (1, 1)


def test_both_engines_count_the_days_of_shifted_dates_alike():
    calendar = Calendar("America/New_York")
    moments = [
        int(datetime(2187, month, 9, hour, 30, tzinfo=UTC).timestamp()) * 1_000_000
        for month in (1, 7)
        for hour in (3, 4, 5)
    ]
    batch = pl.DataFrame({"at": moments}).select(days_of(calendar, "at")).to_series().to_list()
    assert batch == [calendar.day_of(moment) for moment in moments]
