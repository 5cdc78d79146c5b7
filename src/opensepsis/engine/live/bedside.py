"""One patient, as values arrive, in plain Python: the reference engine.

Feed it everything and ask at any tick, or feed it in the order in which things became known and ask as you go.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from math import inf, isfinite
from sys import float_info

from opensepsis.definitions.concepts.person import ADMISSION, BORN, SEX
from opensepsis.definitions.signals.children import age_months
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.score_tables import (
    RowPoints,
    ScorePoints,
    joined,
    refusal,
    refused,
    row_points,
    summed,
)
from opensepsis.engine.live.signals import changes_of, value_at
from opensepsis.engine.semantics.basis import ASSUMED, BASES, CARRIED
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.input_values import NOT_FINITE, number, outside
from opensepsis.engine.semantics.limits import certain
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import CompositeRow, Concept, Row, Score, Signal, concepts_of, lasts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ANY = (-inf, inf)
_FINITE = (-float_info.max, float_info.max)


def moment(time: datetime) -> int:
    """A time with zone as whole microseconds since 1970 (UTC).

    >>> moment(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (time - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, eq=False)
class _Reads:
    """What the table of a row reads: the same for every patient."""

    row: Row
    signals: list[Signal]
    lasting: list[Signal]
    measured: list[str]
    ran: list[str]
    concepts: frozenset[str]


@lru_cache(maxsize=256)
def _reads(score: Score) -> dict[str, list[_Reads]]:
    """What each table of each row of a score reads."""
    return {row.name: [_reads_of(score, part) for part in row.parts] for row in score.rows}


def _reads_of(score: Score, row: Row) -> _Reads:
    signals = list(row.signals.values())
    lasting = [s for s in signals if lasts(s)]
    measured = sorted(set().union(*(measured_concepts(s) for s in signals)))
    ran = sorted({concept.name for signal in lasting for concept in concepts_of(signal)})
    return _Reads(
        row, signals, lasting, measured, ran, frozenset(Score("", "", score.paper, (row,)).concepts)
    )


class _RowOverTime:
    """The points of one row at every moment that gives some, kept up to date as events arrive."""

    def __init__(self, reads: _Reads, chart: Chart):
        self.row, self.chart, self.concepts = reads.row, chart, reads.concepts
        self.signals, self.lasting, self.measured, self.ran = (
            reads.signals,
            reads.lasting,
            reads.measured,
            reads.ran,
        )
        self.times: list[int] = []
        self.keys: list[int | None] = []
        self.segments: list[tuple[int, float, int]] = []
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
        self._refresh()
        keys = self.keys[bisect_right(self.times, after) : bisect_right(self.times, to)]
        found = [k for k in keys if k is not None]
        found += [key for start, until, key in self.segments if start <= to and until - 1 > after]
        return max(found, default=None)

    def top(self, after: int, to: int) -> int | None:
        """The most that limits allow in (after, to], as `worst` has it; None when nothing is known."""
        worst = self.worst(after, to)
        every = (*self.open, *self.open_segments)
        found = [key for start, until, key in every if start <= to and until - 1 > after]
        return max([*found, *([] if worst is None else [worst])], default=None)

    @property
    def limited(self) -> bool:
        """Whether limits were given of something the row reads."""
        held = self.chart.limited[0]
        return bool(held) and not self.concepts.isdisjoint(held)

    def trigger_events(self, after: int, to: int) -> tuple[int, int, list[Signal]] | None:
        """The first moment in (after, to] with the worst points: the moment, its key and the signals read there."""
        worst = self.worst(after, to)
        if worst is None:
            return None
        first, last = bisect_right(self.times, after), bisect_right(self.times, to)
        found = [
            (t, worst, self.signals)
            for t, k in zip(self.times[first:last], self.keys[first:last], strict=True)
            if k == worst
        ]
        found += [
            (start, key, self.lasting)
            for start, until, key in self.segments
            if key == worst and start <= to and until - 1 > after
        ]
        return min(found, key=lambda f: f[0])

    def last(self, after: int, to: int) -> tuple[int, int] | None:
        """The last moment in (after, to] that gave points, and its key."""
        self._refresh()
        found = [(t, k) for t, k in zip(self.times, self.keys, strict=True) if k is not None]
        found += [(until - 1, key) for _, until, key in self.segments]
        return max(((t, key) for t, key in found if after < t <= to), default=None)

    def _refresh(self) -> None:
        if self.stale_from is None:
            return
        keep = bisect_left(self.times, self.stale_from)
        fresh: set[int] = set()
        for name in self.measured:
            series = self.chart.series[name]
            fresh.update(series.times[bisect_left(series.times, self.stale_from) :])
        times = sorted(fresh)
        self.times[keep:] = times
        self.open = [found for found in self.open if found[0] < self.stale_from]
        self.keys[keep:] = [self._key(self.signals, t, t + 1, self.open) for t in times]
        self._refresh_segments()
        self.stale_from = None

    def _key(self, signals, at: int, until: float, open_: list) -> int | None:
        """The key of a moment; what limits allow above it, up to `until`, is left in `open_`."""
        if not self.limited:
            return key_at(self.row, signals, at, self.chart)
        key, top = keys_at(self.row, signals, at, self.chart)
        if top is not None and (key is None or top // 4 > key // 4):
            open_.append((at, until, top))
        return key

    def _refresh_segments(self) -> None:
        """What runs gives other points only when something that runs has changed."""
        versions = [self.chart.versions[name] for name in self.ran]
        if versions != self.ran_versions:
            self.segments, self.ran_versions = self._segments(), versions

    def _segments(self) -> list[tuple[int, float, int]]:
        changes = sorted(set().union(*(changes_of(s, self.chart) for s in self.lasting)))
        found, self.open_segments = [], []
        for i, start in enumerate(changes):
            until = changes[i + 1] if i + 1 < len(changes) else float("inf")
            if any(value_at(s, start, self.chart)[0] for s in self.lasting):
                key = self._key(self.lasting, start, until, self.open_segments)
                if key is not None:
                    found.append((start, until, key))
        return found


def key_at(row: Row, signals, at: int, chart: Chart) -> int | None:
    """The points × 4 + certainty of a row at a moment, from these of its signals."""
    values, basis = {}, 0
    for signal in signals:
        value, on = value_at(signal, at, chart)
        values[signal.name] = value
        if value is not None and on > basis:
            basis = on
    given = row_points(row, values)
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


class Bedside:
    """One patient's scores as events arrive, in any order: the reference for what `label` works out of many patients.

    `see` takes an `Event` (concept, time in microseconds since 1970 UTC, value in the concept's unit, or text); `points` gives a score at
    a moment (microseconds) as `opensepsis.points` does. DefinitionError: a score that it was not made with. Source: the papers of the
    scores.

    >>> from opensepsis import QSOFA
    >>> bedside = Bedside([QSOFA])
    >>> bedside.see(Event("respiratory_rate", time=0, value=24.0))
    >>> bedside.points(QSOFA, 0).rows["respiration"].points
    1
    """

    def __init__(
        self,
        scores: list[Score],
        also: dict[str, Concept] | None = None,
        calendar: Calendar = UTC_DAYS,
    ):
        concepts = {name: c for score in scores for name, c in score.concepts.items()} | (also or {})
        concepts |= {BORN.name: BORN, ADMISSION.name: ADMISSION}
        self.chart = Chart(concepts, calendar)
        self.set_aside: list[tuple[int, str, str]] = []  # time, concept and reason of what cannot be true
        self._limits = {name: c.plausible or _FINITE for name, c in concepts.items()}
        self._rows = {
            s.name: {
                name: [_RowOverTime(reads, self.chart) for reads in parts]
                for name, parts in _reads(s).items()
            }
            for s in scores
            if s.window
        }
        self._readers: dict[str, list[_RowOverTime]] = {name: [] for name in concepts}
        for score in scores:
            for part in chain(*self._rows.get(score.name, {}).values()):
                for name in part.concepts:
                    self._readers[name].append(part)

    def see(self, event: Event) -> None:
        """Takes in one event of this patient, in any order, as often as it comes.

        A value that cannot be true is set aside, as the sources do; `points` says so. FormatError for what is no number.
        """
        if event.value is not None and not self._believed(event):
            return
        if event.known is None:
            event = Event(**{**event.__dict__, "known": event.time})
        if self.chart.see(event):
            for row in self._readers[event.concept]:
                row.invalidate(event.time)

    def _believed(self, event: Event) -> bool:
        lowest, highest = self._limits.get(event.concept, _ANY)
        try:
            if lowest <= event.value <= highest:  # false for not a number too
                return True
        except TypeError:
            number(event.concept, event.value)
        unit = self.chart.concepts[event.concept].unit if event.concept in self.chart.concepts else ""
        reason = outside((lowest, highest), unit) if isfinite(event.value) else NOT_FINITE
        self.set_aside.append((event.time, event.concept, reason))
        return False

    def stay_ends(self, at: int) -> None:
        """Takes in the end of a stay: what was left running ends with it."""
        self.stays_end([*self.chart.ends, at])

    def stays_end(self, moments: Iterable[int]) -> None:
        """Takes in the ends of all stays, in place of those before."""
        self.chart.set_ends(moments)
        for rows in self._rows.values():
            for part in chain(*rows.values()):
                part.invalidate(-(2**62))

    def stays_begin(self, moments: Iterable[int], sex: str | None = None) -> None:
        """Takes in the admissions of all stays, and the sex that they tell (female or male), in place of those before."""
        begun = sorted(set(moments))
        self._tell(ADMISSION.name, [Event(ADMISSION.name, t, known=t, origin="stays") for t in begun])
        if SEX.name in self.chart.concepts:
            told = begun if sex else ()
            self._tell(SEX.name, [Event(SEX.name, t, known=t, text=sex, origin="stays") for t in told])

    def _tell(self, concept: str, events: list[Event]) -> None:
        if self.chart.replace_all(concept, events):
            for row in self._readers[concept]:
                row.invalidate(-(2**62))

    def points(self, score: Score, at: int) -> ScorePoints:
        """The score at a moment, from everything seen and nothing after it; refused outside its ages.

        The age is that at the moment, from an event `born` at the moment of birth; an unknown age is let in.
        """
        if why := self.refusal(score, at):
            return refused(score, why)
        found = summed(score, {row.name: self.row_points(score, row, at) for row in score.rows})
        return replace(found, set_aside=self._aside(score, at)) if self.set_aside else found

    def row_points(self, score: Score, row: Row | CompositeRow, at: int) -> RowPoints:
        """The points of one row of a score at a moment, whatever the patient's age."""
        return _read(self._worst(score, row, at)) if score.window else self._now(row, at)

    def _aside(self, score: Score, at: int) -> dict[str, str]:
        """What was set aside up to a moment, of the concepts that the score reads."""
        return {
            name: reason for time, name, reason in self.set_aside if time <= at and name in score.concepts
        }

    def refusal(self, score: Score, at: int) -> str:
        """Why a score is not made for this patient's age at a moment; empty when it is."""
        bounded = score.lowest_age is not None or score.age_below is not None
        return refusal(score, value_at(age_months, at, self.chart)[0]) if bounded else ""

    def _worst(self, score: Score, row: Row | CompositeRow, at: int) -> int | None:
        parts, after = self._rows[score.name][row.name], at - to_microseconds(score.window)
        tops = [part.top(after, at) for part in parts] if any(part.limited for part in parts) else None
        key = joined(row, [part.worst(after, at) for part in parts], tops)
        if key is not None or score.carried is None:
            return key
        earlier = [
            found for part in parts if (found := part.last(at - to_microseconds(score.carried), after))
        ]
        key = max(earlier)[1] if earlier else None
        return 3 - ASSUMED if key is None else key // 4 * 4 + 3 - CARRIED

    def rows(self, score: Score) -> dict[str, list[_RowOverTime]]:
        """The tables of each row of a score with a window, over time."""
        return self._rows[score.name]

    def _now(self, row: Row | CompositeRow, at: int) -> RowPoints:
        if not self.chart.limited[0]:
            return _read(joined(row, [key_at(p, p.signals.values(), at, self.chart) for p in row.parts]))
        both = [keys_at(p, list(p.signals.values()), at, self.chart) for p in row.parts]
        return _read(joined(row, [key for key, _ in both], [top for _, top in both]))


def _read(key: int | None) -> RowPoints:
    return RowPoints(None, BASES[-1]) if key is None else RowPoints(key // 4, BASES[3 - key % 4])
