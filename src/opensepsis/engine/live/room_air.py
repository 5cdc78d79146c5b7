"""Since when a patient is charted as breathing air. Plain Python; its Polars twin is in `batch/signals.py`."""

from bisect import bisect_right
from itertools import groupby

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.infusions import running_at
from opensepsis.rules import RoomAir


def breathes_air(air: RoomAir, moment: int, chart: Chart) -> int | None:
    """When the charting of room air that holds at a moment began; None where none does."""
    name = air.device.name
    starts, ends = chart.worked_out(id(air), (name,), lambda: _statements(air, chart.intervals(name)))
    i = bisect_right(starts, moment) - 1
    until = ends[i] if i >= 0 else None
    if until is None or until <= moment or running_at(air.unless, moment, chart)[0]:
        return None
    return None if _flows(air, starts[i], moment, chart) else starts[i]


def _flows(air: RoomAir, began: int, moment: int, chart: Chart) -> bool:
    """Whether the flow of oxygen measured last since the charting began is above 0."""
    series = chart.series[air.flow.name]
    i = series.last(moment)
    return i >= 0 and series.times[i] >= began and series.values[i] > 0


def _statements(air: RoomAir, intervals) -> tuple[list[int], list[float | None]]:
    """When devices were charted anew, and until when that holds as air; None where it is not air."""
    there = [(start, end, text) for start, end, _, text in intervals if start < end]
    starts, ends = [], []
    for start, together in groupby(there, key=lambda interval: interval[0]):
        rows = list(together)
        starts.append(start)
        ends.append(max(end for _, end, _ in rows) if all(text == air.word for *_, text in rows) else None)
    return starts, ends
