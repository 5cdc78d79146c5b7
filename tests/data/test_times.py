"""Times as files write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensepsis.data.intake.timestamps import check_zone, to_moments
from opensepsis.errors import TimeError

BERLIN = "Europe/Berlin"


def read(text, zone=None):
    return to_moments(pl.Series([text]), zone).values[0]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T12:00:00Z",
        "2026-01-01T12:00Z",
        "2026-01-01 12:00:00Z",
        "2026-01-01T12:00:00.000Z",
        "2026-01-01T13:00:00+01:00",
        "2026-01-01T13:00:00+0100",
        "2026-01-01T13:00:00+01",
        "2026-01-01 13:00+01:00",
        "2026-01-01T13:00:00 +01",
        "2026-01-01 13:00  +01:00",
        "2026-01-01 12:00 UTC",
        "2026-01-01T06:30:00.0-05:30",
    ],
)
def test_an_offset_is_believed(text):
    assert read(text) == read(text, BERLIN) == datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-07-01T12:00:00", "2026-07-01 12:00", "2026-07-01T12:00", "2026-07-01 12:00:00.0"]
)
def test_local_time_needs_a_zone(text):
    assert read(text, BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    found = to_moments(pl.Series([text]), None)
    assert found.naive.to_list() == [True] and found.values[0] is None


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01T00:00:00", "2026-02-30 10:00", "01/02/2026 10:00", "12:00"]
)
def test_what_is_no_time(text):
    assert to_moments(pl.Series([text]), BERLIN).wrong.to_list() == [True]


MIXED = [
    None, "2026-07-01T12:00:00Z", "2026-07-01 14:00", "2026-07-01 12:00 UTC", "2026-07-01T14:00:00 +02",
    "2026-07-01 14:00:00.0", "2026-07-01", "noon", "2026-07-01T12:00:00.5Z",
]  # fmt: skip


@pytest.mark.parametrize("first", range(len(MIXED)))
def test_a_column_of_many_forms_reads_each_as_alone_whichever_comes_first(first):
    column = MIXED[first:] + MIXED[:first]
    together = to_moments(pl.Series(column), BERLIN)
    alone = [to_moments(pl.Series([text], dtype=pl.String), BERLIN) for text in column]
    for what in ("values", "wrong", "day_only"):
        assert getattr(together, what).to_list() == [getattr(one, what)[0] for one in alone]


def test_a_form_of_the_site_is_tried_before_those_of_iso():
    column = pl.Series(["2026-02-01T12:00:00Z"])
    assert to_moments(column, "UTC", ("%Y-%d-%mT%H:%M:%SZ",)).values[0].month == 1


def test_a_day_is_told_apart():
    found = to_moments(pl.Series(["2026-01-01", "2026-01-01T00:00:00Z", None]), BERLIN)
    assert found.day_only.to_list() == [True, False, False]
    assert to_moments(pl.Series([date(2026, 1, 1)]), BERLIN).day_only.to_list() == [True]


@pytest.mark.parametrize(
    ("zone", "local", "utc", "twice", "never"),
    [
        (BERLIN, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z", 1, 0),  # first of the two
        (BERLIN, "2026-03-29T02:30:00", "2026-03-29T01:30:00Z", 0, 1),  # as if not yet changed
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", 1, 0),
        ("America/New_York", "2026-03-08T02:15:00", "2026-03-08T07:15:00Z", 0, 1),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z", 0, 1),  # half an hour
    ],
)
def test_changes_of_the_clock(zone, local, utc, twice, never):
    found = to_moments(pl.Series([local]), zone)
    assert found.values[0] == read(utc)
    assert (found.twice, found.never) == (twice, never)


def test_forms_may_be_mixed():
    many = pl.Series(["2026-01-01T12:00:00", "2026-01-01T12:00:00Z", None, "x", "2026-01-01 12:00:00+02:00"])
    found = to_moments(many, "UTC")
    assert [t and t.hour for t in found.values.to_list()] == [12, 12, None, None, 10]
    assert found.wrong.to_list() == [False, False, False, True, False]


def test_typed_columns():
    naive = pl.Series([datetime(2026, 7, 1, 12)])
    assert to_moments(naive, BERLIN).values[0] == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert to_moments(naive, None).naive.to_list() == [True]
    aware = naive.dt.replace_time_zone("Asia/Tokyo").cast(pl.Datetime("ns", "Asia/Tokyo"))
    assert to_moments(aware, None).values[0] == datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert to_moments(pl.Series([5]), None).wrong.to_list() == [True]
    assert to_moments(pl.Series([None]), None).wrong.to_list() == [False]


def test_zones():
    check_zone(None)
    check_zone("UTC")
    with pytest.raises(TimeError, match="'Europe/Berlin'"):
        check_zone("Europe/Berlun")
    for odd in ("", "../etc", "zzzz", "/etc/passwd"):
        with pytest.raises(TimeError, match="no time zone"):
            check_zone(odd)


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_agrees_with_the_standard_library(local, zone):
    """Python's fold=0 is the same rule: first of two, and the old offset where none exists."""
    expected = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    found = to_moments(pl.Series([local.isoformat(timespec="microseconds")]), zone).values[0]
    assert abs(found - expected) < timedelta(microseconds=1)
