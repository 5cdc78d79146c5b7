"""The value of a signal at a moment for one patient. Plain Python: the reference for `batch/signals.py`."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from opensepsis.engine.live.chart import Chart, thousandths
from opensepsis.engine.live.infusions import running_at, step_function
from opensepsis.engine.live.room_air import breathes_air
from opensepsis.engine.live.score_tables import holds
from opensepsis.engine.semantics.basis import ASSUMED, CARRIED, OBSERVED, half_up
from opensepsis.engine.semantics.doses import dose_of
from opensepsis.engine.semantics.estimated_baseline import ADULT, back_calculated
from opensepsis.engine.semantics.limits import keeps_open
from opensepsis.engine.semantics.logistic_risk import logistic_risk
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.engine.semantics.time import HOUR, months_between, to_microseconds
from opensepsis.rules import (
    Age,
    Assumed,
    BackCalculated,
    CarriedDuringInterval,
    Count,
    CountActive,
    CountDoses,
    Denominator,
    FirstKnown,
    Highest,
    HighestWithin,
    InARow,
    Latest,
    Linear,
    LogisticRisk,
    Lowest,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Rise,
    Rounded,
    Running,
    Signal,
    Since,
    SinceAmount,
    Total,
    ValueBeforeInterval,
    WithinLast,
    children,
)

UNKNOWN = (None, OBSERVED)


def value_at(signal: Signal, moment: int, chart: Chart) -> tuple[Any, int]:
    """The value (a number, or a word of its concept; None: not known) and its basis: observed, carried or assumed."""
    read = READERS.get(type(signal))
    if read is None:
        raise TypeError(f"no live form of {signal!r}")
    return read(signal, moment, chart)


def _measured(signal: Latest, moment: int, chart: Chart) -> tuple[Any, int]:
    series = chart.series[signal.concept.name]
    i = bisect_right(series.times, moment) - 1
    if i < 0:
        return UNKNOWN
    age = moment - series.times[i]
    if age if signal.valid is None else age >= to_microseconds(signal.valid):
        return UNKNOWN
    return series.values[i], (CARRIED if age >= HOUR else OBSERVED)


def _runs(signal: Running, moment: int, chart: Chart) -> tuple[float | None, int]:
    return running_at(signal, moment, chart)[0], OBSERVED


def _denominator(signal: Denominator, moment: int, chart: Chart) -> tuple[float | None, int]:
    return _ratio(signal.ratio, moment, chart, alone=True)


def _first_known(signal: FirstKnown, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    return next((v for p in signal.parts if (v := value_at(p, moment, chart))[0] is not None), UNKNOWN)


def _rounded(signal: Rounded, moment: int, chart: Chart) -> tuple[float | None, int]:
    value, basis = value_at(signal.signal, moment, chart)
    if value is None:
        return None, basis
    rounded = half_up(value, signal.decimals)
    return (value if chart.flipped is not chart and keeps_open(value, rounded) else rounded), basis


def _assumed(signal: Assumed, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    runs = running_at(signal.during, moment, chart)[0]
    return (signal.value, ASSUMED) if runs else value_at(signal.signal, moment, chart)


def _linear(signal: Linear, moment: int, chart: Chart) -> tuple[float | None, int]:
    value, basis = value_at(signal.signal, moment, chart)
    return (None if value is None else value * signal.times / signal.by + signal.plus), basis


def _observed(work: Callable) -> Callable:
    """A reader of what is observed whenever it is known."""
    return lambda signal, moment, chart: (work(signal, moment, chart), OBSERVED)


def _risk(signal: LogisticRisk, moment: int, chart: Chart) -> float | None:
    return logistic_risk(signal, {part: value_at(part, moment, chart)[0] for part in children(signal)})


def _active(signal: CountActive, moment: int, chart: Chart) -> float:
    return float(sum(1 for p in signal.parts if running_at(p, moment, chart)[0]))


def _age(signal: Age, moment: int, chart: Chart) -> float | None:
    series = chart.series[signal.concept.name]
    i = series.last(moment)
    return None if i < 0 else float(months_between(chart.calendar, series.times[i], moment))


def _lowest(signal: Lowest, moment: int, chart: Chart) -> float | None:
    found = _window(signal.concept, signal.over, moment, chart)
    return min(found) if len(found) >= signal.at_least else None


def _highest(signal: Highest, moment: int, chart: Chart) -> float | None:
    return max(_window(signal.concept, signal.over, moment, chart), default=None)


def _doses(signal: CountDoses, moment: int, chart: Chart) -> float:
    times = chart.worked_out(
        ("doses", id(signal)), (signal.concept.name,), lambda: _dose_times(signal, chart)
    )
    return float(bisect_right(times, moment) - bisect_right(times, moment - to_microseconds(signal.over)))


def _count(signal: Count, moment: int, chart: Chart) -> float:
    return float(len(_window(signal.concept, signal.over, moment, chart)))


def _rise(signal: Rise, moment: int, chart: Chart) -> float | None:
    value, at = _latest(signal.measured, moment, chart)
    found = [] if value is None else _window(signal.measured.concept, signal.over, at, chart.flipped)
    return value - min(found) if found and len(found) >= signal.at_least else None


def _since(signal: Since, moment: int, chart: Chart) -> float | None:
    series = chart.series[signal.concept.name]
    i = series.last(moment)
    return None if i < 0 else (moment - series.times[i]) / HOUR


def _since_amount(signal: SinceAmount, moment: int, chart: Chart) -> float | None:
    at = _reached(signal, moment, chart)
    return None if at is None else (moment - at) / HOUR


def _dose_times(signal: CountDoses, chart: Chart) -> list[int]:
    """The moments of the doses that count, in order of time."""
    given = chart.standing(signal.concept.name)
    return sorted({e.time for e in given if dose_of(signal.drugs, signal.doses, e.text)})


def _window(concept, over, moment: int, chart: Chart) -> list:
    series = chart.series[concept.name]
    return series.values[series.between(moment - to_microseconds(over), moment)]


def _latest(signal: Latest, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    series = chart.series[signal.concept.name]
    i = bisect_right(series.times, moment) - 1
    if i < 0:
        return None, moment
    at = series.times[i]
    fits = at == moment if signal.valid is None else moment - at < to_microseconds(signal.valid)
    return (series.values[i], at) if fits else (None, moment)


def _ratio(signal: Ratio, moment: int, chart: Chart, alone: bool = False) -> tuple[float | None, int]:
    """The ratio, or with `alone` only what it divides by."""
    above, at = _latest(signal.numerator, moment, chart)
    if above is None or isinstance(above, str):
        return UNKNOWN
    below = _paired(signal, at, chart if alone else chart.flipped)
    if not below:
        return UNKNOWN
    return (below if alone else above / below), (CARRIED if moment - at >= HOUR else OBSERVED)


def _paired(signal: Ratio, at: int, chart: Chart) -> float | None:
    """The denominator that goes with a numerator of this moment."""
    series, air = chart.series[signal.denominator.name], signal.room_air
    i = series.last(at)
    if air is not None:
        began = breathes_air(air, at, chart)
        if began is not None and (i < 0 or series.times[i] < began or series.values[i] <= air.value):
            return air.value
    return None if i < 0 or at - series.times[i] > to_microseconds(signal.paired_within) else series.values[i]


def _plus(signal: Plus, moment: int, chart: Chart) -> tuple[float | None, int]:
    total, basis = 0.0, OBSERVED
    for part in signal.parts:
        value, on = value_at(part, moment, chart)
        if value is None:
            return UNKNOWN
        total, basis = total + value, max(basis, on)
    return total, basis


def _total(signal: Total, moment: int, chart: Chart) -> float | None:
    series = chart.series[signal.concept.name]
    last = series.last(moment)
    first_covers, gap = to_microseconds(signal.first_covers), to_microseconds(signal.longest_gap)
    if last < 0 or moment - series.times[last] > first_covers:
        return None
    start, began = moment - to_microseconds(signal.over), last
    while (
        began > 0
        and series.times[began] - first_covers > start
        and series.times[began] - series.times[began - 1] <= gap
    ):
        began -= 1
    if _covers_from(signal, series.times[began], chart) > start or series.values[last] < 0:
        return None
    total = sum(series.values[series.between(start, moment)])
    return total / 1000 if total >= 0 else None


def _covers_from(signal: Total, first: int, chart: Chart) -> int:
    """From when on a record without one before it speaks for the time before it."""
    covered = first - to_microseconds(signal.first_covers)
    if signal.since is None:
        return covered
    since = chart.series[signal.since.name]
    i = since.last(first)
    there = i >= 0 and first - since.times[i] <= to_microseconds(signal.longest_gap)
    return min(covered, since.times[i]) if there else covered


def _mean_rate(signal: MeanRate, moment: int, chart: Chart) -> float | None:
    total, per = signal.total, signal.per
    volume = _total(total, moment, chart)
    divisor = 1.0 if per is None else value_at(per, moment, chart.flipped)[0]
    if volume is None or not divisor:
        return None
    return volume / (total.over.total_seconds() / 3600) / divisor


def _reached(signal: SinceAmount, moment: int, chart: Chart) -> int | None:
    """The first moment at which the amounts of the window were in."""
    per = value_at(signal.per, moment, chart.flipped)[0]
    if not per:
        return None
    series = chart.series[signal.concept.name]
    needed, total = thousandths(signal.amount * per), 0
    for i in range(bisect_left(series.times, moment - to_microseconds(signal.over)), series.last(moment) + 1):
        total += series.values[i]
        if total >= needed:
            return series.times[i]
    return None


def _in_a_row(signal: InARow, moment: int, chart: Chart) -> float | None:
    began = _reached(signal.since, moment, chart)
    if began is None or _met(signal, moment, chart) is None:
        return None
    number = 0
    for earlier in reversed(moments_of(signal, chart, began, moment)):
        answer = _met(signal, earlier, chart)
        if answer is False:
            break
        number += answer is True
    return float(number)


def _met(signal: InARow, moment: int, chart: Chart) -> bool | None:
    values = {s.name: value_at(s, moment, chart)[0] for s in signal.read}
    if chart.flipped is chart:
        return holds(signal.condition, values)
    return holds(
        signal.condition, values, {s.name: value_at(s, moment, chart.flipped)[0] for s in signal.read}
    )


def _held(signal: CarriedDuringInterval, moment: int, chart: Chart) -> tuple[float | None, int]:
    runs, began = running_at(signal.during, moment, chart)
    if not runs:
        return value_at(signal.signal, moment, chart)
    return _last_known(signal.signal, began - to_microseconds(signal.back) + 1, began, chart)[0], CARRIED


def _before(signal: ValueBeforeInterval, moment: int, chart: Chart) -> tuple[float | None, int]:
    runs, began = running_at(signal.during, moment, chart)
    if not runs:
        return UNKNOWN
    value, _ = _last_known(signal.signal, began - to_microseconds(signal.back) + 1, began, chart)
    return (value, CARRIED) if value is not None else (signal.otherwise, ASSUMED)


def _last_known(signal: Signal, start: int, to: int, chart: Chart) -> tuple[float | None, int]:
    """The last known value of a signal at its own moments from `start` to `to`, and its moment."""
    for earlier in reversed(moments_of(signal, chart, start, to)):
        value, _ = value_at(signal, earlier, chart)
        if value is not None:
            return value, earlier
    return None, to


def _recent(signal: WithinLast, moment: int, chart: Chart) -> tuple[float | None, int]:
    value, at = _last_known(signal.signal, moment - to_microseconds(signal.within) + 1, moment, chart)
    return value, (CARRIED if moment - at >= HOUR else OBSERVED)


def _best(signal: HighestWithin, moment: int, chart: Chart) -> tuple[float | None, int]:
    now, basis = value_at(signal.signal, moment, chart)
    if now is None:
        return UNKNOWN
    earlier = moments_of(signal.signal, chart, moment - to_microseconds(signal.over) + 1, moment)
    values = [v for t in earlier if (v := value_at(signal.signal, t, chart)[0]) is not None]
    return max([now, *values]), basis


def _quotient(signal: Quotient, moment: int, chart: Chart) -> tuple[float | None, int]:
    above, on = value_at(signal.top, moment, chart)
    below, other = value_at(signal.bottom, moment, chart.flipped)
    if above is None or not below:
        return UNKNOWN
    return above * signal.times / below, max(on, other)


def _back_calculated(signal: BackCalculated, moment: int, chart: Chart) -> float | None:
    months, sex = value_at(signal.age, moment, chart)[0], value_at(signal.sex, moment, chart)[0]
    if months is None or sex is None or months < ADULT:
        return None
    return back_calculated(signal, months, sex == "female")


def moments_of(signal: Signal, chart: Chart, start: int, to: int) -> list[int]:
    """The moments from `start` to `to`, both included, at which something of the signal was recorded."""
    found: set[int] = set()
    for name in measured_concepts(signal):
        series = chart.series[name]
        found.update(series.times[series.between(start - 1, to)])
    return sorted(found)


def changes_of(signal: Signal, chart: Chart) -> set[int]:
    """The moments at which a signal of intervals may change its value."""
    if isinstance(signal, Running):
        return set(step_function(signal, chart)[0])
    return set().union(*(changes_of(child, chart) for child in children(signal)))


READERS: dict[type, Callable[[Any, int, Chart], tuple]] = {
    Latest: _measured,
    Running: _runs,
    Ratio: _ratio,
    Denominator: _denominator,
    Plus: _plus,
    FirstKnown: _first_known,
    Rounded: _rounded,
    CarriedDuringInterval: _held,
    Assumed: _assumed,
    ValueBeforeInterval: _before,
    WithinLast: _recent,
    HighestWithin: _best,
    Linear: _linear,
    Quotient: _quotient,
    LogisticRisk: _observed(_risk),
    BackCalculated: _observed(_back_calculated),
    CountActive: _observed(_active),
    Age: _observed(_age),
    Lowest: _observed(_lowest),
    Highest: _observed(_highest),
    Count: _observed(_count),
    CountDoses: _observed(_doses),
    Total: _observed(_total),
    MeanRate: _observed(_mean_rate),
    Rise: _observed(_rise),
    Since: _observed(_since),
    SinceAmount: _observed(_since_amount),
    InARow: _observed(_in_a_row),
}
