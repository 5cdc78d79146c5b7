"""Rates that are given for the whole patient, µg/min or mg/h, as rates per kilogram by the weight charted last."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from opensepsis.data.intake.value import plausible
from opensepsis.data.sources.pump_rates import NO_WEIGHT
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import Kind
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.state.versions import is_gone

IMPOSSIBLE = "with the weight charted last it is outside plausible limits"


def weighed(fact: Charted, weights: Iterable[Event]) -> tuple[Event, str]:
    """A rate with the weight at its time or last before it, and why it has no value; `weights` in order of time.

    >>> rate = Charted("A|1", Event("norepinephrine", 5, known=5), whole=8.0, weigh="divide")
    >>> heavy = Event("weight", 4, known=4, value=80.0)
    >>> weighed(rate, [heavy])[0].value, weighed(rate, [replace(heavy, time=6)])[1]
    (0.1, 'no weight charted before to convert the rate with')
    """
    if not fact.whole:
        return replace(fact.event, value=0.0), ""
    weight = None
    for one in weights:
        if one.time <= fact.event.time and one.value and one.text is None:
            weight = one.value
    if weight is None:
        return fact.event, NO_WEIGHT
    value = round(fact.whole / weight if fact.weigh == "divide" else fact.whole * weight, 9)
    return (
        (replace(fact.event, value=value), "")
        if plausible(fact.event.concept, value)
        else (fact.event, IMPOSSIBLE)
    )


class Weighing:
    """What runs at a rate, by concept, time and origin, as it was told last; only a rate for the whole patient needs a weight."""

    def __init__(self):
        self.told: dict[tuple[str, int, str | None], Charted] = {}

    def note(self, fact: Charted) -> None:
        """Takes note of a rate."""
        event = fact.event
        if CONCEPTS[event.concept].kind is Kind.INTERVAL:
            name = event.concept, event.time, event.origin
            held = self.told.get(name)
            if held is None or held.event.known <= event.known:
                self.told[name] = fact

    def changed(self, weights: list[Event], chart: Chart) -> Iterator[tuple[Event, Event, str]]:
        """The rates that need a weight and have another value by these: as each stands, as it is, and why it has none."""
        for fact in [one for one in self.told.values() if one.whole is not None]:
            event, why = weighed(fact, weights)
            here = chart.seen[event.concept].get(event.time, ())
            stands = max((e for e in here if e.origin == event.origin), key=lambda e: e.known, default=None)
            if stands is not None and not is_gone(stands) and stands.value != event.value:
                yield stands, event, why
