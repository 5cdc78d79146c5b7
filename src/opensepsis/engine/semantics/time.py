"""Lengths of time in whole microseconds, and ages in months. Plain Python."""

from datetime import UTC, datetime, timedelta
from functools import cache

HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def to_microseconds(length: timedelta) -> int:
    """A length of time in whole microseconds."""
    return round(length.total_seconds() * 1e6)


def months_between(start: int, to: int) -> int:
    """Whole calendar months (UTC) from one moment to another, in microseconds since 1970."""
    a, b = (_EPOCH + timedelta(microseconds=t) for t in (start, to))
    return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)
