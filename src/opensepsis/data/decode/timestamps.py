"""Times as messages write them, as microseconds (UTC). Without an offset a time is local to the feed's zone.

Where clocks change, a time that happens twice is the first of the two, and one that never happens is read as if the clock had
not been changed yet, as `data/intake/timestamps.py` does for files. A time
received within the hour after the second of the two is that one.
When something was sent or filed is another matter: the later of the two that is not after its receipt, so that a correction never
seems older than what it corrects.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_HL7 = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d{1,6})?([+-]\d{4})?$")
_ISO = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stamp:
    """A moment, and whether the clock time was said at all: a mere day cannot start a clock.

    `over`: of a mere day, month, year or hour, when it is over on the clocks of its zone.
    """

    time: int
    to_the_minute: bool
    over: int | None = None

    @property
    def end(self) -> int:
        """The moment at which what was said is over."""
        return self.time if self.over is None else self.over


@lru_cache(maxsize=1024)
def hl7_time(text: str, zone: tzinfo, received: int | None = None, within: int | None = None) -> Stamp | None:
    """The moment of an HL7 time stamp; None when it is none.

    A clock time that happens twice is the second one where that is not after `received`, and not further before it than `within`.

    >>> hl7_time("20260101120000+0100", ZoneInfo("UTC")).time == hl7_time("202601011100", ZoneInfo("UTC")).time
    True
    """
    found = _HL7.match(text.strip())
    return _stamp(found.groups(), zone, received, within) if found else None


def offset_of(text: str) -> tzinfo | None:
    """The offset that an HL7 time stamp has; None where it has none.

    >>> offset_of("20260102120000-0500").utcoffset(None).total_seconds() / 3600
    -5.0
    """
    found = _HL7.match(text.strip())
    return _offset(found[8]) if found and found[8] else None


class SenderZone(tzinfo):
    """The zone of a sender whose message had its offset then: for every other time the zone's own,
    for one that happens twice the message's.

    >>> winter = sender_zone("20261025080000+0100", ZoneInfo("Europe/Berlin"))
    >>> [datetime(2026, 10, day, 23, tzinfo=winter).utcoffset().total_seconds() / 3600 for day in (24, 25)]
    [2.0, 1.0]
    """

    def __init__(self, zone: tzinfo, offset: timedelta):
        self.zone, self.offset = zone, offset

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """What a clock is ahead of UTC."""
        if moment is None:
            return self.offset
        first, second = (moment.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1))
        return self.offset if self.offset in (first, second) else first


@lru_cache(maxsize=256)
def _sender_zone(zone: tzinfo, offset: timedelta) -> SenderZone:
    return SenderZone(zone, offset)


def sender_zone(text: str, zone: tzinfo) -> tzinfo:
    """The zone of the times of a message without an offset: that of the feed, unless the message's own time has another offset.

    >>> sender_zone("20260102120000-0500", ZoneInfo("Europe/Berlin")).utcoffset(None).total_seconds() / 3600
    -5.0
    """
    told, sent = offset_of(text), hl7_time(text, zone)
    if told is None or sent is None:
        return zone
    offset = told.utcoffset(None)
    then = (_EPOCH + sent.time * _MICROSECOND).astimezone(zone).utcoffset()
    return _sender_zone(zone, offset) if offset is not None and then == offset else told


def iso_time(text: str, zone: ZoneInfo) -> Stamp | None:
    """The moment of an ISO 8601 time or FHIR dateTime; None when it is none.

    >>> iso_time("2026-01-01", ZoneInfo("UTC")).to_the_minute
    False
    >>> days = [iso_time(f"2026-{day}", ZoneInfo("Europe/Berlin")) for day in ("03-29", "10-25", "10-26", "02")]
    >>> [(day.end - day.time) / 3_600_000_000 for day in days]  # clocks change on the first two; the last is a month
    [23.0, 25.0, 24.0, 672.0]
    """
    if (moment := _usual(text)) is not None:
        return Stamp(moment, True)
    found = _ISO.match(str(text).strip())
    if not found:
        return None
    *parts, offset = found.groups()
    return _stamp((*parts, None if offset is None else offset.replace(":", "").replace("Z", "+0000")), zone)


def _usual(text: str) -> int | None:
    """The moment of a time in its usual form, to the second with an offset; None for every other."""
    if (
        not isinstance(text, str)
        or len(text) != 25
        or text[10] != "T"
        or text[4] != "-"
        or text[13] != ":"
        or text[22] != ":"
    ):
        return None
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> tzinfo | None:
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes)) if minutes < 24 * 60 else None


def _stamp(parts, zone: tzinfo, received: int | None = None, within: int | None = None) -> Stamp | None:
    year, month, day, hour, minute, second, fraction, offset = parts
    leap = second == "60" and minute == "59"  # of a leap second the next second begins
    try:
        local = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            59 if leap else int(second or 0),
        )
        local += timedelta(seconds=leap, microseconds=round(float(fraction or 0) * 1e6))
    except (ValueError, OverflowError):
        return None
    told = _offset(offset) if offset else zone
    if told is None:
        return None
    aware = local.replace(tzinfo=told)
    try:
        moment = _micro(aware)
        second = _micro(aware.replace(fold=1))
        if (
            received is not None
            and moment < second <= received
            and (within is None or received - second < within)
        ):
            moment = second
        if minute is not None:
            return Stamp(moment, True)
        return Stamp(moment, False, _micro(_next(local, month, day, hour).replace(tzinfo=told)))
    except (ValueError, OverflowError):
        return None


def _next(local: datetime, month, day, hour) -> datetime:
    """When the hour, day, month or year is over that was said last."""
    if hour:
        return local + timedelta(hours=1)
    if day:
        return local + timedelta(days=1)
    if month:
        return (local + timedelta(days=31)).replace(day=1)
    return local.replace(year=local.year + 1)


def _micro(aware: datetime) -> int:
    return (aware.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
