"""One patient's chart as far as it has been seen: corrections settled, in order of time. Plain Python.

Times are whole microseconds (UTC). What was seen in which order makes no difference.
"""

from bisect import bisect_left, bisect_right
from collections import ChainMap
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from math import floor, inf
from typing import TypeVar, cast

from opensepsis.data.timeline.event import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.limits import ends, is_limit
from opensepsis.rules import Concept, Kind
from opensepsis.rules.offs import is_off, words_off

T = TypeVar("T")


@dataclass
class Series:
    """The settled measurements of one concept, in order of time."""

    times: list[int] = field(default_factory=list)
    values: list = field(default_factory=list)

    def at(self, moment: int):
        """The value measured at this very moment, or None."""
        i = bisect_left(self.times, moment)
        return self.values[i] if i < len(self.times) and self.times[i] == moment else None

    def last(self, moment: int) -> int:
        """The index of the last measurement at or before the moment; −1 when there is none."""
        return bisect_right(self.times, moment) - 1

    def between(self, after: int, to: int) -> slice:
        """The measurements in (after, to]."""
        return slice(bisect_right(self.times, after), bisect_right(self.times, to))

    def put(self, moment: int, value) -> None:
        """Sets the value of a moment; None removes it."""
        i = bisect_left(self.times, moment)
        here = i < len(self.times) and self.times[i] == moment
        if value is None:
            if here:
                del self.times[i], self.values[i]
        elif here:
            self.values[i] = value
        else:
            self.times.insert(i, moment)
            self.values.insert(i, value)


def current_versions(events: list[Event], kind: Kind) -> list[Event]:
    """The events of one concept and moment that still stand: later-known versions replace earlier ones. What says *off* is none."""
    standing = _standing_versions(events, kind)
    return [e for e in standing if not is_off(e.text)] if kind is Kind.INTERVAL else standing


def _standing_versions(events: list[Event], kind: Kind) -> list[Event]:
    if len(events) == 1:  # as nearly always
        event = events[0]
        empty = event.value is None and event.text is None
        return [] if empty and _retracts(event, events, kind) else [event]
    standing = []
    for event in events:
        later = (
            [e for e in events if e.origin == event.origin and e.known > event.known] if event.origin else []
        )
        if any(_replaces(e, event, kind) for e in later):
            continue
        if event.value is None and event.text is None and _retracts(event, events, kind):
            continue
        standing.append(event)
    return standing


def _replaces(later: Event, earlier: Event, kind: Kind) -> bool:
    if kind in (Kind.EVENT, Kind.INTERVAL):  # here the text names the thing, so another text is another thing
        return later.text == earlier.text or (later.text is None and later.value is None)
    return True


def _said_again(event: Event, events: list[Event], kind: Kind) -> bool:
    """Whether the version before this one said the same; without an origin, any row before it."""
    earlier = [e for e in events if e.origin == event.origin and e.known < event.known]
    if event.origin is None:
        return any(_same(e, event) for e in earlier)
    earlier = [e for e in earlier if of_one_thing(e, event, kind)]
    latest = max((e.known for e in earlier), default=None)
    said = [_same(e, event) for e in earlier if e.known == latest]
    taken_back = (
        event.value is None and event.text is None
    )  # news, unless nothing else was said with the last
    return bool(said) and (all(said) if taken_back else any(said))


def _same(one: Event, other: Event) -> bool:
    return (one.end, one.value, one.text) == (other.end, other.value, other.text)


def of_one_thing(one: Event, other: Event, kind: Kind) -> bool:
    """Whether two rows of a concept, an origin and a moment can be versions of one another: of drugs, those of the same drug."""
    return _replaces(one, other, kind) or _replaces(other, one, kind)


def _retracts(event: Event, events: list[Event], kind: Kind) -> bool:
    if kind not in (Kind.EVENT, Kind.INTERVAL):
        return True
    if event.origin is None or (kind is Kind.INTERVAL and event.end != event.time):
        return False
    return any(e.origin == event.origin and e.known < event.known for e in events)


def settled(events: list[Event], concept: Concept, end: int | None = None):
    """The one value of a concept at one moment: the sum of amounts, the worse of measurements, a word.

    `end`: 0 for the lowest, 1 for the highest that limits allow; without it they count as printed.
    """
    standing = current_versions(events, concept.kind)
    if concept.kind is Kind.WORD:
        words = [e.text for e in standing if e.text is not None]
        return (
            max(words, key=lambda w: concept.words.index(w) if w in concept.words else -1) if words else None
        )
    values = [
        e.value if end is None else ends(concept, e.value, e.text)[end]
        for e in standing
        if e.value is not None
    ]
    if not values:
        return None
    if concept.kind is Kind.AMOUNT:  # in whole thousandths, so that no order of adding matters
        return sum(thousandths(v) for v in values)
    return min(values) if concept.worse == "low" else max(values)


def thousandths(value: float) -> int:
    """An amount in whole thousandths of its unit, half away from zero."""
    return floor(abs(value) * 1000 + 0.5) * (1 if value >= 0 else -1)


class Chart:
    """Everything seen of one patient, by concept; `calendar`: whose days count where a definition counts days."""

    def __init__(self, concepts: dict[str, Concept], calendar: Calendar = UTC_DAYS):
        self.concepts, self.calendar = concepts, calendar
        self.seen: dict[str, dict[int, list[Event]]] = {name: {} for name in concepts}
        self.again: dict[tuple[str, int], list[Event]] = {}  # rows that say what was said before
        self.series: dict[str, Series] = {name: Series() for name in concepts}
        self.ends: list[int] = []  # of the patient's stays: open-ended intervals run to the next of them
        self.versions: dict[str, int] = dict.fromkeys(concepts, 0)  # how often each concept has changed
        self.limited: tuple[dict[str, Series], dict[str, Series]] = {}, {}  # the lowest and highest of limits
        # what reads a chart reads these too
        self.low, self.high = cast(Chart, AtEnds(self, 0)), cast(Chart, AtEnds(self, 1))
        self._worked_out: dict = {}

    @property
    def flipped(self) -> "Chart":
        """The chart in which limits stand at their other end: of one without ends, itself."""
        return self

    def let_go(self) -> None:
        """Forgets what refers back to the chart: nobody looks at it any more, and its memory is free at once.

        The collector of circles does not look at what a ward had when it started.
        """
        self._worked_out.clear()
        for end in ("low", "high"):
            self.__dict__.pop(end, None)

    def see(self, event: Event) -> bool:
        """Takes in one event; False when the concept is not asked for or the row was seen before."""
        if event.concept not in self.concepts:
            return False
        here = self.seen[event.concept].setdefault(event.time, [])
        if not self._take_in(event, here):
            return False
        self.versions[event.concept] += 1
        concept = self.concepts[event.concept]
        if concept.kind in (Kind.INTERVAL, Kind.EVENT):
            present = True if current_versions(here, concept.kind) else None
            self.series[event.concept].put(event.time, present)
        else:
            self.series[event.concept].put(event.time, settled(here, concept))
            self._settle_limits(event, here, concept)
        return True

    def _settle_limits(self, event: Event, here: list[Event], concept: Concept) -> None:
        """Keeps the lowest and highest values of a concept from the first limit of it on."""
        fresh = event.concept not in self.limited[0]
        if fresh and not is_limit(concept, event.value, event.text):
            return
        moments = self.seen[event.concept].items() if fresh else [(event.time, here)]
        for end, held in enumerate(self.limited):
            series = held.setdefault(event.concept, Series())
            for moment, events in moments:
                series.put(moment, settled(events, concept, end))

    def _take_in(self, event: Event, here: list[Event]) -> bool:
        """Adds a row to those of its moment; whether it says something new. A row said again counts from its first time."""
        if not here:
            here.append(event)
            return True
        key, kind = (event.concept, event.time), self.concepts[event.concept].kind
        every = [*here, *self.again.get(key, ())]
        if event in every:
            return False
        every.append(event)
        told = [e for e in every if not _said_again(e, every, kind)]
        if len(told) < len(every):  # kept: it is news if another version between the two comes late
            self.again[key] = [e for e in every if e not in told]
        else:
            self.again.pop(key, None)
        changed, here[:] = told != here, told
        return changed

    def replace_all(self, concept: str, events: list[Event]) -> bool:
        """Takes in these events of a concept, one a moment, in place of all before; whether that changes anything."""
        told = Series([event.time for event in events], [event.text or True for event in events])
        before = self.series[concept]
        if (before.times, before.values) == (told.times, told.values):
            return False
        self.seen[concept] = {event.time: [event] for event in events}
        self.series[concept] = told
        self.versions[concept] += 1
        return True

    def stay_ends(self, moment: int) -> None:
        """Takes in the end of a stay, where open-ended intervals that began before it end."""
        self.set_ends([*self.ends, moment])

    def set_ends(self, moments: Iterable[int]) -> None:
        """Takes in the ends of all stays, in place of those before."""
        self.ends = sorted(moments)
        for name, concept in self.concepts.items():
            self.versions[name] += concept.kind is Kind.INTERVAL

    def worked_out(self, what: Hashable, concepts: Iterable[str], work: Callable[[], T]) -> T:
        """What was worked out before under this name, unless one of these concepts has changed since.

        The work is kept beside its result: what it reads stays in memory, so that an id() in `what` is nobody else's.
        """
        versions = [self.versions[name] for name in concepts]
        held = self._worked_out.get(what)
        if held is None or held[0] != versions:
            held = self._worked_out[what] = versions, work(), work
        return held[1]

    def standing(self, concept: str, within: tuple[int, int] | None = None) -> list[Event]:
        """The events of a concept that still stand, in order of time: all, or those in (after, to]."""
        kind, series = self.concepts[concept].kind, self.series[concept]
        times = series.times[series.between(*within)] if within else series.times
        return [e for t in times for e in current_versions(self.seen[concept][t], kind)]

    def first_known(self, event: Event) -> int:
        """When the earliest version of an event could be known: a culture is known before its result."""
        if event.origin is None:
            return event.known
        versions = self.seen[event.concept][event.time]
        return min(e.known for e in versions if e.origin == event.origin and e.text == event.text)

    def standing_measures(self, concept: str) -> list[Event]:
        """The measurements of a concept that still stand, in order of time."""
        kind, seen = self.concepts[concept].kind, self.seen[concept]
        return [
            e
            for t in self.series[concept].times
            for e in current_versions(seen[t], kind)
            if e.value is not None
        ]

    def intervals(self, concept: str) -> list[tuple[int, float, float | None, str | None]]:
        """Start, end, rate and text of what runs, in order of start; open ends closed by the stay's end."""
        return [(e.time, self.end_of(e), e.value, e.text) for e in self.standing(concept)]

    def end_of(self, event: Event) -> float:
        """When what runs ended: open ends with the stay or where it is said to be off, of one at a time with the next open one."""
        if event.end is not None:
            return event.end
        stop, name = min(self._stay_end(event.time), self._off_after(event)), event.concept
        if not self.concepts[name].one_at_a_time:
            return stop
        starts = self.worked_out(("open", name), (name,), lambda: self._open_starts(name))
        i = bisect_right(starts, event.time)
        return min(stop, starts[i]) if i < len(starts) else stop

    def _stay_end(self, moment: int) -> float:
        i = bisect_left(self.ends, moment)
        return self.ends[i] if i < len(self.ends) else inf

    def _off_after(self, event: Event) -> float:
        """When it is first said after its beginning that what runs is not there."""
        name = event.concept
        said = self.worked_out(("off", name), (name,), lambda: self._offs(name))
        later = said[bisect_right(said, event.time, key=lambda one: one[0]) :]
        return next((time for time, words in later if not words or event.text in words), inf)

    def _offs(self, concept: str) -> list[tuple[int, tuple[str, ...]]]:
        """When it was said that a concept, or which of its words, was not there; in order of time."""
        kind = self.concepts[concept].kind
        here = (e for events in self.seen[concept].values() for e in _standing_versions(events, kind))
        return sorted((e.time, words_off(e.text)) for e in here if e.text is not None and is_off(e.text))

    def _open_starts(self, concept: str) -> list[int]:
        """When each interval without an end began, in order of time."""
        there = self.standing(concept)
        return sorted({e.time for e in there if e.end is None and self._stay_end(e.time) > e.time})


class AtEnds:
    """A chart in which every limit stands at its lowest (`end` 0) or highest value; all else is the chart's."""

    def __init__(self, chart: Chart, end: int):
        self.chart, self.end = chart, end

    @property
    def series(self) -> ChainMap[str, Series]:
        """The series of each concept, limits at their end; looked up anew, as a restored chart has others."""
        return ChainMap(self.chart.limited[self.end], self.chart.series)

    @property
    def flipped(self) -> Chart:
        """The chart with limits at their other end, for what makes a value lower the higher it is."""
        return self.chart.high if self.end == 0 else self.chart.low

    def __getattr__(self, name: str):
        return getattr(self.chart, name)
