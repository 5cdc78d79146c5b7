"""When what was charted to run ends: by an ending of its own, or by the next rate of its order."""

from collections.abc import Iterable
from dataclasses import replace

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.uses.ward.model.facts import Charted, Ended
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


class Rates:
    """What runs as a part of an order or infusion (FHIR): of which, and whether its end was told.

    >>> rates = Rates()
    >>> rates.note(Charted("A|1", Event("norepinephrine", 5, known=5, origin="fhir a/MedicationAdministration/7"), under="order"))
    >>> rates.order("fhir a/MedicationAdministration/7"), rates.order("fhir a/MedicationAdministration/8")
    ('order', 'fhir a/MedicationAdministration/8')
    """

    def __init__(self):
        self._under: dict[str, str] = {}
        self._told: dict[
            tuple[str, int], tuple[int, int | None, bool]
        ] = {}  # known, end, whether it was told

    def note(self, fact: Charted) -> None:
        """Takes note of a rate."""
        event, origin = fact.event, fact.event.origin or ""
        if not fact.under:
            return
        self._under[origin] = fact.under
        held = self._told.get((origin, event.time))
        if held is None or held[0] <= event.known:
            told = event.end is not None and not fact.assumed_end
            self._told[origin, event.time] = event.known, event.end, told

    def order(self, origin: str | None) -> str | None:
        """What one rate at a time runs under."""
        return self._under.get(origin or "") or pump(origin)

    def told(self, event: Event) -> tuple[int, int | None, bool] | None:
        """When a rate was told last, its end then, and whether that was told; None for one that is no part of an order."""
        return self._told.get((event.origin or "", event.time))


def running(ended: Ended, chart: Chart, rates: Rates) -> list[Event]:
    """What was charted to run under the origin of an ending, and ends by it: also what a later rate has ended until now."""
    every = chart.standing(ended.concept) if ended.concept in chart.concepts else ()
    return [event for event in every if _is_ended_by(event, ended, chart, rates)]


def _is_ended_by(event: Event, ended: Ended, chart: Chart, rates: Rates) -> bool:
    of_it = order_of(ended) in (rates.order(event.origin), pump(event.origin))
    same = of_it and _is_same_drug(event, ended, chart)
    return same and _is_open(event, ended, chart, rates) and _ends(event, ended, rates)


def order_of(ended: Ended) -> str | None:
    """What an ending is of."""
    return ended.under or pump(ended.origin)


def _is_same_drug(event: Event, ended: Ended, chart: Chart) -> bool:
    """Whether the new rate under an order is of the drug that ran; of one administration, whatever it says now."""
    if not ended.under or event.origin == ended.origin:
        return True
    new = [
        e
        for e in chart.seen[ended.concept].get(ended.time, ())
        if e.origin == ended.origin and not is_gone(e)
    ]
    return any(e.text == event.text for e in new)


def _is_open(event: Event, ended: Ended, chart: Chart, rates: Rates) -> bool:
    if event.end is None or not ended.replaced or event.end <= ended.time:
        return event.end is None
    if (told := rates.told(event)) is not None and event.origin != ended.origin:
        return not told[2]
    here = chart.seen[event.concept][event.time]
    return any(e.end is None and e.origin == event.origin for e in here)  # else its end was told


def _ends(event: Event, ended: Ended, rates: Rates) -> bool:
    """Whether an event is one that ends here: of two rates of an order that begin together, that which was told first."""
    told = rates.told(event)
    if not ended.under or told is None or event.time != ended.time or event.origin == ended.origin:
        return ended.ends(event)
    return (told[0], event.origin or "") < (ended.known, ended.origin)


def ending_of(event: Event, endings: Iterable[Ended], chart: Chart, rates: Rates) -> Ended | None:
    """What ends an event first, of the endings of its order: the next rate, or what was said last of its end."""
    if event not in chart.standing(event.concept):
        return None
    said = [e for e in endings if _is_ended_by(event, e, chart, rates) and holds(e, chart)]
    told = [e for e in said if not e.replaced][-1:]
    return min((*told, *(e for e in said if e.replaced)), key=lambda e: e.time, default=None)


def run_again(gone: Event, chart: Chart, rates: Rates) -> list[Event]:
    """After a rate was taken back, the rates that it had replaced, as they were until then."""
    found = []
    for event in chart.standing(gone.concept):
        if (
            rates.order(event.origin) != rates.order(gone.origin)
            or event.end != gone.time
            or event.time > gone.time
        ):
            continue
        if event.origin == gone.origin and event.time == gone.time:
            continue
        told, known = rates.told(event), max(gone.known, event.known + 1)
        versions = chart.seen[gone.concept][event.time]
        if told is not None and not told[2]:
            found.append(replace(event, end=told[1], known=known))
        elif any(e.end is None and e.origin == event.origin for e in versions):  # else its end was told
            found.append(replace(event, end=None, known=known))
    return found


def holds(ended: Ended, chart: Chart) -> bool:
    """Whether an ending still counts: a rate that was taken back replaces none."""
    if not ended.replaced or ended.concept not in chart.concepts:
        return True
    here = chart.seen[ended.concept].get(ended.time, ())
    versions = [e for e in here if e.origin == ended.origin]
    return not versions or not is_gone(max(versions, key=lambda e: e.known))
