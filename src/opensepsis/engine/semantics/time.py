"""Lengths of time in whole microseconds, and ages in months. Plain Python."""

from datetime import date, timedelta
from functools import cache

from opensepsis.engine.semantics.calendar import Calendar

HOUR = 3_600_000_000
_FIRST = date(1970, 1, 1).toordinal()


@cache
def to_microseconds(length: timedelta) -> int:
    """A length of time in whole microseconds."""
    return round(length.total_seconds() * 1e6)


def months_between(calendar: Calendar, start: int, to: int) -> int:
    """Whole calendar months from the day of one moment to that of another, in microseconds since 1970."""
    a, b = (date.fromordinal(_FIRST + calendar.day_of(t)) for t in (start, to))
    return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)
