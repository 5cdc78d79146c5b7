"""From when on a tick's points could be found, by what was known. Plain Python: the reference for `batch/availability.py`.

A value counts from when it was filed, not from when it was taken: the score is worked out again as it stood.
"""

from collections.abc import Iterable, Sequence

from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import Score

Asked = tuple[int, Sequence[int]]  # a tick, and the points that are enough there, one for each score


def first_computable_at(scores: Sequence[Score], chart: Chart, ticks: Sequence[Asked], from_: int) -> int:
    """The first moment, from `from_` on, at which the first of these ticks had its points by what was known then,
    or one of the later ones by what was known at it. `ticks`: all have their points in the end.
    """
    names = {name for score in scores for name in score.concepts}
    events = [e for n in names & chart.seen.keys() for here in chart.seen[n].values() for e in here]
    tick, enough = ticks[0]
    tries = {(e.known, tick, tuple(enough)) for e in events if e.known > from_ and e.time <= tick}
    if not tries:
        return from_
    tries |= {(from_, tick, tuple(enough))}
    tries |= {(max(from_, time), time, tuple(points)) for time, points in ticks[1:]}
    for moment, time, points in sorted(tries):
        known = (e for e in events if e.known <= moment and e.time <= time)
        if _reached(scores, chart, known, time, points):
            return moment
    return max(from_, tick)


def _reached(scores: Sequence[Score], chart: Chart, known: Iterable[Event], at: int, enough) -> bool:
    bedside = Bedside(list(scores))
    bedside.stays_end(chart.ends)
    for event in known:
        bedside.see(event)
    totals = [bedside.points(score, at).total for score in scores]
    return all(total is not None and total >= least for total, least in zip(totals, enough, strict=True))
