"""Moments of a patient who was read from bytes: each stands once in memory, as it does where it came with a message.

Bytes do not tell which numbers were one: a moment would stand in an event, in its source and in every list that it is in, ten times as
many numbers as before. Lists and dictionaries stay the objects that they are: others may hold them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat

from opensepsis.uses.ward.state.patient import Patient

One = Callable[[int, int], int]  # the number that stands for one and all its equals


def share_moments(patient: Patient) -> None:
    """Puts one number in the place of equal ones; nothing that is known of the patient changes."""
    one: One = {}.setdefault
    if patient.told:
        messages, received, facts = zip(*patient.told, strict=True)
        patient.told[:] = zip(_same(messages, one), _same(received, one), facts, strict=True)
    _share_chart(patient, one)
    if patient.values:
        concepts, times, origins = zip(*patient.values, strict=True)
        sources = list(patient.values.values())
        _share(sources, ("message", "time", "known"), one)
        _renew(patient.values, zip(concepts, _same(times, one), origins, strict=True), sources)
    if patient.ticks:
        patient.ticks.times[:] = _same(patient.ticks.times, one)
        hours, totals = zip(*patient.ticks.as_known, strict=True) if patient.ticks.as_known else ((), ())
        patient.ticks.as_known[:] = zip(_same(hours, one), totals, strict=True)


def _share_chart(patient: Patient, one: One) -> None:
    bedside, seen = patient.bedside, patient.bedside.chart.seen
    events: list = []
    for name, moments in seen.items():
        if moments:
            events.extend(chain.from_iterable(moments.values()))
            _renew(moments, _same(list(moments), one), list(moments.values()))
            times = bedside.chart.series[name].times
            times[:] = _same(times, one)
    _share(events, ("time", "known"), one)
    for score in patient.watching.scores:
        for row in chain.from_iterable(bedside.rows(score).values()) if score.window else ():
            row.times[:] = _same(row.times, one)
            if row.segments:
                starts, untils, keys = zip(*row.segments, strict=True)
                row.segments[:] = zip(_same(starts, one), untils, keys, strict=True)
                row.began[:] = _same(row.began, one)


def _renew(held: dict, keys: Iterable, values: Iterable) -> None:
    """Equal keys in the place of a dictionary's own, in the same order."""
    again = dict(zip(keys, values, strict=True))
    held.clear()
    held.update(again)


def _same(moments: Sequence[int], one: One) -> Iterable[int]:
    return map(one, moments, moments)


def _share(things: Sequence, names: tuple[str, ...], one: One) -> None:
    """The same for attributes of things that are never changed otherwise."""
    said: list[dict[str, int]] = [vars(thing) for thing in things]
    for name in names:
        held = [one_thing[name] for one_thing in said]
        deque(map(dict.__setitem__, said, repeat(name), _same(held, one)), maxlen=0)
