"""What runs at which moment: intervals of one concept as steps in time. Plain Python."""

from bisect import bisect_right
from math import floor, inf

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.semantics.basis import RATE_UNKNOWN
from opensepsis.engine.semantics.signal_structure import adds_up
from opensepsis.rules import Running


def counts(signal: Running, text: str | None) -> bool:
    """Whether an interval with this text is one of those the signal asks for."""
    if signal.words and text not in signal.words:
        return False
    return text not in signal.not_words


def step_function(signal: Running, chart: Chart) -> tuple[list[int], list, list[int]]:
    """Moments at which the value changes, the value from then on (None: not known), and the start of the merged run."""
    name = signal.concept.name
    return chart.worked_out(id(signal), (name,), lambda: _steps(signal, _rows(chart, name)))


def _rows(chart: Chart, name: str) -> list[tuple]:
    """Start, end, rate, text and origin of what runs, in order of start."""
    return [(e.time, chart.end_of(e), e.value, e.text, e.origin) for e in chart.standing(name)]


def _steps(signal: Running, intervals) -> tuple[list[int], list, list[int]]:
    idle = None if signal.unknown_unless_charted else 0.0
    asked, others = [], []
    # an infusion of exactly the length asked for has run long enough: it counts through its last moment
    last = (1 if signal.for_at_least else 0) + round(signal.lingers.total_seconds() * 1e6)
    for start, end, rate, text, origin in intervals:
        if start >= end:
            continue
        if counts(signal, text):
            if rate is None or rate > 0:
                asked.append((start, end + last, _rate(signal, rate, text), end, origin))
        elif signal.unknown_unless_charted:
            others.append((start, end))
    runs = _runs(asked, signal.bridging.total_seconds() * 1e6)
    least = signal.for_at_least.total_seconds() * 1e6
    breaks = {t for start, until, *_ in asked for t in (start, until)}
    breaks |= {int(start + least) for start, _ in runs}
    if adds_up(signal):
        breaks |= {end for *_, end, _ in asked}
    breaks |= {t for other in others for t in other}
    times = sorted(t for t in breaks if t < inf)
    values, starts = [], []
    for moment in times:
        value, start = _at(signal, moment, asked, runs, least)
        if value == 0 and not any(a <= moment < b for a, b in others):
            value = idle
        values.append(value)
        starts.append(start)
    return times, values, starts


def _rate(signal: Running, rate: float | None, text: str | None) -> float:
    if not signal.concept.unit:
        return 1.0
    return RATE_UNKNOWN if rate is None else rate / dict(signal.salts).get(text or "", 1.0)


def _runs(asked, bridging: float) -> list[tuple[int, float]]:
    """Intervals merged, gaps up to `bridging` included: start and end of each run."""
    runs: list[tuple[int, float]] = []
    for start, end in sorted(interval[:2] for interval in asked):
        if runs and start - runs[-1][1] <= bridging:
            runs[-1] = (runs[-1][0], max(runs[-1][1], end))
        else:
            runs.append((start, end))
    return runs


def _at(signal: Running, moment: int, asked, runs, least: float) -> tuple[float, int]:
    rates = [rate for start, until, rate, *_ in asked if start <= moment < until]
    if not rates:
        return 0.0, moment
    began = max(start for start, _ in runs if start <= moment)
    if moment - began < least:
        return 0.0, began
    return max(max(rates), _sum(moment, asked) if adds_up(signal) else 0.0), began


def _sum(moment: int, asked) -> float:
    """The rates of different origins that run, each at its highest, added up in whole billionths; 0 when only one runs."""
    highest: dict[str, int] = {}
    for start, _, rate, end, origin in asked:
        if origin is not None and start <= moment < end:
            highest[origin] = max(billionths(rate), highest.get(origin, 0))
    return sum(highest.values()) / 1e9 if len(highest) > 1 else 0.0


def billionths(rate: float) -> int:
    """A rate in whole billionths of its unit, so that no order of adding matters."""
    return floor(rate * 1e9 + 0.5)


def running_at(signal: Running, moment: int, chart: Chart) -> tuple[float | None, int]:
    """The value of a running signal at a moment, and the start of the merged run it belongs to."""
    times, values, starts = step_function(signal, chart)
    i = bisect_right(times, moment) - 1
    if i < 0:
        return (None if signal.unknown_unless_charted else 0.0), moment
    return values[i], starts[i]
