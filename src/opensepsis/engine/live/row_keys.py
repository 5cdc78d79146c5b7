"""The rows of a score: what each reads, its points at a moment, and at every moment that gives some. Plain Python."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.score_tables import row_points
from opensepsis.engine.live.signals import READERS, changes_of, value_at
from opensepsis.engine.live.steadiness import Changes, changes_with_time, next_after
from opensepsis.engine.semantics.limits import certain
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.rules import CompositeRow, Row, Score, Signal, concepts_of, lasts

MOST_KEPT = 20_000  # sets of values of one table whose points are kept


@dataclass(frozen=True, eq=False)
class TableReads:
    """What the table of a row reads: the same for every patient."""

    row: Row
    signals: list[Signal]
    concepts: frozenset[str]
    changes: Changes
    given: dict[tuple, int | None] = field(default_factory=dict)  # the points of values that came before

    @cached_property
    def lasting(self) -> list[Signal]:
        """The signals that hold for as long as something runs."""
        return [s for s in self.signals if lasts(s)]

    @cached_property
    def measured(self) -> list[str]:
        """The concepts whose recording makes a moment of the row."""
        return sorted(set().union(*(measured_concepts(s) for s in self.signals)))

    @cached_property
    def ran(self) -> list[str]:
        """The concepts of what lasts."""
        return sorted({concept.name for signal in self.lasting for concept in concepts_of(signal)})

    def points(self, signals: list[Signal], values: tuple) -> int | None:
        """The points of the table for values of some of its signals: all, or those that last."""
        found = self.given.get(values, ...)
        if found is ...:
            found = row_points(self.row, {s.name: v for s, v in zip(signals, values, strict=True)})
            if len(self.given) >= MOST_KEPT:
                self.given.clear()
            self.given[values] = found
        return found


@dataclass(frozen=True, eq=False)
class RowReads:
    """What a row reads, table by table."""

    row: Row | CompositeRow
    parts: list[TableReads]
    concepts: frozenset[str]


@lru_cache(maxsize=512)
def reads_of(score: Score) -> dict[str, RowReads]:
    """What each row of a score reads."""
    found = {}
    for row in score.rows:
        parts = [_table_reads(score, part) for part in row.parts]
        found[row.name] = RowReads(row, parts, frozenset().union(*(part.concepts for part in parts)))
    return found


def _table_reads(score: Score, row: Row) -> TableReads:
    signals = list(row.signals.values())
    concepts = frozenset(Score("", "", score.paper, (row,)).concepts)
    return TableReads(row, signals, concepts, changes_with_time(signals))


class RowOverTime:
    """The points of one row at every moment that gives some, kept up to date as events arrive."""

    def __init__(self, reads: TableReads, chart: Chart):
        self.reads, self.chart = reads, chart
        self.times: list[int] = []
        self.keys: list[int | None] = []
        self.segments: list[tuple[int, float, int]] = []
        self.began: list[int] = []  # of these segments, in order
        self.lasts: list[float] = []  # the last moment of each
        # where limits allow more: from, until and the most points, of moments and of segments
        self.open: list[tuple[int, float, int]] = []
        self.open_segments: list[tuple[int, float, int]] = []
        self.ran_versions: list[int] | None = None
        self.stale_from: int | None = None

    def invalidate(self, from_: int) -> None:
        """Forgets what was worked out from this moment on: nothing earlier can have changed."""
        self.stale_from = from_ if self.stale_from is None else min(self.stale_from, from_)

    def worst(self, after: int, to: int) -> int | None:
        """The worst points in (after, to], as points × 4 + certainty."""
        if self.stale_from is not None:
            self._refresh(self.stale_from)
        worst = None
        for key in self.keys[bisect_right(self.times, after) : bisect_right(self.times, to)]:
            if key is not None and (worst is None or key > worst):
                worst = key
        for _, _, key in self.segments[bisect_right(self.lasts, after) : bisect_right(self.began, to)]:
            if worst is None or key > worst:
                worst = key
        return worst

    def top(self, after: int, to: int) -> int | None:
        """The most that limits allow in (after, to], as `worst` has it; None when nothing is known."""
        worst = self.worst(after, to)
        every = (*self.open, *self.open_segments)
        found = [key for start, until, key in every if start <= to and until - 1 > after]
        return max([*found, *([] if worst is None else [worst])], default=None)

    def steady_until(self, at: int, window: int, carried: int | None) -> float:
        """The first moment after this one at which the worst points of a window, or of the time before it, may be others."""
        if self.stale_from is not None:
            self._refresh(self.stale_from)
        leaves = (window,) if carried is None else (window, carried)
        until = next_after(self.times, (0, *leaves), at)
        until = next_after(self.began, (0,), at, until)
        until = next_after(self.lasts, leaves, at, until)
        for start, end, _ in self.open_segments:
            until = next_after([start], (0,), at, until)
            if end < inf:
                until = next_after([int(end) - 1], leaves, at, until)
        return until

    @property
    def limited(self) -> bool:
        """Whether limits were given of something the row reads."""
        held = self.chart.limited[0]
        return bool(held) and not self.reads.concepts.isdisjoint(held)

    def trigger_events(self, after: int, to: int) -> tuple[int, int, list[Signal]] | None:
        """The first moment in (after, to] with the worst points: the moment, its key and the signals read there."""
        worst = self.worst(after, to)
        if worst is None:
            return None
        first, last = bisect_right(self.times, after), bisect_right(self.times, to)
        found = [
            (t, worst, self.reads.signals)
            for t, k in zip(self.times[first:last], self.keys[first:last], strict=True)
            if k == worst
        ]
        found += [
            (start, key, self.reads.lasting)
            for start, until, key in self.segments
            if key == worst and start <= to and until - 1 > after
        ]
        return min(found, key=lambda f: f[0])

    def last(self, after: int, to: int) -> tuple[int, int] | None:
        """The last moment in (after, to] that gave points, and its key."""
        if self.stale_from is not None:
            self._refresh(self.stale_from)
        found = [(t, k) for t, k in zip(self.times, self.keys, strict=True) if k is not None]
        found += [(int(until) - 1, key) for _, until, key in self.segments if until - 1 <= to]
        return max(((t, key) for t, key in found if after < t <= to), default=None)

    def _refresh(self, stale_from: int) -> None:
        keep = bisect_left(self.times, stale_from)
        fresh: set[int] = set()
        for name in self.reads.measured:
            series = self.chart.series[name]
            fresh.update(series.times[bisect_left(series.times, stale_from) :])
        times = sorted(fresh)
        self.times[keep:] = times
        self.open = [found for found in self.open if found[0] < stale_from]
        self.keys[keep:] = [self._key(self.reads.signals, t, t + 1, self.open) for t in times]
        self._refresh_segments()
        self.stale_from = None

    def _key(self, signals, at: int, until: float, open_: list) -> int | None:
        """The key of a moment; what limits allow above it, up to `until`, is left in `open_`."""
        if not self.limited:
            return key_at(self.reads, signals, at, self.chart)
        key, top = keys_at(self.reads.row, signals, at, self.chart)
        if top is not None and (key is None or top // 4 > key // 4):
            open_.append((at, until, top))
        return key

    def _refresh_segments(self) -> None:
        """What runs gives other points only when something that runs has changed."""
        versions = [self.chart.versions[name] for name in self.reads.ran]
        if versions != self.ran_versions:
            self.segments, self.ran_versions = self._segments(), versions
            self.began = [start for start, _, _ in self.segments]
            self.lasts = [until - 1 for _, until, _ in self.segments]

    def _segments(self) -> list[tuple[int, float, int]]:
        changes = sorted(set().union(*(changes_of(s, self.chart) for s in self.reads.lasting)))
        found, self.open_segments = [], []
        for i, start in enumerate(changes):
            until = changes[i + 1] if i + 1 < len(changes) else float("inf")
            if any(value_at(s, start, self.chart)[0] for s in self.reads.lasting):
                key = self._key(self.reads.lasting, start, until, self.open_segments)
                if key is not None:
                    found.append((start, until, key))
        return found


def key_at(reads: TableReads, signals: list[Signal], at: int, chart: Chart) -> int | None:
    """The points × 4 + certainty of a table at a moment, from these of its signals."""
    values, basis = [], 0
    for signal in signals:
        value, on = READERS[type(signal)](signal, at, chart)  # `value_at` without another call
        values.append(value)
        if value is not None and on > basis:
            basis = on
    given = reads.points(signals, tuple(values))
    return None if given is None else given * 4 + 3 - basis


def keys_at(row: Row, signals, at: int, chart: Chart) -> tuple[int | None, int | None]:
    """As `key_at` where limits were given: the key of the points that are certain, and of the most that are possible."""
    low = {s.name: value_at(s, at, chart.low) for s in signals}
    high = {name: value_at(s, at, chart.high)[0] for name, s in zip(low, signals, strict=True)}
    basis = max((on for value, on in low.values() if value is not None), default=0)
    least = {name: value for name, (value, _) in low.items()}
    sure, most = row_points(row, least, high), row_points(row, high, least)
    if most is None and sure is not None:
        most = max(row.cells)  # not known at the other end of a limit: anything is possible
    given = certain(sure, most)
    key, top = (None if p is None else p * 4 + 3 - basis for p in (given, most))
    return key, top
