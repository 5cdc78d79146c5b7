"""The totals of one patient's scores over the present visit: at admission, at every hour, and whenever something is new.

Something is new when it is charted, and when an infusion has run long enough to count (`engine/batch/trigger_times.py` says the same).
A score is asked only at its own moments: hours, admission, suspicions and what it reads itself, whatever else is watched.

The hours as they were known then are kept apart: they are what `label --as-known` gives. Times in microseconds (UTC).
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.criteria import EvaluationTimes
from opensepsis.engine.live.score_tables import refusal
from opensepsis.engine.semantics.infusion_delays import delays
from opensepsis.engine.semantics.time import HOUR
from opensepsis.rules import Condition, Score

Totals = tuple[int | None, ...]
_delays = cache(delays)  # of the same scores for every patient


@cache
def _places_by_concept(scores: tuple[Score, ...]) -> dict[str | None, tuple[int, ...]]:
    """Which of these scores read each concept; under None all."""
    found: dict[str | None, list[int]] = {None: list(range(len(scores)))}
    for i, score in enumerate(scores):
        for name in score.concepts:
            found.setdefault(name, []).append(i)
    return {name: tuple(places) for name, places in found.items()}


@cache
def _refusing(scores: tuple[Score, ...]) -> tuple[tuple[Condition, Score, tuple[tuple[str, str], ...]], ...]:
    """What withholds some of these scores, the score that tells it, and the names of those with the words for why."""
    found: dict[Condition, tuple[Score, list[str]]] = {}
    for score in scores:
        if score.refusal is not None and score.not_while is not None:
            _, names = found.get(score.not_while, (score.refusal, []))
            found[score.not_while] = score.refusal, [*names, score.name]
    return tuple(
        (why, refusal, tuple((name, f"not made for patients {why}") for name in names))
        for why, (refusal, names) in found.items()
    )


@cache
def _asked(
    kept: tuple[Score, ...], scores: tuple[Score, ...], suspected: tuple[str, ...]
) -> tuple[tuple[int, ...], frozenset[str]]:
    """The places of some scores among those that are kept, and whatever makes a moment theirs."""
    own = frozenset((*suspected, *(name for score in scores for name in (score.name, *score.concepts))))
    return tuple(kept.index(score) for score in scores), own


def refusals_at(at: int, scores: tuple[Score, ...], bedside: Bedside) -> dict[str, str]:
    """Which of these scores are not made for a patient at a moment, by name, and why: of another age, or while something is so."""
    so = tuple(bool(bedside.points(why, at).total) for _, why, _ in _refusing(scores))
    return _refusals(scores, bedside.age(at), so)


@lru_cache(maxsize=4_096)
def _refusals(scores: tuple[Score, ...], months: float | None, so: tuple[bool, ...]) -> dict[str, str]:
    """Which of these scores are not made for an age, or for what is `so` of what withholds some."""
    found = {score.name: why for score in scores if (why := refusal(score, months))}
    for is_so, (_, _, refused) in zip(so, _refusing(scores), strict=True):
        if is_so:
            found |= refused
    return found


@dataclass
class _Read:
    """Ticks as they were asked for, and how many moments were read for them."""

    ticks: EvaluationTimes = field(default_factory=list)
    until: int = 0


class HourlyEvaluations:
    """Totals in the order of `scores`; what comes late is scored again from its own time on."""

    def __init__(
        self,
        scores: tuple[Score, ...],
        bedside: Bedside,
        admitted: int,
    ):
        self.scores, self.bedside, self.admitted = scores, bedside, admitted
        self.times: list[int] = []
        self.totals: list[Totals] = []
        self._new: list[
            set[str] | None
        ] = []  # concepts, scores and suspicions a moment is looked at for; None: all
        self.as_known: list[tuple[int, Totals]] = []
        self.stale_from: list[int | None] = [None] * len(scores)  # of each score
        self.delays = _delays(scores)
        self._read: dict[tuple, _Read] = {}
        self._unscored_from = 0
        self._place_of(admitted)

    def charted(self, time: int, concept: str | None = None) -> None:
        """Something was charted for a moment, or taken back: the scores that read it are scored again from there on."""
        for new in (time, *(time + delay for delay in self.delays.get(concept or "", ()))):
            self.look_at(new, concept)
        self.stale(time, concept)

    def look_at(self, time: int, of: str | None = None) -> None:
        """A moment of the visit is scored too: for a score, for those that read a concept, for a suspicion, or for all."""
        if time >= self.admitted:
            self._place_of(time, of)

    def _place_of(self, time: int, of: str | None = None) -> int:
        """Where a moment lies among the others; it is put there if it is new."""
        place = bisect_left(self.times, time)
        if place == len(self.times) or self.times[place] != time:
            self.times.insert(place, time)
            self.totals.insert(place, ())
            self._new.insert(place, None if of is None else {of})
            self._unscored_from = min(self._unscored_from, place)
            self._forget_read(place)
        elif (new := self._new[place]) is not None and of not in new:
            self._new[place] = None if of is None else {*new, of}
            self._forget_read(place)
        return place

    def stale(self, time: int, concept: str | None = None) -> None:
        """Totals from a moment on may be others than they were: all, or those of the scores that read a concept."""
        from_ = max(time, self.admitted)
        for i in _places_by_concept(self.scores).get(concept, ()):
            held = self.stale_from[i]
            if held is None or from_ < held:
                self.stale_from[i] = from_

    def hour(self, time: int) -> None:
        """An hour of the visit has passed; its totals as known now are kept. What is stale before it may stay so."""
        place = self._place_of(time)
        refusing: dict[int, bool] = {}
        totals = tuple(self._total(s, time, refusing) for s in self.scores)
        self.totals[place] = totals
        self._forget_read(place)
        self.as_known.append((time, totals))

    @property
    def unjudged(self) -> int:
        """The first hour of the visit that is not kept yet."""
        return self.next_hour(self.as_known[-1][0] if self.as_known else self.admitted)

    def next_hour(self, after: int) -> int:
        """The first hour of the visit after a moment."""
        passed = max(0, (after - self.admitted) // HOUR)
        return self.admitted + (passed + 1) * HOUR

    def refresh(self, now: int) -> None:
        """Scores again what is stale, up to now."""
        last = bisect_left(self.times, now + 1)
        fresh = self.stale_from.count(None) == len(self.scores)
        if fresh and self._unscored_from == last:
            return  # nothing came since, as nearly always
        stale = [from_ for from_ in self.stale_from if from_ is not None]
        first = min((bisect_left(self.times, min(stale)) if stale else last, self._unscored_from))
        self._forget_read(first)
        for i in range(first, last):
            self.totals[i] = self._again(self.totals[i], self.times[i])
        rest = self.times[last] if last < len(self.times) else None
        self.stale_from = [None if from_ is None else rest for from_ in self.stale_from]
        self._unscored_from = last

    def _again(self, totals: Totals, time: int) -> Totals:
        """The totals of a moment, worked out again where they are stale or were never worked out."""
        old = totals or (None,) * len(self.scores)
        refusing: dict[int, bool] = {}
        return tuple(
            self._total(score, time, refusing)
            if not totals or (from_ is not None and from_ <= time)
            else total
            for score, from_, total in zip(self.scores, self.stale_from, old, strict=True)
        )

    def _forget_read(self, place: int) -> None:
        for read in self._read.values():
            if place < read.until:
                read.until = place
                del read.ticks[bisect_left(read.ticks, (self.times[place],)) :]

    def _total(self, score: Score, at: int, refusing: dict[int, bool]) -> int | None:
        """The total at a moment; `refusing` are the answers, at this moment, to what withholds scores, which several share."""
        withheld = score.refusal
        if withheld is not None and not self.bedside.refusal(score, at):
            why = id(score.not_while)  # its hash would be that of a tree, and several scores share it
            if why not in refusing:
                refusing[why] = bool(self.bedside.points(withheld, at).total)
            if refusing[why]:
                return None
        return self.bedside.points(score, at).total

    def of(
        self,
        scores: tuple[Score, ...],
        now: int,
        only: Callable[[tuple], bool] | None = None,
        suspected: tuple[str, ...] = (),
    ) -> EvaluationTimes:
        """(time, total of each of these scores) at their own moments up to now, in order of time: all, or those that count.

        `suspected`: the infections whose suspicions are moments too.
        """
        self.refresh(now)
        held = self._read.setdefault((scores, only, suspected), _Read())
        places, own = _asked(self.scores, scores, suspected)
        last = bisect_left(self.times, now + 1)
        for i in range(held.until, last):
            new = self._new[i]
            if new is not None and new.isdisjoint(own):
                continue
            tick = (self.times[i], *(self.totals[i][p] for p in places))
            if only is None or only(tick):
                held.ticks.append(tick)
        held.until = max(held.until, last)
        return held.ticks if held.until == last else held.ticks[: bisect_left(held.ticks, (now + 1,))]
