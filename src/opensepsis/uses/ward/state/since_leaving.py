"""What was measured of somebody after their stay had ended: it is scored for nobody, so that it must be told."""

from bisect import bisect_right
from dataclasses import dataclass

from opensepsis.engine.live.chart import Chart
from opensepsis.rules import Kind
from opensepsis.uses.ward.state.burst import VITALS

MEASURED = (Kind.MEASURE, Kind.AMOUNT, Kind.WORD)


@dataclass(frozen=True)
class SinceLeaving:
    """How many moments have a value after the end of a stay, the last of them, and the last of a vital sign."""

    values: int = 0
    last: int | None = None
    vital_sign: int | None = None


NOTHING = SinceLeaving()


def since_leaving(chart: Chart, end: int | None) -> SinceLeaving:
    """What was measured after the end of a stay; nothing for a stay that goes on.

    >>> since_leaving(Chart({}), 5)
    SinceLeaving(values=0, last=None, vital_sign=None)
    """
    if end is None:
        return NOTHING
    later = {
        name: times
        for name, concept in chart.concepts.items()
        if concept.kind in MEASURED and (times := _later(chart, name, end))
    }
    return SinceLeaving(
        sum(map(len, later.values())),
        max((times[-1] for times in later.values()), default=None),
        max((times[-1] for name, times in later.items() if name in VITALS), default=None),
    )


def _later(chart: Chart, name: str, end: int) -> list[int]:
    series = chart.series[name]
    place = bisect_right(series.times, end)
    values = zip(series.times[place:], series.values[place:], strict=True)
    return [time for time, value in values if value is not None]
