"""Time zero as a finding with its evidence: when it was true and when it was known. Plain Python.

Times are whole microseconds (UTC).
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

from opensepsis.engine.semantics.stays import Episode, EvaluationTime
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import BandTrigger, EpisodeTrigger

MOVED = "time zero was moved by a correction"
NO_LONGER = "time zero no longer holds"


@dataclass(frozen=True)
class TimeZero:
    """What started an arm of a clock. One that was withdrawn says when and why, and stays."""

    trigger: str
    time: int
    known: int
    evidence: tuple[str, ...] = ()
    set_by: str = "engine"
    supersedes: int | None = None  # the time zero that this one replaces
    withdrawn: int | None = None  # when it became known not to hold
    reason: str = ""


def complete(episode: Episode) -> int:
    """When the last of the elements an episode rests on was there."""
    there = (episode.suspected, episode.organ_failure, episode.shock)
    return max((t for t in there if t is not None), default=episode.onset)


def found_by_episodes(
    trigger: EpisodeTrigger, episodes: Iterable[Episode], evidence: Iterable[tuple[str, ...]] = ()
) -> list[TimeZero]:
    """One finding an episode of the trigger's phenotype; `evidence` in the order of the episodes."""
    traced = list(evidence)
    return [
        TimeZero(trigger.name, complete(e), max(e.known, complete(e)), traced[i] if traced else ())
        for i, e in enumerate(episodes)
    ]


def found_by_band(
    trigger: BandTrigger,
    infections: Iterable[Episode],
    ticks: Iterable[EvaluationTime],
    evidence: Iterable[tuple[str, ...]] = (),
) -> list[TimeZero]:
    """For each course of infection the first tick near its suspicion that reaches the band, unless it is beyond."""
    traced, found, ticks = list(evidence), [], list(ticks)
    for i, infection in enumerate(infections):
        from_, to = (
            infection.suspected - to_microseconds(trigger.before),
            infection.suspected + to_microseconds(trigger.after),
        )
        near = ticks[bisect_left(ticks, (from_,)) : bisect_left(ticks, (to + 1,))]
        reaching = ((t, total) for t, total in near if total is not None and total >= trigger.at_least)
        first, total = next(reaching, (None, 0))
        beyond = trigger.below is not None and total >= trigger.below
        if first is not None and not beyond and all(first != f.time for f in found):
            found.append(
                TimeZero(trigger.name, first, max(first, infection.known), traced[i] if traced else ())
            )
    return found


def follow(before: Iterable[TimeZero], found: Iterable[TimeZero], now: int) -> list[TimeZero]:
    """The findings so far, brought up to date with what is found now: nothing is dropped in silence.

    A finding seen before keeps the moment it was first known; one no longer found is withdrawn at `now`, as
    moved when a new time zero of the same trigger takes its place.
    """
    before, fresh = list(before), {(f.trigger, f.time): f for f in found}
    kept = []
    for old in before:
        same = fresh.get((old.trigger, old.time))
        if same is not None and old.withdrawn is None:
            old = old if old.evidence == same.evidence else replace(old, evidence=same.evidence)
            del fresh[old.trigger, old.time]
        kept.append(old)
    standing = {(f.trigger, f.time) for f in found}
    gone = [
        f
        for f in kept
        if f.withdrawn is None and f.set_by == "engine" and (f.trigger, f.time) not in standing
    ]
    for old in gone:
        kept[kept.index(old)] = replace(old, withdrawn=now, reason=_withdrawal(old, fresh))
    return sorted([*kept, *_superseding(gone, fresh)], key=lambda f: (f.time, f.trigger, f.known))


def _successor(old: TimeZero, fresh: dict) -> TimeZero | None:
    """The new time zero nearest to the one that went."""
    same = [f for f in fresh.values() if f.trigger == old.trigger]
    return min(same, key=lambda f: (abs(f.time - old.time), f.time), default=None)


def _withdrawal(old: TimeZero, fresh: dict) -> str:
    return MOVED if _successor(old, fresh) else NO_LONGER


def _superseding(gone: list[TimeZero], fresh: dict) -> list[TimeZero]:
    replaced = {(s.trigger, s.time): old.time for old in reversed(gone) if (s := _successor(old, fresh))}
    return [replace(f, supersedes=replaced.get(key)) for key, f in fresh.items()]
