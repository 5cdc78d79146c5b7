"""Times as files write them, in UTC.

With an offset, a Z or the word UTC a time is what it says. Without one it is local time in the zone the user names; where
clocks change, a time that happens twice is taken as the first of the two, and one that never happens as if
the clock had not been changed yet.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import polars as pl

from opensepsis.data.intake.zones import LATE, late_moments
from opensepsis.data.schema import MOMENT
from opensepsis.errors import TimeError, nearest

# the commonest first: whole batches are in one form, and each further form only sees what is left
_LOCAL = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_LOCAL_FRACTION = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")
_UTC = tuple(form + "Z" for form in _LOCAL + _LOCAL_FRACTION)
_OFFSET = tuple(form + "%#z" for form in _LOCAL + _LOCAL_FRACTION)
_DATE = ("%Y-%m-%d",)
_DAY = pl.duration(days=1)
_FIRST_YEAR, _LAST_YEAR = 1800, 2261  # what calendars of 64-bit nanoseconds hold
OUTSIDE_THE_YEARS = f"lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}"
_ZONE_WORD = r"\s*(?:UTC|GMT|Z)$"
_SPACE_BEFORE_OFFSET = r"\s+([+-]\d{1,2}(?::?\d{2})?)$"


@dataclass(frozen=True)
class Moments:
    """A column of times in UTC, and where it was wrong: naive without a zone, no time at all, a day only."""

    values: pl.Series
    naive: pl.Series
    wrong: pl.Series
    day_only: pl.Series
    twice: int = 0
    never: int = 0


def check_zone(timezone: str | None) -> None:
    """TimeError with the nearest names if there is no such time zone."""
    if timezone is None:
        return
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        near = nearest(timezone, known)
        hint = (
            near if near.startswith("Did") else "Names are like 'Europe/Berlin', 'America/New_York' or 'UTC'."
        )
        raise TimeError(f"There is no time zone {timezone!r}. {hint}") from None


def outside_the_years(name: str) -> pl.Expr:
    """True where a column of times lies outside the years that every calendar library holds."""
    return ~pl.col(name).dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)


def to_moments(column: pl.Series, timezone: str | None, forms: tuple[str, ...] = ()) -> Moments:
    """The moments of a column of text, dates or times; `forms` are the site's own (strptime), tried before ISO.

    >>> found = to_moments(pl.Series(["2026-01-01T12:00:00+01:00", "2026-01-01 12:00"]), "Europe/Berlin")
    >>> found.values.dt.hour().to_list()
    [11, 11]
    """
    nothing = pl.repeat(False, len(column), eager=True)
    empty = _nothing(len(column), MOMENT)
    if column.dtype == pl.String:
        return _read_text(column, timezone, forms)
    if column.dtype == pl.Date:
        return _with_zone(column.cast(pl.Datetime("us")), empty, timezone, nothing, column.is_not_null())
    if not isinstance(column.dtype, pl.Datetime):
        return Moments(empty, nothing, column.is_not_null(), nothing)
    if column.dtype.time_zone:
        return Moments(column.cast(MOMENT), nothing, nothing, nothing)
    return _with_zone(column.cast(pl.Datetime("us")), empty, timezone, nothing, nothing)


def _nothing(rows: int, kind: pl.DataType) -> pl.Series:
    return pl.Series([None], dtype=kind).new_from_index(0, rows)


def _read_text(column: pl.Series, timezone: str | None, forms: tuple[str, ...]) -> Moments:
    own = _of_site(forms)
    local = _parse(column, own.local, None)
    fixed = _parse(_left(column, local), own.offset, "UTC")
    days = _parse(_left(column, local, fixed), own.days, None)
    local = local.zip_with(local.is_not_null(), _parse(_left(column, local, fixed, days), _LOCAL, None))
    left = _zone_joined(_left(column, local, fixed, days))
    utc = _parse(left, _UTC, None).dt.replace_time_zone("UTC")
    fixed = fixed.zip_with(fixed.is_not_null(), utc)
    fixed = fixed.zip_with(fixed.is_not_null(), _parse(_left(left, local, fixed), _OFFSET, "UTC"))
    local = local.zip_with(local.is_not_null(), _parse(_left(left, local, fixed), _LOCAL_FRACTION, None))
    days = days.zip_with(days.is_not_null(), _parse(_left(left, local, fixed), _DATE, None))
    wrong = column.is_not_null() & local.is_null() & fixed.is_null() & days.is_null()
    return _with_zone(local.zip_with(local.is_not_null(), days), fixed, timezone, wrong, days.is_not_null())


def _zone_joined(column: pl.Series) -> pl.Series:
    """` UTC` and ` GMT` as Z, and an offset without the space before it."""
    if column.null_count() == len(column):
        return column
    return column.str.replace(_ZONE_WORD, "Z").str.replace(_SPACE_BEFORE_OFFSET, "$1")


@dataclass(frozen=True)
class _Forms:
    local: tuple[str, ...]
    offset: tuple[str, ...]
    days: tuple[str, ...]


@cache
def _of_site(forms: tuple[str, ...]) -> _Forms:
    """The site's forms of times with and without seconds, and of their days."""
    local, offset, days = [], [], []
    for form in forms:
        for one in (form, *_with_other_seconds(form)):
            (offset if "%z" in one or "%#z" in one else local if _HAS_HOUR.search(one) else days).append(one)
        days.append(re.split(r"[ T]*%[HI]", form)[0].rstrip(" ,T"))
    return _Forms(tuple(dict.fromkeys(local)), tuple(dict.fromkeys(offset)), tuple(dict.fromkeys(days)))


_HAS_HOUR = re.compile("%[HIT]")


def _with_other_seconds(form: str) -> list[str]:
    if "%M" not in form:
        return []
    if "%S" in form:
        return [form.replace(":%S", "").replace("%.f", "")] if ":%S" in form else []
    return [form.replace("%M", "%M:%S"), form.replace("%M", "%M:%S%.f")]


def iso_of(text: str, forms: tuple[str, ...]) -> str:
    """One time in ISO where it has one of a site's forms; else the text itself.

    >>> iso_of("02.03.2026 08:15", ("%d.%m.%Y %H:%M",)), iso_of("2026-03-02", ("%d.%m.%Y %H:%M",))
    ('2026-03-02T08:15:00', '2026-03-02')
    """
    own = _of_site(forms)
    for form in (*own.local, *own.offset):
        try:
            return datetime.strptime(text, form.replace("%#z", "%z").replace("%.f", ".%f")).isoformat()
        except ValueError:
            continue
    for form in own.days:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return _joined(text)


def _joined(text: str) -> str:
    return re.sub(_SPACE_BEFORE_OFFSET, r"\1", re.sub(_ZONE_WORD, "Z", text)) if text[-1:] != "Z" else text


def _left(column: pl.Series, *read: pl.Series) -> pl.Series:
    """The cells that are still to be read."""
    done = read[0].is_not_null()
    for more in read[1:]:
        done = done | more.is_not_null()
    nothing = _nothing(len(column), pl.String())
    return nothing if done.all() else nothing.zip_with(done, column)


def _parse(column: pl.Series, forms: tuple[str, ...], zone: str | None) -> pl.Series:
    """The times that have one of the forms, the rest empty."""
    read = _nothing(len(column), pl.Datetime("us", zone))
    nothing = _nothing(len(column), pl.String())
    for form in forms:
        if column.null_count() == len(column):
            break
        here = column.str.to_datetime(form, strict=False, time_unit="us")
        read = read.zip_with(read.is_not_null(), here)
        column = nothing.zip_with(here.is_not_null(), column)
    return read


def _with_zone(
    local: pl.Series, fixed: pl.Series, timezone: str | None, wrong: pl.Series, day_only: pl.Series
) -> Moments:
    naive = local.is_not_null()
    if not naive.any() or timezone is None:
        return Moments(fixed, naive, wrong, day_only)
    late = (local >= LATE).fill_null(False)
    early = local.set(late, None) if late.any() else local
    found = pl.DataFrame({"local": early}).select(
        clear=pl.col("local").dt.replace_time_zone(timezone, ambiguous="null", non_existent="null")
    )["clear"]
    unclear = found.is_null() & early.is_not_null()
    twice = never = 0
    if unclear.any():
        found, twice, never = _at_clock_change(early, found, unclear, timezone)
    found = found.dt.convert_time_zone("UTC")
    if late.any():
        moments, more_twice, more_never = late_moments(local.filter(late), timezone)
        found = found.scatter(late.arg_true(), moments)
        twice, never = twice + more_twice, never + more_never
    return Moments(
        found.zip_with(naive, fixed), pl.repeat(False, len(local), eager=True), wrong, day_only, twice, never
    )


def _at_clock_change(
    local: pl.Series, found: pl.Series, unclear: pl.Series, timezone: str
) -> tuple[pl.Series, int, int]:
    """Times that happen twice become the first; times that never happen keep the offset of the day before."""
    frame = pl.DataFrame({"local": local, "found": found})
    first = pl.col("local").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    before = (pl.col("local") - _DAY).dt.replace_time_zone(
        timezone, ambiguous="earliest", non_existent="null"
    )
    day_before = before.dt.convert_time_zone("UTC") + _DAY
    frame = frame.with_columns(first=first, kept=day_before.dt.convert_time_zone(timezone))
    twice = int((unclear & frame["first"].is_not_null()).sum())
    whole = frame.select(pl.coalesce("found", "first", "kept")).to_series()
    return whole, twice, int(unclear.sum()) - twice
