"""Calendar days as a hospital counts them: in its time zone, through every change of the clock. Plain Python."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
LATEST = 253_402_214_400_000_000  # the end of 9999-12-30: a later moment has no day in a zone


@dataclass(frozen=True)
class Calendar:
    """The days of a time zone, counted from 1970; without a zone those of UTC.

    >>> late = 22 * 3_600_000_000  # 22:00 UTC, 17:00 in New York and the next day in Tokyo
    >>> Calendar().day_of(late), Calendar("America/New_York").day_of(late), Calendar("Asia/Tokyo").day_of(late)
    (0, 0, 1)
    """

    zone: str | None = None

    def day_of(self, moment: float) -> int:
        """The day of a moment."""
        if self.zone is None:
            return int(moment // DAY)
        here = (_EPOCH + timedelta(microseconds=min(moment, LATEST))).astimezone(ZoneInfo(self.zone))
        return here.toordinal() - _FIRST

    def begins(self, day: int) -> int:
        """The first moment of a day."""
        if self.zone is None:
            return day * DAY
        midnight = datetime.combine(date.fromordinal(_FIRST + day), time(), ZoneInfo(self.zone))
        return (midnight.astimezone(UTC) - _EPOCH) // _MICROSECOND


UTC_DAYS = Calendar()
