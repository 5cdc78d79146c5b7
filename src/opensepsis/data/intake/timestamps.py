"""Times as files write them, in UTC.

With an offset, a Z or the word UTC a time is what it says. Without one it is local time in the zone the user names; where
clocks change, a time that happens twice is taken as the first of the two, and one that never happens as if
the clock had not been changed yet.
"""

import re
from collections.abc import Iterator
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


@dataclass(frozen=True)
class _Step:
    """Forms that are tried together: of local times, of instants or of days."""

    kind: str
    forms: tuple[str, ...]
    zone: str | None = None
    joined: bool = False  # once a zone's word or offset stands at its time without a space


_AS_Z = _Step("fixed", _UTC)
_AS_ISO = (
    _Step("local", _LOCAL),
    _Step("fixed", _UTC, joined=True),
    _Step("fixed", _OFFSET, "UTC"),
    _Step("local", _LOCAL_FRACTION),
    _Step("days", _DATE),
)


def _read_text(column: pl.Series, timezone: str | None, forms: tuple[str, ...]) -> Moments:
    rows, left = len(column), column
    local = days = _nothing(rows, pl.Datetime("us"))
    found = {"local": local, "fixed": _nothing(rows, MOMENT), "days": days}
    for step in _in_turn(column, forms):
        if left.null_count() == rows:
            break
        here, left = _parse(_zone_joined(left) if step.joined else left, step.forms, step.zone)
        so_far = found[step.kind]
        if here.null_count() < rows:
            found[step.kind] = so_far.zip_with(so_far.is_not_null(), here.cast(so_far.dtype))
    local, days = found["local"], found["days"]
    local = local.zip_with(local.is_not_null(), days)
    return _with_zone(local, found["fixed"], timezone, left.is_not_null(), days.is_not_null())


def _in_turn(column: pl.Series, forms: tuple[str, ...]) -> Iterator[_Step]:
    """The site's own forms, then those of ISO; that with a Z at once where the first time has one."""
    own = _of_site(forms)
    yield from (_Step("local", own.local), _Step("fixed", own.offset, "UTC"), _Step("days", own.days))
    if str(column.first(ignore_nulls=True)).endswith("Z"):
        yield _AS_Z
    yield from _AS_ISO


def _zone_joined(column: pl.Series) -> pl.Series:
    """` UTC` and ` GMT` as Z, and an offset without the space before it."""
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


def _parse(column: pl.Series, forms: tuple[str, ...], zone: str | None) -> tuple[pl.Series, pl.Series]:
    """The times that have one of the forms, and the cells that are still to be read."""
    read = _nothing(len(column), pl.Datetime("us", zone))
    nothing = _nothing(len(column), pl.String())
    for form in forms:
        here = column.str.to_datetime(form, strict=False, time_unit="us")
        found = len(column) - here.null_count()
        if not found:
            continue
        read = read.zip_with(read.is_not_null(), here)
        if found + column.null_count() == len(column):
            return read, nothing
        column = nothing.zip_with(here.is_not_null(), column)
    return read, column


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
