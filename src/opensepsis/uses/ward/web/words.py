"""How values are written on the pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from opensepsis.uses.ward.views.lengths import span

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
    drawn = '<svg class="spark" viewBox="0 0 60 18" role="img" aria-label="{}"><polyline points="{}"/></svg>'
    return Markup(drawn).format(said, points)
