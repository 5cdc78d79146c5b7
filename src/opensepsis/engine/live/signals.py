"""The value of a signal at a moment for one patient. Plain Python: the reference for `batch/signals.py`."""

from bisect import bisect_left, bisect_right

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


def value_at(signal: Signal, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    """The value and its basis: observed, carried or assumed."""
    match signal:
        case Latest():
            value, at = _latest(signal, moment, chart)
            return value, (CARRIED if value is not None and moment - at >= HOUR else OBSERVED)
        case Running():
            return running_at(signal, moment, chart)[0], OBSERVED
        case Ratio():
            return _ratio(signal, moment, chart)
        case Denominator(ratio=ratio):
            return _ratio(ratio, moment, chart, alone=True)
        case Plus(parts=parts):
            return _plus(parts, moment, chart)
        case FirstKnown(parts=parts):
            return next((v for p in parts if (v := value_at(p, moment, chart))[0] is not None), UNKNOWN)
        case Rounded(signal=inner, decimals=decimals):
            value, basis = value_at(inner, moment, chart)
            return (None if value is None else _rounded(value, decimals, chart)), basis
        case CarriedDuringInterval():
            return _held(signal, moment, chart)
        case Assumed(signal=inner, during=during, value=value):
            return (
                (value, ASSUMED) if running_at(during, moment, chart)[0] else value_at(inner, moment, chart)
            )
        case ValueBeforeInterval():
            return _before(signal, moment, chart)
        case WithinLast(signal=inner, within=within):
            return _recent(inner, within, moment, chart)
        case HighestWithin(signal=inner, over=over):
            return _best(inner, over, moment, chart)
    return _worked_out(signal, moment, chart)


def _worked_out(signal: Signal, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    """The value and basis of what is worked out from other signals or over a window."""
    match signal:
        case Linear(signal=inner, times=times, by=by, plus=plus):
            value, basis = value_at(inner, moment, chart)
            return (None if value is None else value * times / by + plus), basis
        case Quotient(top=top, bottom=bottom, times=times):
            return _quotient(top, bottom, times, moment, chart)
        case LogisticRisk():
            parts = {part: value_at(part, moment, chart)[0] for part in children(signal)}
            return logistic_risk(signal, parts), OBSERVED
        case BackCalculated():
            return _back_calculated(signal, moment, chart), OBSERVED
        case CountActive(parts=parts):
            return float(sum(1 for p in parts if running_at(p, moment, chart)[0])), OBSERVED
        case Age(concept=concept):
            series = chart.series[concept.name]
            i = series.last(moment)
            return (None if i < 0 else float(months_between(series.times[i], moment))), OBSERVED
    return _over_window(signal, moment, chart), OBSERVED


def _rounded(value: float, decimals: int, chart: Chart) -> float:
    rounded = half_up(value, decimals)
    return value if chart.flipped is not chart and keeps_open(value, rounded) else rounded


def _over_window(signal: Signal, moment: int, chart: Chart) -> float | None:
    match signal:
        case Lowest(concept=concept, over=over, at_least=at_least):
            found = _window(concept, over, moment, chart)
            return min(found) if len(found) >= at_least else None
        case Highest(concept=concept, over=over):
            return max(_window(concept, over, moment, chart), default=None)
        case CountDoses(over=over):
            times = chart.worked_out(
                ("doses", id(signal)), (signal.concept.name,), lambda: _dose_times(signal, chart)
            )
            return float(bisect_right(times, moment) - bisect_right(times, moment - to_microseconds(over)))
        case Count(concept=concept, over=over):
            return float(len(_window(concept, over, moment, chart)))
        case Total():
            return _total(signal, moment, chart)
        case MeanRate(total=total, per=per):
            return _mean_rate(total, per, moment, chart)
        case Rise(measured=measured, over=over, at_least=at_least):
            value, at = _latest(measured, moment, chart)
            found = [] if value is None else _window(measured.concept, over, at, chart.flipped)
            return value - min(found) if found and len(found) >= at_least else None
        case Since(concept=concept):
            series = chart.series[concept.name]
            i = series.last(moment)
            return None if i < 0 else (moment - series.times[i]) / HOUR
        case SinceAmount():
            at = _reached(signal, moment, chart)
            return None if at is None else (moment - at) / HOUR
        case InARow():
            return _in_a_row(signal, moment, chart)
    raise TypeError(f"no live form of {signal!r}")


def _dose_times(signal: CountDoses, chart: Chart) -> list[int]:
    """The moments of the doses that count, in order of time."""
    given = chart.standing(signal.concept.name)
    return sorted({e.time for e in given if dose_of(signal.drugs, signal.doses, e.text)})


def _window(concept, over, moment: int, chart: Chart) -> list:
    series = chart.series[concept.name]
    return series.values[series.between(moment - to_microseconds(over), moment)]


def _latest(signal: Latest, moment: int, chart: Chart) -> tuple[float | str | None, int]:
    series = chart.series[signal.concept.name]
    i = series.last(moment)
    if i < 0:
        return None, moment
    age = moment - series.times[i]
    fits = age == 0 if signal.valid is None else age < to_microseconds(signal.valid)
    return (series.values[i], series.times[i]) if fits else (None, moment)


def _ratio(signal: Ratio, moment: int, chart: Chart, alone: bool = False) -> tuple[float | None, int]:
    """The ratio, or with `alone` only what it divides by."""
    above, at = _latest(signal.numerator, moment, chart)
    below = None if above is None else _paired(signal, at, chart if alone else chart.flipped)
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


def _plus(parts, moment: int, chart: Chart) -> tuple[float | None, int]:
    total, basis = 0.0, OBSERVED
    for part in parts:
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


def _mean_rate(total: Total, per: Signal | None, moment: int, chart: Chart) -> float | None:
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


def _recent(signal: Signal, within, moment: int, chart: Chart) -> tuple[float | None, int]:
    value, at = _last_known(signal, moment - to_microseconds(within) + 1, moment, chart)
    return value, (CARRIED if moment - at >= HOUR else OBSERVED)


def _best(signal: Signal, over, moment: int, chart: Chart) -> tuple[float | None, int]:
    now, basis = value_at(signal, moment, chart)
    if now is None:
        return UNKNOWN
    earlier = moments_of(signal, chart, moment - to_microseconds(over) + 1, moment)
    values = [v for t in earlier if (v := value_at(signal, t, chart)[0]) is not None]
    return max([now, *values]), basis


def _quotient(
    top: Signal, bottom: Signal, times: float, moment: int, chart: Chart
) -> tuple[float | None, int]:
    above, on = value_at(top, moment, chart)
    below, other = value_at(bottom, moment, chart.flipped)
    if above is None or not below:
        return UNKNOWN
    return above * times / below, max(on, other)


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
