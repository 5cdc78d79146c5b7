"""Infection with criteria that hold together, for one stay: the reference for `criteria.py`.

`ticks` are (time, total of each score in the order of `scores_of`), in order of time.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from opensepsis.engine.live.availability import Asked
from opensepsis.engine.semantics.stays import Episode, EvaluationTime
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Baseline, CriteriaMet, OrganFailure, Score, Worsened, scores_of

EvaluationTimes = list[EvaluationTime]
Knowing = Callable[[list[Score], list[Asked], int], int]  # as `first_computable_at`, of one chart


def criteria_met(
    phenotype: CriteriaMet, groups, ticks: EvaluationTimes, knowing: Knowing | None = None, scores=None
) -> list[Episode]:
    """For each course of infection (in `groups`) the first suspicion around which all criteria are met.

    `scores` are those of the ticks, where they hold more than the phenotype reads.
    """
    limits = _limits(phenotype.criteria, scores or scores_of(phenotype))
    found = (_first_around(phenotype, group, ticks, limits, knowing) for group in groups)
    return [episode for episode in found if episode]


def _limits(criteria, scores) -> list[tuple[int, int]]:
    """Where in a tick each criterion reads, and the points it asks for."""
    names = [score.name for score in scores]
    return [(names.index(c.score.name) + 1, c.points) for c in criteria]


def matters(phenotype) -> Callable[[tuple], bool] | None:
    """Tells of a tick whether it can have a part in what is found; None where every tick can.

    >>> from opensepsis.definitions import PHENOTYPES
    >>> [matters(PHENOTYPES["sepsis3"])((0, total)) for total in (None, 1, 2)]
    [False, False, True]
    """
    match phenotype:
        case OrganFailure(baseline=Baseline.ZERO, by=by):
            return partial(_meets, limits=[(1, by)])
        case CriteriaMet():
            return partial(_meets, limits=_limits(phenotype.criteria, scores_of(phenotype)))
        case Worsened():
            scores = scores_of(phenotype)
            both = _limits(phenotype.after.criteria, scores), _limits([phenotype.sign], scores)
            return lambda tick: _meets(tick, both[0]) or _meets(tick, both[1])
    return None


def _first_around(phenotype: CriteriaMet, group, ticks: EvaluationTimes, limits, knowing) -> Episode | None:
    """The first suspicion of a course with a tick near it at which all criteria hold, and that tick."""
    passed = 0  # no tick before was good, nor is it for a later suspicion
    for suspicion in group:
        at = suspicion.time
        passed = max(passed, bisect_left(ticks, (at - to_microseconds(phenotype.before),)))
        while passed < len(ticks) and ticks[passed][0] <= at + to_microseconds(phenotype.after):
            if _meets(ticks[passed], limits):
                time, points = ticks[passed][0], ticks[passed][limits[0][0]]
                onset = max(at, time) if phenotype.complete else min(at, time)
                near = ticks[passed : bisect_left(ticks, (at + to_microseconds(phenotype.after) + 1,))]
                known = _known(phenotype.criteria, near, limits, max(suspicion.known, time), knowing)
                gone = suspicion.withdrawn
                return Episode(onset, known, at, organ_failure=time, points=points, withdrawn=gone)
            passed += 1
    return None


def _known(criteria, ticks: EvaluationTimes, limits, from_: int, knowing: Knowing | None) -> int:
    """When the first of these ticks, or another that meets the criteria, could be found."""
    if knowing is None:
        return from_
    enough = [points for _, points in limits]
    return knowing([c.score for c in criteria], [(t[0], enough) for t in ticks if _meets(t, limits)], from_)


def _meets(tick: tuple, limits: list[tuple[int, int]]) -> bool:
    for place, points in limits:
        total = tick[place]
        if total is None or total < points:
            return False
    return True


def worsened(
    phenotype: Worsened, groups, ticks: EvaluationTimes, knowing: Knowing | None = None
) -> list[Episode]:
    """For each episode of criteria met, the first tick from its onset on with the further sign."""
    scores = scores_of(phenotype)
    limits = _limits([phenotype.sign], scores)
    before = criteria_met(phenotype.after, groups, ticks, knowing, scores)
    found = []
    for e in before:
        last = e.onset + to_microseconds(phenotype.within)
        later = ticks[bisect_left(ticks, (e.onset,)) : bisect_left(ticks, (last + 1,))]
        time = next((t[0] for t in later if _meets(t, limits)), None)
        if time is not None:
            near = [t for t in later if t[0] >= time]
            known = _known([phenotype.sign], near, limits, max(e.known, time), knowing)
            found.append(replace(e, onset=time, known=known, shock=time))
    return found
