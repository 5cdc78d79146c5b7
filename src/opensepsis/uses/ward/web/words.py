"""How values are written on the pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.uses.ward.views.lengths import span

DAY = 24 * 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock_in(zone: str) -> Callable[[int | None], str]:
    """A function that writes a moment as day and time in a zone.

    >>> clock_in("UTC")(0)
    '1 Jan 00:00'
    """
    place = ZoneInfo(zone)

    def clock(moment: int | None) -> str:
        if moment is None:
            return ""
        try:
            local = (_EPOCH + timedelta(microseconds=moment)).astimezone(place)
        except OverflowError:  # a sender's year 1 or 9999, over the edge in this zone
            return "at no time"
        return f"{local.day} {local:%b %H:%M}"

    return clock


def birth_in(zone: str) -> Callable[[int | None], str]:
    """A function that writes a date of birth, whether it was sent as a day of UTC or of a zone.

    >>> birth_in("Europe/Berlin")(-3_600_000_000), birth_in("Europe/Berlin")(0), birth_in("UTC")(None)
    ('1 Jan 1970', '1 Jan 1970', '')
    """
    place = ZoneInfo(zone)

    def birth(moment: int | None) -> str:
        if moment is None:
            return ""
        try:
            day = _EPOCH + timedelta(microseconds=moment)
            local = day.astimezone(place)
        except OverflowError:
            return "at no time"
        day = day if moment % DAY == 0 else local
        return f"{day.day} {day:%b %Y}"

    return birth


def years(age: float) -> str:
    """An age as people say it: in months below two years, in days below two months.

    >>> years(76.4), years(0.42), years(0.05)
    ('76 y', '5 months', '18 days')
    """
    if age >= 2:
        return f"{int(age)} y"
    return f"{int(age * 12)} months" if age >= 2 / 12 else f"{max(0, int(age * YEAR_DAYS))} days"


def ago(moment: int, now: int) -> str:
    """How long ago a moment is.

    >>> ago(0, 95 * 60_000_000), ago(0, 20_000_000)
    ('1 h 35 min ago', 'just now')
    """
    return f"{span(now - moment)} ago" if now - moment >= 60_000_000 else "just now"


def sparkline(trend: tuple[tuple[int, int], ...], highest: int) -> Markup:
    """The totals of the last hours as a small line; nothing for fewer than two."""
    if len(trend) < 2:
        return Markup("")
    first, last = trend[0][0], trend[-1][0]
    wide = max(1, last - first)
    points = " ".join(
        f"{2 + 56 * (t - first) / wide:.1f},{16 - 14 * min(v, highest) / highest:.1f}" for t, v in trend
    )
    said = f"from {trend[0][1]} to {trend[-1][1]} in {span(last - first)}"
    # not by uses/pages: hundreds of them at each refresh, in a ward without what draws figures
    drawn = '<svg class="spark" viewBox="0 0 60 18" role="img" aria-label="{}"><polyline points="{}"/></svg>'
    return Markup(drawn).format(said, points)
