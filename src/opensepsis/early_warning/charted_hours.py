"""What a ward charted in an hour, as the inputs of a model: what was received by the end of the hour, nothing later."""

from collections.abc import Iterable, Sequence

import numpy as np

from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.time import HOUR
from opensepsis.uses.predict.inputs import RUNNING, Input
from opensepsis.uses.ward.model.facts import Charted, Ended, Fact


def values_of_hour(
    inputs: Sequence[Input], told: Iterable[tuple[int, int, Fact]], begin: int, end: int
) -> np.ndarray:
    """The last value of each input that came in (begin, end], NaN where none did; 1 for what ran in it. `told`: message, received, fact."""
    place = {one.concept: i for i, one in enumerate(inputs)}
    values, newest = np.full(len(inputs), np.nan, np.float32), [(-1, -1)] * len(inputs)
    endings: list[tuple[int, Ended]] = []
    running: list[tuple[int, Event]] = []
    for _, received, fact in told:
        if received > end:
            continue
        if isinstance(fact, Ended) and fact.concept in place:
            endings.append((received, fact))
        elif isinstance(fact, Charted) and fact.event.concept in place:
            event, column = fact.event, place[fact.event.concept]
            at = max(received, event.known or event.time, event.time)
            if inputs[column].form == RUNNING:
                running.append((at, event))
            elif event.value is not None and begin < at <= end and (event.time, at) >= newest[column]:
                values[column], newest[column] = event.value, (event.time, at)
    for at, event in running:
        if at <= end and event.value != 0 and _until(event, endings, end) > begin:
            values[place[event.concept]] = 1.0
    return values


def _until(event: Event, endings: list[tuple[int, Ended]], now: int) -> int:
    """When what runs ended, as far as it was told by now; without an end it runs."""
    told = [
        fact.time
        for _, fact in endings
        if (fact.concept, fact.origin) == (event.concept, event.origin) and fact.ends(event)
    ]
    ends = [event.end] if event.end is not None else []
    return min([*told, *ends], default=now)


def hours_passed(admitted: int, at: int) -> int:
    """How many whole hours of a visit have passed at one of its hours."""
    return (at - admitted) // HOUR
