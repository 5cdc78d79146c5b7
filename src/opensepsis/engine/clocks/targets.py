"""How the aims of a clock's arms stand at a moment. Plain Python; times are whole microseconds (UTC)."""

from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.chart import Chart
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Clock, Target

BELOW, WITHIN, ABOVE, NOT_KNOWN = "below", "within", "above", "not known"


@dataclass(frozen=True)
class AimState:
    """One aim of an arm that runs: where the last measurement lies, and when it was made."""

    clock: str
    trigger: str
    aim: Target
    standing: str
    value: float | None = None
    time: int | None = None


def aims_at(
    clock: Clock, findings: Iterable[TimeZero], chart: Chart, age: float | None, now: int
) -> list[AimState]:
    """The aims of every arm whose time zero stands, for somebody of this age."""
    running = {f.trigger for f in findings if f.time <= now and (f.withdrawn is None or f.withdrawn > now)}
    if not clock.suits(age):
        return []
    return [
        _state(clock, arm.trigger.name, aim, chart, now)
        for arm in clock.arms
        if arm.trigger.name in running
        for aim in arm.aims
        if aim.suits(age)
    ]


def _state(clock: Clock, trigger: str, aim: Target, chart: Chart, now: int) -> AimState:
    series = chart.series[aim.concept.name]
    place = series.last(now)
    if place < 0 or now - series.times[place] >= to_microseconds(aim.valid):
        return AimState(clock.name, trigger, aim, NOT_KNOWN)
    ends = {_standing(aim, c.series[aim.concept.name].values[place]) for c in (chart.low, chart.high)}
    standing = ends.pop() if len(ends) == 1 else NOT_KNOWN  # a limit leaves it open
    return AimState(clock.name, trigger, aim, standing, series.values[place], series.times[place])


def _standing(aim: Target, value: float) -> str:
    above = aim.high is not None and value > aim.high
    return BELOW if value < aim.low else ABOVE if above else WITHIN
