"""What stands in one patient's chart, as the clocks read it, and how it stood before each correction.

Plain Python; times are whole microseconds (UTC). What was seen in which order makes no difference.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import accumulate
from math import inf
from typing import NamedTuple, cast

from opensepsis.engine.live.chart import Chart, Event, current_versions
from opensepsis.rules import Concept, Kind


class Entry(NamedTuple):
    """One event that stands; times in microseconds. A tuple, as there are many of them."""

    concept: str
    time: int
    end: int | None
    known: int
    value: float | None
    text: str | None
    origin: str | None


def value_of(entry: Entry) -> float:
    """The value of a measurement or amount, which has one."""
    return cast(float, entry.value)


@dataclass(frozen=True)
class Record:
    """Standing events of a concept in order of time; by concept when corrections were known; and the record before one."""

    standing: Callable[[str], list[Entry]]
    corrections: Mapping[str, Iterable[int]] = field(default_factory=dict)
    before: Callable[[int], "Record"] | None = None

    def corrected(self, names: Iterable[str]) -> list[int]:
        """When corrections of any of these concepts were known, in order of time."""
        return sorted(set().union(*(self.corrections.get(name, ()) for name in names)))

    def of(self, concept: Concept) -> list[Entry]:
        """The standing events of a concept: of measurements one a moment."""
        return self.standing(concept.name)


def record_of(chart: Chart, names: Iterable[str] | None = None) -> Record:
    """The record of a chart as far as it has been seen, of these concepts or of all."""
    names = [n for n in (chart.concepts if names is None else names) if n in chart.concepts and chart.seen[n]]
    corrected = {
        name: moments
        for name in names
        if (moments := chart.worked_out(("corrections", name), (name,), partial(_corrections, chart, name)))
    }
    charted = frozenset(names)

    def standing(name: str) -> list[Entry]:
        return _told(chart, name).entries if name in charted else []

    def before(moment: int) -> Record:
        return Record(cache(lambda name: _told(chart, name).before(moment) if name in charted else []))

    return Record(standing, corrected, before)


def _told(chart: Chart, name: str) -> "_Told":
    return chart.worked_out(("told", name), (name,), partial(_Told, chart, name))


class _Told:
    """What was told of a concept: what stands now, and what stood before a moment."""

    def __init__(self, chart: Chart, name: str):
        self.concept = chart.concepts[name]
        self.entries = one_a_moment(sorted(_standing(chart, name), key=_order), self.concept)
        # the moments of which more than one row was told
        several = frozenset(time for time, here in chart.seen[name].items() if len(here) > 1)
        self.once = [e for e in self.entries if e.time not in several] if several else self.entries
        self.again = (lambda moment: _standing(chart, name, moment, several)) if several else None

    @cached_property
    def latest(self) -> list[int]:
        """When the last of each entry and all before it was known: of what was filed in order nothing need be looked through."""
        return list(accumulate((e.known for e in self.once), max))

    @cached_property
    def earliest(self) -> list[int]:
        """When the first of each entry and all after it was known."""
        return list(accumulate((e.known for e in reversed(self.once)), min))[::-1]

    def before(self, moment: int) -> list[Entry]:
        """What stood before a moment: of a row with one version that version, if it was known; all others are settled again."""
        first, last = bisect_left(self.latest, moment), bisect_left(self.earliest, moment)
        once = [*self.once[:first], *(e for e in self.once[first:last] if e.known < moment)]
        if self.again is None:
            return once
        again = one_a_moment(sorted(self.again(moment), key=_order), self.concept)
        return sorted((*once, *again), key=_order)


def one_a_moment(ordered: list[Entry], concept: Concept) -> list[Entry]:
    """Of several measurements at one moment the worse; other things all count."""
    if concept.kind is not Kind.MEASURE:
        return ordered
    worst: dict[int, Entry] = {}
    for entry in ordered:
        held = worst.get(entry.time)
        if held is None or _worse(value_of(entry), value_of(held), concept):
            worst[entry.time] = entry
    return list(worst.values())


def _worse(value: float, than: float, concept: Concept) -> bool:
    return value < than if concept.worse == "low" else value > than


def _order(entry: Entry) -> tuple:
    return entry.time, entry.known, entry.origin or "", entry.text or "", entry.value or 0.0


def _standing(
    chart: Chart, name: str, before: int | None = None, times: Iterable[int] | None = None
) -> Iterable[Entry]:
    """What stands of a concept at all or some times, from what was known before a moment."""
    kind, told = chart.concepts[name].kind, chart.seen[name]
    for seen in told.values() if times is None else (told[time] for time in times):
        here = seen if before is None else [e for e in seen if e.known < before]
        for event in current_versions(here, kind):
            if kind in (Kind.MEASURE, Kind.AMOUNT) and event.value is None:
                continue
            end = _end(chart, event) if kind is Kind.INTERVAL and event.end is None else event.end
            done = kind in (Kind.EVENT, Kind.MEASURE)
            known = _first_known(event, here, kind) if done else event.known
            yield Entry(name, event.time, end, known, event.value, event.text, event.origin)


def _end(chart: Chart, event: Event) -> int | None:
    end = chart.end_of(event)
    return None if end == inf else int(end)


def _first_known(event: Event, here: list[Event], kind: Kind) -> int:
    """That a thing was done is known from its first version on: a culture when it is taken, not when it grows; a lactate
    when its first value came, whatever it was corrected to.
    """
    if len(here) == 1 or event.origin is None:
        return event.known
    same = (e for e in here if e.origin == event.origin)
    return min(e.known for e in same if kind is Kind.MEASURE or e.text == event.text)


def _corrections(chart: Chart, name: str) -> set[int]:
    """When each event became known that took another away or changed it."""
    kind, found = chart.concepts[name].kind, set()
    for here in chart.seen[name].values():
        if len(here) == 1:
            continue
        standing = current_versions(here, kind)
        for gone in (e for e in here if e not in standing and e.origin):
            if kind is Kind.EVENT and any((e.origin, e.text) == (gone.origin, gone.text) for e in standing):
                continue
            found |= {e.known for e in here if e.origin == gone.origin and e.known > gone.known}
    return found
