"""When what was charted to run ends: by an ending of its own, or by the next rate of its order."""

from collections.abc import Iterable

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.uses.ward.model.facts import Ended
from opensepsis.uses.ward.state.versions import is_gone


def running(ended: Ended, chart: Chart) -> list[Event]:
    """What was charted to run under the origin of an ending, and ends by it."""
    every = (e for e in chart.standing(ended.concept)) if ended.concept in chart.concepts else ()
    return [e for e in every if e.origin == ended.origin and e.end is None and ended.ends(e)]


def ending_of(event: Event, endings: Iterable[Ended], chart: Chart) -> Ended | None:
    """What ends an event, of the endings of its origin: the next rate of its order, else what was said last."""
    said = [e for e in endings if event in running(e, chart) and holds(e, chart)]
    return min((e for e in said if e.replaced), key=lambda e: e.time, default=said[-1] if said else None)


def holds(ended: Ended, chart: Chart) -> bool:
    """Whether an ending still counts: a rate that was taken back replaces none."""
    if not ended.replaced or ended.concept not in chart.concepts:
        return True
    here = chart.seen[ended.concept].get(ended.time, ())
    versions = [e for e in here if e.origin == ended.origin]
    return not versions or not is_gone(max(versions, key=lambda e: e.known))
