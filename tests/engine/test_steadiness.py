"""What a bedside holds from one moment to the next is what a fresh one works out, just before, at and after every turning point."""

from dataclasses import fields, is_dataclass
from datetime import timedelta
from random import Random

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.signals import READERS, value_at
from opensepsis.engine.live.steadiness import changes_with_time, steady_until
from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import Score, children, signals
from tests.support.parity.crowds import patient
from tests.support.parity.patients import limits_by_concept

PATIENTS, EVENTS, MOMENTS = 2, 10, 6
OF_ITSELF = "the kinds whose value is another at every moment"


def lengths_in(thing) -> set[int]:
    """Every length of time in a definition, in microseconds."""
    if isinstance(thing, timedelta):
        return {to_microseconds(thing)}
    if isinstance(thing, dict):
        return set().union(*map(lengths_in, thing.values()))
    if isinstance(thing, tuple):
        return set().union(*map(lengths_in, thing))
    return (
        set().union(*(lengths_in(getattr(thing, f.name)) for f in fields(thing)))
        if is_dataclass(thing)
        else set()
    )


def turning(score: Score, events: list[Event], draw: Random, number: int) -> list[int]:
    """Moments just before, at and after those at which something comes, ends, grows old or leaves a window."""
    lengths = sorted(lengths_in((score.rows, score.window, score.carried)) | {0, HOUR, 24 * HOUR})
    began = [t for e in events for t in (e.time, e.end) if t is not None] or [0]
    return [draw.choice(began) + draw.choice(lengths) + draw.choice((-1, 0, 0, 1)) for _ in range(number)]


def fresh(score: Score, events: list[Event], at: int):
    bedside = Bedside([score])
    for event in events:
        bedside.see(event)
    return bedside.points(score, at)


@pytest.mark.parametrize("score", [s for s in SCORES.values() if ":" not in s.name], ids=lambda s: s.name)
def test_what_is_held_is_what_a_fresh_bedside_says(score):
    near, draw = limits_by_concept([score]), Random(score.name)
    for _ in range(PATIENTS):
        bedside, seen = Bedside([score]), []
        for event in patient(score.concepts, near, draw, most=EVENTS):
            bedside.see(event)
            seen.append(event)
            (at,) = turning(score, seen, draw, 1)
            assert bedside.points(score, at) == fresh(score, seen, at)
        for at in sorted(turning(score, seen, draw, MOMENTS)):
            assert bedside.points(score, at) == fresh(score, seen, at)


@pytest.mark.parametrize("score", [s for s in SCORES.values() if s.window is None][:12], ids=lambda s: s.name)
def test_a_signal_is_steady_as_long_as_it_is_said_to_be(score):
    near, draw = limits_by_concept([score]), Random(score.name)
    steady = 0
    for _ in range(PATIENTS):
        chart = Chart(score.concepts)
        events = patient(score.concepts, near, draw, most=EVENTS)
        for event in events:
            chart.see(event)
        for signal in score.signals.values():
            changes = changes_with_time([signal])
            for at in turning(score, events, draw, 3):
                until = min(steady_until(changes, at, chart), at + 80 * HOUR)
                steady += until > at
                for later in (t for t in turning(score, events, draw, 20) if at <= t < until):
                    assert value_at(signal, later, chart) == value_at(signal, at, chart)
    assert steady


def test_every_kind_of_signal_is_read_and_says_how_long_it_is_steady():
    kinds = {
        kind
        for kind in vars(signals).values()
        if isinstance(kind, type) and issubclass(kind, signals.Signal) and kind is not signals.Signal
    }
    assert kinds == set(READERS)
    used = {type(s): s for score in SCORES.values() for s in score.signals.values()}
    moving = {kind.__name__ for kind, signal in used.items() if changes_with_time([signal]).always}
    assert moving <= {"Since", "SinceAmount", "InARow", "MeanRate"}, OF_ITSELF
    assert all(children(s) is not None for s in used.values())
