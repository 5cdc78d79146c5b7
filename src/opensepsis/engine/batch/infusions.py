"""What runs at which moment, for many patients: intervals as steps in time. Twin of `live/infusions.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.batch.moments import Moments, Numbers, Whole, distinct, moments_at, spread
from opensepsis.engine.semantics.basis import RATE_UNKNOWN
from opensepsis.engine.semantics.signal_structure import adds_up
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Concept, RoomAir, Running


@dataclass(frozen=True, eq=False)
class Steps(Moments):
    """Moments at which the rate changes: `value` from then on (NaN: not known), `began`, the start of the merged run."""

    value: Numbers
    began: Whole

    def frame(self) -> pl.DataFrame:
        """The same as a frame: pid, time, place, value."""
        return super().frame().with_columns(pl.Series("value", self.value, nan_to_null=True))


@dataclass(frozen=True, eq=False)
class Statements(Moments):
    """Moments at which devices were charted anew, and until when each holds as air; −NEVER where it is not air."""

    until: Whole


@dataclass(frozen=True, eq=False)
class _Intervals:
    """Places of the start and the end, the rate, and the number of the pump (0: not known), in order of the start."""

    start: Whole
    stop: Whole
    rate: Numbers
    pump: np.ndarray

    def take(self, which: np.ndarray) -> "_Intervals":
        return _Intervals(self.start[which], self.stop[which], self.rate[which], self.pump[which])


def step_function(signal: Running, charts: Charts) -> Steps:
    """The steps of what a signal asks for, worked out once."""
    key = id(signal)
    if key not in charts.steps:
        steps = _steps(signal, charts)
        charts.steps[key] = steps, signal  # kept, so that its id stays its own
    return charts.steps[key][0]


def air_charted(air: RoomAir, charts: Charts) -> Statements:
    """When devices were charted anew, and until when that holds as air, worked out once."""
    key = id(air)
    if key not in charts.steps:
        charted = charts.standing[air.device.name].with_columns(pl.col("end").fill_null(NEVER))
        charted = charted.filter(pl.col("time") < pl.col("end"))
        only_air = (pl.col("text") == air.word).fill_null(False).all()
        until = pl.when(only_air).then(pl.col("end").max()).otherwise(-NEVER)
        at = charted.group_by("pid", "time", "place", maintain_order=True).agg(until=until)
        pid, time, place, until = (at[name].to_numpy() for name in ("pid", "time", "place", "until"))
        statements = Statements(pid.astype(np.int64), time, place, until)
        charts.steps[key] = statements, air  # kept, so that its id stays its own
    return charts.steps[key][0]


def _steps(signal: Running, charts: Charts) -> Steps:
    axis = charts.axis
    if charts.standing[signal.concept.name].is_empty():
        return _as_steps(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), axis)
    counts, intervals = _intervals(signal, charts)
    asked = intervals.take(counts & ~(intervals.rate <= 0))
    others = intervals.take(~counts if signal.unknown_unless_charted else np.zeros(len(counts), bool))
    # exactly as long as asked for is long enough: it counts through its last moment
    last = (1 if signal.for_at_least else 0) + to_microseconds(signal.lingers)
    stop, least = asked.stop + last, to_microseconds(signal.for_at_least)
    began = _run_starts(asked.start, stop, to_microseconds(signal.bridging))
    pumps = _together(asked)
    breaks = distinct([asked.start, stop, began + least, others.start, others.stop, pumps.stop])
    rate, since = _highest_rate(asked, stop, began, breaks)
    if len(pumps.start):
        rate = np.fmax(rate, _added_up(pumps, breaks))
    runs = ~np.isnan(rate)
    qualified = runs & (breaks - since >= least)
    value = np.where(qualified, rate, 0.0)
    if signal.unknown_unless_charted:
        value[~qualified & ~_covered(others, breaks)] = np.nan
    return _as_steps(breaks, value, np.where(runs, breaks - since, 0), axis)


def _as_steps(places: Whole, value: Numbers, ran: Whole, axis: Axis) -> Steps:
    at = moments_at(places, axis)
    return Steps(at.pid, at.time, at.place, value, at.time - ran)


@dataclass(frozen=True, eq=False)
class _Charted:
    """What is charted of a concept and has a length: where it starts and stops, its value (NaN: none), and its row in `standing`."""

    start: Whole
    stop: Whole
    value: Numbers
    row: np.ndarray
    standing: pl.DataFrame

    @cached_property
    def _texts(self) -> tuple[list[str | None], np.ndarray]:
        """Every text, and which of them each has."""
        said = self.standing["text"]
        texts = said.unique().drop_nulls().to_list()
        told = said.cast(pl.Enum(texts)).to_physical().fill_null(len(texts)).to_numpy()
        return [*texts, None], told[self.row]

    def of_texts(self, answer: Callable[[str | None], object]) -> np.ndarray:
        """The answer to a question about the text of each, asked once for each different text."""
        texts, told = self._texts
        return np.array([answer(text) for text in texts])[told]


def _charted(concept: Concept, charts: Charts) -> _Charted:
    standing = charts.standing[concept.name]
    start, end = standing["time"].to_numpy(), standing["end"].fill_null(NEVER).to_numpy()
    row = np.flatnonzero(start < end)
    pid = standing["pid"].to_numpy()[row].astype(np.int64)
    place, value = standing["place"].to_numpy(), standing["value"].to_numpy()
    return _Charted(place[row], charts.axis.places(pid, end[row]), value[row], row, standing)


def _intervals(signal: Running, charts: Charts) -> tuple[np.ndarray, _Intervals]:
    """Whether each interval is one of those the signal asks for, and all that have a length."""
    charted: _Charted = charts.worked_out(_charted, signal.concept)
    rate = np.ones(len(charted.row))
    if signal.concept.unit:
        salts = dict(signal.salts)
        rate = (
            charted.value / charted.of_texts(lambda text: salts.get(text or "", 1.0))
            if salts
            else charted.value
        )
        rate = np.where(np.isnan(rate), RATE_UNKNOWN, rate)
    rate = np.where(charted.value <= 0, 0.0, rate)
    pump = np.zeros(len(rate), np.uint32)
    if adds_up(signal):
        origin = charts.standing[signal.concept.name]["origin"]
        pump = origin.rank("dense").fill_null(0).to_numpy()[charted.row]
    return _counts(signal, charted), _Intervals(charted.start, charted.stop, rate, pump)


def _counts(signal: Running, charted: _Charted) -> np.ndarray:
    if not (signal.words or signal.not_words):
        return np.ones(len(charted.row), bool)

    def counts(text: str | None) -> bool:
        return (not signal.words or text in signal.words) and text not in signal.not_words

    return charted.of_texts(counts).astype(bool)


def _run_starts(start: Whole, stop: Whole, bridging: int) -> Whole:
    """The start of the run each interval belongs to, gaps up to `bridging` included."""
    if not len(start):
        return start
    before = np.maximum.accumulate(stop)[:-1]
    fresh = np.concatenate([[True], start[1:] - before > bridging])
    return start[np.maximum.accumulate(np.where(fresh, np.arange(len(start)), 0))]


def _highest_rate(asked: _Intervals, stop: Whole, began: Whole, breaks: Whole) -> tuple[Numbers, Whole]:
    """The highest rate at each step (NaN: nothing runs), and the start of its run."""
    row, step = spread(np.searchsorted(breaks, asked.start), np.searchsorted(breaks, stop))
    rate, since = np.full(len(breaks), np.nan), np.zeros(len(breaks), np.int64)
    np.fmax.at(rate, step, asked.rate[row])
    np.maximum.at(since, step, began[row])
    return rate, since


def _together(asked: _Intervals) -> _Intervals:
    """The intervals of known pumps, where two of them run at once; none where no two do."""
    named = asked.take(asked.pump > 0)
    if len(named.start) < 2 or (named.start[1:] >= np.maximum.accumulate(named.stop)[:-1]).all():
        return named.take(np.zeros(len(named.start), bool))
    return named


def _added_up(pumps: _Intervals, breaks: Whole) -> Numbers:
    """The sum of the rates of different pumps, each at its highest, where several run at once; NaN elsewhere."""
    row, step = spread(np.searchsorted(breaks, pumps.start), np.searchsorted(breaks, pumps.stop))
    rate = np.floor(pumps.rate * 1e9 + 0.5).astype(np.int64)[row]  # whole, so that no order of adding matters
    order = np.lexsort((rate, pumps.pump[row], step))
    step, pump, rate = step[order], pumps.pump[row][order], rate[order]
    highest = np.append((step[1:] != step[:-1]) | (pump[1:] != pump[:-1]), True)[: len(step)]
    sums, pumping = np.zeros(len(breaks), np.int64), np.zeros(len(breaks), np.int64)
    np.add.at(sums, step[highest], rate[highest])
    np.add.at(pumping, step[highest], 1)
    return np.where(pumping > 1, sums / 1e9, np.nan)


def _covered(intervals: _Intervals, breaks: Whole) -> np.ndarray:
    """Whether some interval covers each step."""
    change = np.zeros(len(breaks) + 1, np.int64)
    np.add.at(change, np.searchsorted(breaks, intervals.start), 1)
    np.add.at(change, np.searchsorted(breaks, intervals.stop), -1)
    return np.cumsum(change)[:-1] > 0
