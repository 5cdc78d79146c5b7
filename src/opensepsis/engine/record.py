"""What stands in one patient's chart, as the clocks read it, and how it stood before each correction.

Plain Python; times are whole microseconds (UTC). What was seen in which order makes no difference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opensepsis.engine.chart import Chart, Event, current_versions
from opensepsis.rules import Concept, Kind


@dataclass(frozen=True)
class Record:
    """Standing events by concept in order of time; when corrections were known, and the record before one."""

    events: Mapping[str, list[Event]]
    corrections: tuple[int, ...] = ()
    before: Callable[[int], "Record"] | None = None

    def of(self, concept: Concept) -> list[Event]:
        """The standing events of a concept: of measurements one a moment."""
        return self.events.get(concept.name, [])


def record_of(chart: Chart) -> Record:
    """The record of a chart as far as it has been seen."""
    events = {name: in_order(_standing(chart, name), concept) for name, concept in chart.concepts.items()}
    moments = sorted({known for name in chart.concepts for known in _corrections(chart, name)})
    return Record(events, tuple(moments), lambda moment: record_of(_known_before(chart, moment)))


def in_order(events: Iterable[Event], concept: Concept) -> list[Event]:
    """Events by time; of several measurements at one moment the worse."""
    ordered = sorted(events, key=_order)
    if concept.kind is not Kind.MEASURE:
        return ordered
    worst: dict[int, Event] = {}
    for event in ordered:
        held = worst.get(event.time)
        worse = held is None or (
            event.value < held.value if concept.worse == "low" else event.value > held.value
        )
        if worse:
            worst[event.time] = event
    return list(worst.values())


def _order(event: Event) -> tuple:
    return event.time, event.known, event.origin or "", event.text or "", event.value or 0.0


def _standing(chart: Chart, name: str) -> list[Event]:
    kind = chart.concepts[name].kind
    if kind in (Kind.MEASURE, Kind.AMOUNT):
        return chart.standing_measures(name)
    if kind is Kind.INTERVAL:
        ends = [end for _, end, _, _ in chart.intervals(name)]
        return [replace(e, end=end) for e, end in zip(chart.standing(name), ends, strict=True)]
    return chart.standing(name)


def _corrections(chart: Chart, name: str) -> list[int]:
    """When each event became known that replaces or retracts another."""
    kind = chart.concepts[name].kind
    found = []
    for here in chart.seen[name].values():
        if len(here) == 1:
            continue
        standing = current_versions(here, kind)
        for gone in (e for e in here if e not in standing and e.origin):
            found += [e.known for e in here if e.origin == gone.origin and e.known > gone.known]
    return found


def _known_before(chart: Chart, moment: int) -> Chart:
    earlier = Chart(chart.concepts)
    for end in chart.ends:
        earlier.stay_ends(end)
    for here in (events for seen in chart.seen.values() for events in seen.values()):
        for event in here:
            if event.known < moment:
                earlier.see(event)
    return earlier


def named(event: Event) -> str:
    """The origin of an event, or its concept and time where it has none."""
    if event.origin is not None:
        return event.origin
    return f"{event.concept} at {datetime.fromtimestamp(event.time // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
