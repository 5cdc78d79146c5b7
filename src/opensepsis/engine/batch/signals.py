"""The value of a signal at many moments of many patients. Twin of `live/signals.py`."""

from typing import NamedTuple

import numpy as np
import polars as pl

from opensepsis.engine.batch import signal_math
from opensepsis.engine.batch.chart import THOUSANDTHS, Charts, once_each, whole_thousandths
from opensepsis.engine.batch.infusions import air_charted, step_function
from opensepsis.engine.batch.moments import (
    Moments,
    Numbers,
    Readings,
    Whole,
    at_the_moment,
    extreme_between,
    in_window,
    last_before,
    last_within,
    union,
)
from opensepsis.engine.batch.score_tables import holds
from opensepsis.engine.batch.signal_math import Values, known
from opensepsis.engine.semantics.basis import ASSUMED, CARRIED, OBSERVED
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.doses import dose_of
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.engine.semantics.time import HOUR, to_microseconds
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
    RoomAir,
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


class _Runs(NamedTuple):
    value: Numbers
    began: Whole


def evaluate(signal: Signal, moments: Moments, charts: Charts) -> Values:
    """The value of a signal and on what it rests, one for each moment, in their order."""
    match signal:
        case Latest():
            value, age = _latest(signal, moments, charts)
            return Values(value, signal_math.basis_by_age(age))
        case Running():
            return Values(_running(signal, moments, charts).value, OBSERVED)
        case Ratio():
            above, below, basis = _pair(signal, moments, charts, charts.flipped)
            return Values(np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0), basis)
        case Denominator(ratio=ratio):
            above, below, basis = _pair(ratio, moments, charts, charts)
            return Values(np.where(known(above) & (below != 0), below, np.nan), basis)
        case Plus(parts=parts):
            return signal_math.plus([evaluate(p, moments, charts) for p in parts])
        case FirstKnown(parts=parts):
            return signal_math.first_known([evaluate(p, moments, charts) for p in parts])
        case Rounded(signal=inner, decimals=decimals):
            at_end = charts.flipped is not charts
            return signal_math.rounded(evaluate(inner, moments, charts), decimals, at_end)
        case CarriedDuringInterval():
            return _held(signal, moments, charts)
        case Assumed(signal=inner, during=during, value=value):
            runs = _running(during, moments, charts).value > 0
            return signal_math.assumed(evaluate(inner, moments, charts), runs, value)
        case Rise():
            return _rise(signal, moments, charts)
        case Total():
            return Values(_total(signal, moments, charts), OBSERVED)
        case MeanRate():
            return _mean_rate(signal, moments, charts)
        case Since(concept=concept):
            return Values(_hours_since(moments, charts.readings(concept.name)), OBSERVED)
        case Lowest() | Highest() | Count():
            return _over(signal, moments, charts)
    return _derived(signal, moments, charts)


def _derived(signal: Signal, moments: Moments, charts: Charts) -> Values:
    match signal:
        case ValueBeforeInterval():
            return _before(signal, moments, charts)
        case WithinLast(signal=inner, within=within):
            return _recent(known_readings(inner, charts), to_microseconds(within), moments)
        case HighestWithin(signal=inner, over=over):
            highest = _extreme(known_readings(inner, charts), moments, to_microseconds(over), np.maximum)
            own = evaluate(inner, moments, charts)
            return Values(np.where(known(own.value), highest, np.nan), own.basis)
        case Linear(signal=inner, times=times, by=by, plus=plus):
            own = evaluate(inner, moments, charts)
            return Values(own.value * times / by + plus, own.basis)
        case Quotient(top=top, bottom=bottom, times=times):
            return signal_math.quotient(
                evaluate(top, moments, charts), evaluate(bottom, moments, charts.flipped), times
            )
        case CountActive(parts=parts):
            running = [_running(p, moments, charts).value > 0 for p in parts]
            return Values(np.sum(running, axis=0).astype(float), OBSERVED)
        case LogisticRisk():
            parts = {part: evaluate(part, moments, charts).value for part in children(signal)}
            return Values(signal_math.logistic(signal, parts), OBSERVED)
        case BackCalculated(age=age, sex=sex):
            months, sex = evaluate(age, moments, charts).value, evaluate(sex, moments, charts).value
            return Values(signal_math.back_calculated(signal, months, sex), OBSERVED)
        case Age(concept=concept):
            return _age(moments, charts.readings(concept.name), charts.calendar)
        case SinceAmount():
            reached, at = _reached(signal, moments, charts)
            return Values(np.where(reached, (moments.time - at) / HOUR, np.nan), OBSERVED)
        case InARow():
            return _in_a_row(signal, moments, charts)
    raise TypeError(f"no batch form of {signal!r}")


def moments_of(signals, charts: Charts) -> Moments:
    """The moments at which something of these signals was recorded, each once, worked out once."""
    names = tuple(sorted({name for signal in signals for name in measured_concepts(signal)}))
    if len(names) == 1:
        return charts.readings(names[0])
    if names not in charts.moments:
        places = [charts.readings(name).place for name in names]
        charts.moments[names] = union([np.empty(0, np.int64), *places], charts.axis)
    return charts.moments[names]


def known_readings(signal: Signal, charts: Charts) -> Readings:
    """The known values of a signal at its own moments, worked out once."""
    key = id(signal)
    if key not in charts.known:
        moments = moments_of((signal,), charts)
        value = evaluate(signal, moments, charts).value
        there = known(value)
        found = moments.take(there)
        readings = Readings(found.pid, found.time, found.place, value[there])
        charts.known[key] = readings, signal  # kept, so that its id stays its own
    return charts.known[key][0]


def _read(readings: Readings, at: np.ndarray, there: np.ndarray) -> Numbers:
    """The values at these positions, NaN where there is none."""
    if not len(readings):
        return np.full(len(at), np.nan)
    return np.where(there, readings.value[at], np.nan)


def _times(readings: Moments, at: np.ndarray, there: np.ndarray, otherwise: Whole) -> Whole:
    return np.where(there, readings.time[at], otherwise) if len(readings) else otherwise


def _latest(signal: Latest, moments: Moments, charts: Charts) -> tuple[Numbers, Whole]:
    """The value, and how long ago it was measured: 0 where it is not known."""
    readings = charts.readings(signal.concept.name)
    if signal.valid is None:
        now = np.zeros(len(moments), np.int64)
        if readings is moments:
            return readings.value, now
        return _read(readings, *at_the_moment(moments, readings)), now
    (at, fits), age = last_within(moments, readings, to_microseconds(signal.valid))
    return _read(readings, at, fits), age


def _running(signal: Running, moments: Moments, charts: Charts) -> _Runs:
    """The rate of what runs and when its run began."""
    steps = step_function(signal, charts)
    idle = np.nan if signal.unknown_unless_charted else 0.0
    if not len(steps):
        return _Runs(np.full(len(moments), idle), moments.time)
    at, there = last_before(moments, steps)
    return _Runs(np.where(there, steps.value[at], idle), np.where(there, steps.began[at], moments.time))


def _pair(
    signal: Ratio, moments: Moments, charts: Charts, divisors: Charts
) -> tuple[Numbers, Numbers, np.ndarray]:
    """The two sides of a ratio, each NaN where it is not known, and on what they rest."""
    above, age = _latest(signal.numerator, moments, charts)
    at = moments.time - age
    readings = divisors.readings(signal.denominator.name)
    asked = Moments(moments.pid, at, moments.place - age)
    position, there = last_before(asked, readings)
    measured, measured_at = _read(readings, position, there), _times(readings, position, there, at)
    below = np.where(at - measured_at <= to_microseconds(signal.paired_within), measured, np.nan)
    if signal.room_air is not None and charts.standing[signal.room_air.device.name].height:
        began, on_air = _air_since(signal.room_air, asked, divisors)
        on_air &= ~(there & (measured_at >= began) & (measured > signal.room_air.value))
        below = np.where(on_air, signal.room_air.value, below)
    return above, below, signal_math.basis_by_age(age)


def _air_since(air: RoomAir, moments: Moments, charts: Charts) -> tuple[Whole, np.ndarray]:
    """When the charting of room air began that holds at each moment, and where one does. As `room_air.breathes_air`."""
    charted = air_charted(air, charts)
    at, there = last_before(moments, charted)
    if not len(charted):
        return moments.time, there
    holds_on = there & (charted.until[at] > moments.time) & ~(_running(air.unless, moments, charts).value > 0)
    return charted.time[at], holds_on & ~_flows(air, charted.time[at], moments, charts)


def _flows(air: RoomAir, began: Whole, moments: Moments, charts: Charts) -> np.ndarray:
    """Whether the flow of oxygen measured last since the charting began is above 0."""
    readings = charts.readings(air.flow.name)
    at, there = last_before(moments, readings)
    since = there & (_times(readings, at, there, moments.time) >= began)
    return since & (_read(readings, at, there) > 0)


def _held(signal: CarriedDuringInterval, moments: Moments, charts: Charts) -> Values:
    own = evaluate(signal.signal, moments, charts)
    runs = _running(signal.during, moments, charts)
    during = runs.value > 0
    if not during.any():
        return own
    before = _before_run(signal, moments, runs, charts)
    return Values(np.where(during, before, own.value), np.where(during, CARRIED, own.basis))


def _before_run(
    signal: CarriedDuringInterval | ValueBeforeInterval, moments: Moments, runs: _Runs, charts: Charts
) -> Numbers:
    """The last known value within `back` before each run began; NaN where nothing runs."""
    value = np.full(len(moments), np.nan)
    rows = np.flatnonzero(runs.value > 0)
    ran = moments.time[rows] - runs.began[rows]
    starts = Moments(moments.pid[rows], runs.began[rows], moments.place[rows] - ran)
    readings = known_readings(signal.signal, charts)
    at, there = last_before(starts, readings)
    fits = there & (starts.time - _times(readings, at, there, starts.time) < to_microseconds(signal.back))
    value[rows] = _read(readings, at, fits)
    return value


def _before(signal: ValueBeforeInterval, moments: Moments, charts: Charts) -> Values:
    runs = _running(signal.during, moments, charts)
    value = _before_run(signal, moments, runs, charts)
    there = known(value)
    otherwise = np.nan if signal.otherwise is None else signal.otherwise
    value = np.where(there, value, np.where(runs.value > 0, otherwise, np.nan))
    return Values(value, np.where(there, CARRIED, ASSUMED).astype(np.int8))


def _recent(readings: Readings, within: int, moments: Moments) -> Values:
    at, there = last_before(moments, readings)
    age = moments.time - _times(readings, at, there, moments.time)
    return Values(_read(readings, at, there & (age < within)), signal_math.basis_by_age(age))


def _extreme(readings: Readings, moments: Moments, over: int, worse: np.ufunc) -> Numbers:
    first, behind = in_window(moments, readings, over)
    return extreme_between(readings.value, first, behind, worse, np.nan)


def _over(signal: Lowest | Highest | Count, moments: Moments, charts: Charts) -> Values:
    doses = isinstance(signal, CountDoses)
    readings = charts.worked_out(_doses, signal) if doses else charts.readings(signal.concept.name)
    over = to_microseconds(signal.over)
    match signal:
        case Count():
            first, behind = in_window(moments, readings, over)
            return Values((behind - first).astype(float), OBSERVED)
        case Lowest(at_least=at_least):
            return Values(_lowest(readings, moments, over, at_least), OBSERVED)
    return Values(_extreme(readings, moments, over, np.maximum), OBSERVED)


def _doses(signal: CountDoses, charts: Charts) -> Readings:
    """The moments of the doses that count."""
    given = charts.standing[signal.concept.name]
    said = given["text"].unique().to_list()
    counted = [text for text in said if dose_of(signal.drugs, signal.doses, text)]
    return once_each(given.filter(pl.col("text").is_in(counted, nulls_equal=True)))


def _lowest(readings: Readings, moments: Moments, over: int, at_least: int) -> Numbers:
    """The lowest of a window that holds so many values."""
    first, behind = in_window(moments, readings, over)
    lowest = extreme_between(readings.value, first, behind, np.minimum, np.nan)
    return np.where(behind - first >= at_least, lowest, np.nan)


def _rise(signal: Rise, moments: Moments, charts: Charts) -> Values:
    value, age = _latest(signal.measured, moments, charts)
    then = Moments(moments.pid, moments.time - age, moments.place - age)
    readings = charts.flipped.readings(signal.measured.concept.name)
    return Values(value - _lowest(readings, then, to_microseconds(signal.over), signal.at_least), OBSERVED)


def _hours_since(moments: Moments, readings: Readings) -> Numbers:
    at, there = last_before(moments, readings)
    since = (moments.time - _times(readings, at, there, moments.time)) / HOUR
    return np.where(there, since, np.nan)


def _total(signal: Total, moments: Moments, charts: Charts) -> Numbers:
    readings = charts.readings(signal.concept.name)
    if not len(readings):
        return np.full(len(moments), np.nan)
    gap, first_covers = to_microseconds(signal.longest_gap), to_microseconds(signal.first_covers)
    fresh = np.concatenate([[True], np.diff(readings.place) > gap])
    covered = readings.time - first_covers
    if signal.since is not None:
        admissions = charts.readings(signal.since.name)
        since = _times(admissions, *last_before(readings, admissions), readings.time)
        covered = np.where(readings.time - since <= gap, np.minimum(covered, since), covered)
    covered = covered[np.maximum.accumulate(np.where(fresh, np.arange(len(fresh)), 0))]
    at, there = last_before(moments, readings)
    start = moments.time - to_microseconds(signal.over)
    whole = there & (covered[at] <= start) & (moments.time - readings.time[at] <= first_covers)
    first, behind = in_window(moments, readings, to_microseconds(signal.over))
    sums = running_sums(readings)
    volume = sums[behind] - sums[first]
    told = whole & (readings.value[at] >= 0) & (volume >= 0)
    return np.where(told, volume / THOUSANDTHS, np.nan)


def running_sums(readings: Readings) -> Whole:
    """The sum of all before each reading and, last, of all: exact, since amounts are whole numbers."""
    return np.concatenate([[0], np.cumsum(readings.value.astype(np.int64))])


def _mean_rate(signal: MeanRate, moments: Moments, charts: Charts) -> Values:
    rate = _total(signal.total, moments, charts) / (signal.total.over.total_seconds() / 3600)
    if signal.per is not None:
        divisor = evaluate(signal.per, moments, charts.flipped).value
        rate = np.divide(rate, divisor, out=np.full(len(rate), np.nan), where=divisor != 0)
    return Values(rate, OBSERVED)


def _age(moments: Moments, births: Readings, calendar: Calendar) -> Values:
    at, there = last_before(moments, births)
    born = _times(births, at, there, moments.time)
    months = signal_math.whole_months(born, moments.time, calendar)
    return Values(np.where(there, months, np.nan), OBSERVED)


def _reached(signal: SinceAmount, moments: Moments, charts: Charts) -> tuple[np.ndarray, Whole]:
    """Whether the amounts of each moment's window were in, both ends included, and the first time by which they were."""
    readings = charts.readings(signal.concept.name)
    per = evaluate(signal.per, moments, charts.flipped).value
    needed = whole_thousandths(np.where(known(per), signal.amount * per, 0.0)).astype(np.int64)
    if not len(readings):
        return np.zeros(len(moments), bool), moments.time
    sums = running_sums(readings)
    first = np.searchsorted(readings.place, moments.place - to_microseconds(signal.over), side="left")
    behind = np.searchsorted(readings.place, moments.place, side="right")
    row = np.searchsorted(sums[1:], sums[first] + needed, side="left")
    there = known(per) & (signal.amount * per != 0) & (row < behind)
    return there, readings.time[np.where(there, row, 0)]


def _in_a_row(signal: InARow, moments: Moments, charts: Charts) -> Values:
    """How many readings up to each moment met the condition in a row, none before the amount was reached."""
    readings = moments_of((signal,), charts)
    ends = [charts] if charts.flipped is charts else [charts, charts.flipped]
    answers = holds(
        signal.condition, *({s.name: evaluate(s, readings, c).value for s in signal.read} for c in ends)
    )
    told = answers.yes | answers.no
    readings, met = readings.take(told), answers.yes[told]
    number = np.arange(len(readings))
    broken = np.maximum.accumulate(np.where(met, -1, number)) if len(number) else number
    reached, at = _reached(signal.since, moments, charts)
    first = np.searchsorted(readings.place, moments.place - (moments.time - at), side="left")
    position, there = at_the_moment(moments, readings)
    there = there & reached
    position = np.where(there, position, 0)
    outside = np.maximum(broken[position], first - 1) if len(number) else first
    return Values(np.where(there, position - outside, np.nan), OBSERVED)
