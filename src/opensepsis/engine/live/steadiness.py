"""Until when a value that was worked out stays as it is while nothing more is charted. Plain Python.

A record, an interval or a birthday matters to a signal from certain moments on only: when it comes, when it is too old, when it leaves
a window. Between those the signal has one value and one basis.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.infusions import step_function
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import (
    Age,
    Assumed,
    BackCalculated,
    CarriedDuringInterval,
    Count,
    CountActive,
    Denominator,
    FirstKnown,
    Highest,
    HighestWithin,
    Latest,
    Linear,
    LogisticRisk,
    Lowest,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Rise,
    Rounded,
    Running,
    Signal,
    Total,
    ValueBeforeInterval,
    WithinLast,
    children,
)

NO_ONE = 1  # microseconds after a moment: the first other moment


@dataclass(frozen=True)
class Changes:
    """What changes signals as time passes.

    `after`: of each concept, how long after a record of it something may change (microseconds); `runs`: what is charted as intervals;
    `daily`: whether an age is read, which changes at midnight; `always`: whether every moment may have another value.
    """

    after: tuple[tuple[str, tuple[int, ...]], ...] = ()
    runs: tuple[Running, ...] = ()
    daily: bool = False
    always: bool = False


def changes_with_time(signals: Iterable[Signal]) -> Changes:
    """What changes some signals as time passes."""
    found = [_changes(signal) for signal in signals]
    after: dict[str, set[int]] = {}
    for name, lengths in (one for each in found for one in each.after):
        after.setdefault(name, set()).update(lengths)
    return Changes(
        tuple((name, tuple(sorted(lengths))) for name, lengths in after.items()),
        tuple(dict.fromkeys(run for each in found for run in each.runs)),
        any(each.daily for each in found),
        any(each.always for each in found),
    )


def _changes(signal: Signal) -> Changes:
    match signal:
        case Latest(concept=concept, valid=valid):
            return _after({concept.name}, NO_ONE if valid is None else to_microseconds(valid), HOUR)
        case Ratio(numerator=paired) | Denominator(ratio=Ratio(numerator=paired)) | Rise(measured=paired):
            return _changes(paired)  # what it is paired with goes by the moment of the record
        case Running():
            return Changes(runs=(signal,))
        case ValueBeforeInterval(during=during):
            return Changes(runs=(during,))
        case WithinLast(signal=inner, within=within):
            return _after(measured_concepts(inner), to_microseconds(within), HOUR)
        case HighestWithin(signal=inner, over=over):
            window = _after(measured_concepts(inner), to_microseconds(over))
            return _together(_changes(inner), window)
        case Lowest(concept=concept, over=over) | Highest(concept=concept, over=over):
            return _after({concept.name}, to_microseconds(over))
        case Count(concept=concept, over=over):
            return _after({concept.name}, to_microseconds(over))
        case Total():
            return _changes_of_total(signal)
        case Age(concept=concept):
            return Changes(after=((concept.name, (0,)),), daily=True)
        case Assumed() | CarriedDuringInterval() | CountActive() | FirstKnown() | Linear() | Plus():
            return changes_with_time(children(signal))
        case Quotient() | Rounded() | MeanRate() | BackCalculated() | LogisticRisk():
            return changes_with_time(children(signal))
    return Changes(always=True)


def _after(names: Iterable[str], *lengths: int) -> Changes:
    return Changes(after=tuple((name, (0, *lengths)) for name in sorted(names)))


def _together(*some: Changes) -> Changes:
    runs = tuple(run for one in some for run in one.runs)
    after = tuple(pair for one in some for pair in one.after)
    return Changes(after, runs, any(one.daily for one in some), any(one.always for one in some))


def _changes_of_total(total: Total) -> Changes:
    over, covers = to_microseconds(total.over), to_microseconds(total.first_covers)
    lengths = {over, covers + 1, max(0, over - covers)}  # leaves the window, is too old, covers its beginning
    of_records = _after({total.concept.name}, *lengths)
    return of_records if total.since is None else _together(of_records, _after({total.since.name}, over))


def steady_until(changes: Changes, moment: int, chart: Chart, until: float = inf) -> float:
    """The first moment after this one at which something may change, if before `until`; the moment itself where every one may differ.

    >>> from opensepsis.definitions.signals.carried import heart_rate
    >>> from opensepsis.definitions.concepts.vitals import HEART_RATE
    >>> steady_until(changes_with_time([heart_rate]), 5, Chart({HEART_RATE.name: HEART_RATE}))
    inf
    """
    if changes.always:
        return moment
    if changes.daily:
        until = min(until, chart.calendar.begins(chart.calendar.day_of(moment) + 1))
    for name, lengths in changes.after:
        if times := chart.series[name].times:
            until = next_after(times, lengths, moment, until)
    for run in changes.runs:
        if not chart.seen[run.concept.name]:
            continue  # never charted, as of nearly all drugs
        until = next_after(step_function(run, chart)[0], (0,), moment, until)
    return until


def next_after(times: Sequence[float], lengths: Iterable[int], moment: int, until: float = inf) -> float:
    """The first of these times, each so long after itself, that is later than a moment, if it comes before `until`.

    >>> next_after([10, 20, 30], (0, 15), 24)
    25
    """
    for length in lengths:
        i = bisect_right(times, moment - length)
        if i < len(times) and times[i] + length < until:
            until = times[i] + length
    return until


class Held:
    """What was worked out last under each name, with the moments for which it stands; forgotten when something it reads changes.

    >>> held = Held()
    >>> held.put("news2", ("heart_rate",), 10, 20, 5)
    (10, 20, 5)
    >>> held.at("news2", 19), held.at("news2", 20)
    ((10, 20, 5), None)
    >>> held.forget("heart_rate")
    >>> held.at("news2", 19)
    """

    def __init__(self):
        self.found: dict[Hashable, tuple[int, float, Any] | None] = {}
        self._reading: dict[str, list[Hashable]] = {}

    def at(self, name: Hashable, moment: int) -> tuple[int, float, Any] | None:
        """From when until when something stands, and what; None where it is not known for this moment."""
        found = self.found.get(name)
        return found if found is not None and found[0] <= moment < found[1] else None

    def put(
        self, name: Hashable, reads: Iterable[str], moment: int, until: float, what
    ) -> tuple[int, float, Any]:
        """Keeps what was worked out for a moment and stands until another; `reads` are always the same for a name."""
        if name not in self.found:
            for concept in reads:
                self._reading.setdefault(concept, []).append(name)
        found = self.found[name] = moment, until, what
        return found

    def forget(self, concept: str) -> None:
        """Forgets what reads a concept."""
        for name in self._reading.get(concept, ()):
            self.found[name] = None

    def forget_all(self) -> None:
        """Forgets everything."""
        self.found = dict.fromkeys(self.found)
