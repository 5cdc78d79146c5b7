"""Crowds of random patients drawn from a seed: many at once for the batch engine, and the smallest part of one that fails."""

import os
from collections.abc import Callable
from random import Random

from opensepsis.definitions import SCORES
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.limits import SIGNS
from opensepsis.rules import Concept, Kind, Score
from tests.support.parity.patients import (
    HOUR,
    LENGTHS,
    MINUTE,
    YEAR,
    changed_and_back,
    limits_by_concept,
    values_near,
    words_of,
)

# of variants that differ in one constant, one stands for all
TRIED = [s for s in SCORES.values() if ":incidence_" not in s.name or s.name.endswith("incidence_4")]
# scores and their variants, worked out together as `label` works them out: what they share is worked out once
FAMILIES = {
    name: [s for s in TRIED if s.name.split(":")[0] == name]
    for name in dict.fromkeys(s.name.split(":")[0] for s in TRIED)
}
NUMBER = 2000 if os.environ.get("OPENSEPSIS_LONG") else 200  # patients of a crowd
LATE = [0, 0, 0, HOUR, 5 * HOUR, 30 * HOUR]
# one of four is long, with another inside it; the plain engine works out every hour, and many short stays see more
# beginnings and ends of windows
STAYS = (
    ((0, 36 * HOUR), (20 * HOUR, 31 * HOUR + 7)),
    ((5 * HOUR + 1, 13 * HOUR),),
    ((18 * HOUR, 26 * HOUR + 7),),
    ((-2 * HOUR, 6 * HOUR + 1),),
)
LASTING = [None, 0, 20 * MINUTE, 45 * MINUTE, HOUR, 61 * MINUTE, 7 * HOUR, 40 * HOUR]
LIMITS = [None, None, None, *SIGNS]  # sometimes only a limit is given
URINE = [0.0, 14.99, 15.0, 24.999, 25.0, 25.001, 60.0]  # mL/h of one of 50 kg, around 0.3 and 0.5 mL/kg/h


def crowd(scores: list[Score], number: int, draw: Random) -> list[list[Event]]:
    """Patients with events of all concepts of some scores, or of a row of one: so that few events fill a big table."""
    near = limits_by_concept(scores)
    rows = [Score("", "", score.paper, (row,)).concepts for score in scores for row in score.rows]
    return [
        patient(draw.choice([score.concepts for score in scores] + rows + rows), near, draw)
        for _ in range(number)
    ]


def stays_of(pid: int) -> tuple[tuple[int, int], ...]:
    """One stay (admitted, left), or for each fourth patient two that overlap."""
    return STAYS[pid % 4]


def patient(
    concepts: dict[str, Concept], near: dict[str, list[float]], draw: Random, most: int = 40
) -> list[Event]:
    """Events of one patient, some said twice, some changed and changed back, in any order."""
    names = sorted(concepts)
    events = [
        _event(concepts[n], near.get(n, []), draw) for n in draw.choices(names, k=draw.randint(0, most))
    ]
    if {"urine_output", "weight"} <= concepts.keys() and draw.random() < 0.5:
        events += _hourly_urine(draw)
    again = [e for e in events if draw.random() < 0.1]
    back = [e for e in events if e.origin and draw.random() < 0.2]
    events = [*events, *again, *(e for first in back for e in changed_and_back(first, events, draw))]
    draw.shuffle(events)
    return events


def _event(concept: Concept, near: list[float], draw: Random) -> Event:
    """One event of a concept, sometimes with an origin, sometimes known late, sometimes empty (a retraction)."""
    time = _birth(draw) if concept.name == "born" else drawn_time(draw)
    value = _value(concept, near, draw)
    text = draw.choice(words_of(concept) or (LIMITS if value is not None and _measured(concept) else [None]))
    length = draw.choice(LASTING) if concept.kind is Kind.INTERVAL else None
    end = None if length is None else time + length
    return Event(
        concept.name, time, end, time + draw.choice(LATE), value, text, draw.choice([None, None, "a", "b"])
    )


def _measured(concept: Concept) -> bool:
    return concept.kind in (Kind.MEASURE, Kind.AMOUNT)


def _value(concept: Concept, near: list[float], draw: Random) -> float | None:
    measured = _measured(concept)
    if not measured and not (concept.kind is Kind.INTERVAL and concept.unit):
        return None
    if measured and draw.random() < 0.25:
        return None
    chosen = values_near(concept, near)
    value = draw.choice(chosen if measured else [*chosen, 0.0, None])
    return None if value is None else float(value)


def drawn_time(draw: Random) -> int:
    """Often exactly, or just not, as far apart as definitions turn on."""
    match draw.randrange(4):
        case 0 | 1:
            length = draw.choice([0, 0, *LENGTHS, *(-length for length in LENGTHS)])
            return (
                draw.choice([0, 2 * HOUR, 21 * HOUR]) + length + draw.choice([0, 0, 0, 0, -1, 1, 20 * MINUTE])
            )
        case 2:
            return draw.randint(-30 * 4, 60 * 4) * 15 * MINUTE
    return draw.randint(-30 * HOUR, 60 * HOUR)


def _birth(draw: Random) -> int:
    of_ages = [draw.randint(-years * YEAR, 0) for years in (3, 20)] + [-draw.randint(18 * YEAR, 90 * YEAR)]
    return draw.choice([drawn_time(draw), *of_ages])


def _hourly_urine(draw: Random) -> list[Event]:
    start, usual, other = draw.randint(-10, 20) * HOUR, draw.choice(URINE), draw.choice(URINE)
    hours = [start + i * HOUR for i in range(draw.randint(1, 40))]
    urine = [Event("urine_output", t, None, t, other if i % 9 == 8 else usual) for i, t in enumerate(hours)]
    return [*urine, Event("weight", start, None, start, 50.0)]


def assert_alike(cases: list[tuple], batch: Callable, live: Callable) -> list:
    """Asserts that the batch engine, given all cases at once, finds of each what the live engine finds of it alone.

    A case is the events of a patient and whatever else both need, such as stays. Returns what was found of each. Where they
    differ, the case is first made as small as it can be.
    """
    found = batch(cases)
    for case, mine in zip(cases, found, strict=True):
        if mine == live(*case):
            continue
        events, *rest = case

        def of_both(events, rest=tuple(rest)):
            return batch([(events, *rest)])[0], live(events, *rest)

        def differ(events):
            together, alone = of_both(events)
            return together != alone

        events = smallest(events, differ) if differ(events) else events
        together, alone = of_both(events)
        assert together == alone, events
        assert mine == live(*case), "only in the crowd does the batch engine find something else"
    return found


def smallest(events: list[Event], fails: Callable[[list[Event]], bool]) -> list[Event]:
    """A patient that still fails and of whom no event can be left out.

    >>> smallest(list("abcde"), lambda some: "b" in some and "d" in some)
    ['b', 'd']
    """
    step = max(1, len(events) // 2)
    while True:
        for begin in range(0, len(events), step):
            fewer = events[:begin] + events[begin + step :]
            if len(fewer) < len(events) and fails(fewer):
                events = fewer
                break
        else:
            if step == 1:
                return events
            step = max(1, step // 2)
