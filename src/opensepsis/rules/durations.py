"""Lengths of time, always named: never a bare number."""

from datetime import timedelta


def minutes(number: float) -> timedelta:
    """A length of time in minutes.

    >>> minutes(60) == hours(1)
    True
    """
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """A length of time in hours.

    >>> str(hours(24))
    '1 day, 0:00:00'
    """
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    """A length of time in days of 24 hours.

    >>> days(2) == hours(48)
    True
    """
    return timedelta(days=number)


def including(length: timedelta) -> timedelta:
    """A window that holds its far edge too: 'within 48 h' with exactly 48 h counted.

    >>> including(hours(48)) > hours(48), spoken(including(hours(48)))
    (True, '48 h')
    """
    return length + timedelta(microseconds=1)


def spoken_age(years: float) -> str:
    """An age as a clinician says it.

    >>> spoken_age(18), spoken_age(4 / 12), spoken_age(1 / 12)
    ('18 years', '4 months', '1 month')
    """
    number, what = (years, "year") if years >= 1 else (years * 12, "month")
    return f"{number:g} {what}" if f"{number:g}" == "1" else f"{number:g} {what}s"


def spoken(length: timedelta) -> str:
    """A length of time as a clinician says it.

    >>> spoken(hours(24)), spoken(minutes(15)), spoken(days(7))
    ('24 h', '15 min', '7 days')
    """
    total = length.total_seconds()
    if total >= 3 * 86400 and total % 86400 == 0:
        return f"{total / 86400:g} days"
    return f"{total / 3600:g} h" if total >= 3600 else f"{total / 60:g} min"
