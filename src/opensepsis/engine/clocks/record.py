"""What stands in one patient's chart, as the clocks read it, and how it stood before each correction.

Plain Python; times are whole microseconds (UTC). What was seen in which order makes no difference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
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
    """Standing events by concept in order of time; by concept when corrections were known; and the record before one."""

    events: Mapping[str, list[Entry]]
    corrections: Mapping[str, Iterable[int]] = field(default_factory=dict)
    before: Callable[[int], "Record"] | None = None

    def corrected(self, names: Iterable[str]) -> list[int]:
        """When corrections of any of these concepts were known, in order of time."""
        return sorted(set().union(*(self.corrections.get(name, ()) for name in names)))

    def of(self, concept: Concept) -> list[Entry]:
        """The standing events of a concept: of measurements one a moment."""
        return self.events.get(concept.name, [])


def record_of(chart: Chart, names: Iterable[str] | None = None) -> Record:
    """The record of a chart as far as it has been seen, of these concepts or of all."""
    names = [n for n in (chart.concepts if names is None else names) if n in chart.concepts]
    corrected = {
        name: chart.worked_out(("corrections", name), (name,), partial(_corrections, chart, name))
        for name in names
    }
    return Record(_events(chart, names), corrected, lambda moment: Record(_events(chart, names, moment)))


def _events(chart: Chart, names: list[str], before: int | None = None) -> dict[str, list[Entry]]:
    now = {
        name: chart.worked_out(("entries", name), (name,), partial(_entries, chart, name)) for name in names
    }
    return now if before is None else {name: _earlier(chart, name, now[name], before) for name in names}


def _entries(chart: Chart, name: str) -> list[Entry]:
    return one_a_moment(sorted(_standing(chart, name), key=_order), chart.concepts[name])


def _earlier(chart: Chart, name: str, now: list[Entry], before: int) -> list[Entry]:
    """What stood before a moment: of a row with one version that version, if it was known; all others are settled again."""
    several = chart.worked_out(("several", name), (name,), partial(_several, chart, name))
    if not several:
        return [entry for entry in now if entry.known < before]
    once = (entry for entry in now if entry.known < before and entry.time not in several)
    again = one_a_moment(sorted(_standing(chart, name, before, several), key=_order), chart.concepts[name])
    return sorted((*once, *again), key=_order)


def _several(chart: Chart, name: str) -> frozenset[int]:
    """The moments of which more than one row was told."""
    return frozenset(time for time, here in chart.seen[name].items() if len(here) > 1)


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
