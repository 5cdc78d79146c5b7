"""When what was charted to run ends: by an ending of its own, or by the next rate of its order."""

from collections.abc import Iterable

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.uses.ward.model.facts import Ended
from opensepsis.uses.ward.state.versions import is_gone
from opensepsis.uses.ward.state.voids import named

DOSES = "hl7 dose "


def pump(origin: str | None) -> str | None:
    """What runs at one rate at a time: the order of a dose in HL7, whatever the code of its bag; else what is named by itself.

    >>> pump("hl7 dose 7 NE8"), pump("hl7 dose  NE8"), pump("fhir lab/MedicationAdministration/7")
    ('hl7 dose 7', 'hl7 dose  NE8', 'fhir lab/MedicationAdministration/7')
    """
    if origin is None or not origin.startswith(DOSES) or origin.startswith(f"{DOSES} "):
        return origin
    return named(origin)


def running(ended: Ended, chart: Chart) -> list[Event]:
    """What was charted to run under the origin of an ending, and ends by it: also what a later rate has ended until now."""
    every = (e for e in chart.standing(ended.concept)) if ended.concept in chart.concepts else ()
    mine = pump(ended.origin)
    return [e for e in every if pump(e.origin) == mine and _is_open(e, ended, chart) and ended.ends(e)]


def _is_open(event: Event, ended: Ended, chart: Chart) -> bool:
    if event.end is None or not ended.replaced or event.end <= ended.time:
        return event.end is None
    here = chart.seen[event.concept][event.time]
    return any(e.end is None and e.origin == event.origin for e in here)  # else its end was told


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
