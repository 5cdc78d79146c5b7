"""Suspicions of infection that stood until a correction took them away. Plain Python: the reference for `batch/retractions.py`."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.semantics.stays import Suspicion
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Infection


def withdrawn_suspicions(
    infection: Infection,
    chart: Chart,
    standing: Iterable[Suspicion],
    read: Callable[[Chart], list[Suspicion]],
) -> list[Suspicion]:
    """Those that some state of the chart had and the last has not; `read` finds the suspicions of a chart.

    One that lies in a course that stands belongs to it: it told nothing that does not hold.
    """
    names = infection.antibiotic.name, infection.culture.name
    standing, apart = list(standing), to_microseconds(infection.apart)
    found: dict[int, Suspicion] = {}
    for moment in _corrections(chart, names):
        for suspicion in read(_before(chart, names, moment)):
            held = found.get(suspicion.time, suspicion)
            known = min(held.known, suspicion.known)
            found[suspicion.time] = replace(suspicion, known=known, withdrawn=moment)
    return [
        s
        for time, s in sorted(found.items())
        if not any(stands.time <= time < stands.time + apart for stands in standing)
    ]


def _corrections(chart: Chart, names: Iterable[str]) -> list[int]:
    """The moments at which an event was taken back."""
    moments: set[int] = set()
    for name in names:
        for here in chart.seen[name].values():
            if len(here) > 1:
                moments |= {e.known for e in here if _takes_back(e, here)}
    return sorted(moments)


def _takes_back(event: Event, here: list[Event]) -> bool:
    empty = event.origin is not None and event.value is None and event.text is None
    return empty and any(e.origin == event.origin and e.known < event.known for e in here)


def _before(chart: Chart, names: Iterable[str], moment: int) -> Chart:
    """What was known before a moment."""
    then = Chart({name: chart.concepts[name] for name in names}, chart.calendar)
    then.set_ends(chart.ends)
    for name in names:
        for event in (e for here in chart.seen[name].values() for e in here if e.known < moment):
            then.see(event)
    return then
