"""Since when tasks are indicated, and what closed them, of many time zeros at once. Twin of `clocks/tasks.py`.

A time that is not there is NEVER, a number that is not there NaN.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import NEVER, whole_thousandths
from opensepsis.engine.batch.moments import Whole, extreme_between, spread
from opensepsis.engine.clocks.batch.conditions import ends_of, looked_for
from opensepsis.engine.clocks.batch.inputs import (
    Completion,
    Indication,
    TimeZeros,
    Traced,
    Words,
    nothing,
    words,
)
from opensepsis.engine.clocks.batch.record import Entered, Entries
from opensepsis.engine.clocks.tasks import NO, OPEN, UNKNOWN, WAITS
from opensepsis.engine.semantics.doses import dose_counts
from opensepsis.engine.semantics.specimens import is_from
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    ALL_DOSES,
    Anchor,
    Concept,
    Kind,
    ManualCompletion,
    Recorded,
    Result,
    Seen,
    Task,
    Volume,
)


def counted_from(task: Task, zeros: TimeZeros, entered: Entered, opened: Indication) -> Whole:
    """From when the time allowed for a task runs."""
    later = np.maximum(zeros.zero, opened.at)
    anchors = {Anchor.ZERO: zeros.zero, Anchor.OPENING: opened.at, Anchor.LATER: later}
    anchor = anchors[task.counted_from]
    if task.advanced_by is None:
        return anchor
    seen = _by_sight(task.advanced_by, zeros, entered, {}, {})
    return np.where(seen.state == OPEN, np.minimum(anchor, seen.at), anchor)


def closing(
    task: Task, zeros: TimeZeros, entered: Entered, after: Whole | None, from_zero: Whole | None = None
) -> Completion:
    """What closed a task, from its look-back on, or strictly after `after`."""
    zero = zeros.zero if from_zero is None else from_zero
    since = zero - to_microseconds(task.look_back) + task.afresh if after is None else after + 1
    match task.closed_by:
        case Recorded() as recorded:
            return _first(recorded, zeros, entered, since)
        case Volume() as volume:
            return _volume(volume, zeros, entered, since)
        case ManualCompletion():
            return nothing(len(zeros))
    raise TypeError(f"nothing closes {task!r}")


def _first(recorded: Recorded, zeros: TimeZeros, entered: Entered, since: Whole) -> Completion:
    """The first of all these concepts: at one moment what was known first, then by name."""
    found, soonest = nothing(len(zeros)), np.full(len(zeros), NEVER)
    for concept in sorted(recorded.concepts, key=lambda c: c.name):
        entries = _running(counting(recorded, entered.of(concept)))
        row, there = _first_of(entries, zeros, entered, since)
        if not there.any():
            continue
        time, known = entries.time[row], entries.known[row]
        mine = there & ((time < found.done) | ((time == found.done) & (known < soonest)))
        case = np.flatnonzero(mine)
        found, row = found.where(~mine), row[case]
        found.begun[case] = found.done[case] = time[case]
        soonest[case], found.known[case] = known[case], np.maximum(time, known)[case]
        found.least[case], found.most[case] = ends_of(entries.take(row))
        found = replace(found, evidence=(*found.evidence, Traced(case, entries, row)))
    return found


def _first_of(
    entries: Entries, zeros: TimeZeros, entered: Entered, since: Whole
) -> tuple[np.ndarray, np.ndarray]:
    """The first entry from each moment on (of what lasts: that runs on beyond it), and where there is one."""
    if not len(entries):
        return np.zeros(len(zeros), np.int64), np.zeros(len(zeros), bool)
    from_ = entered.axis.places(zeros.pid, since)
    if entries.concept.kind is Kind.INTERVAL:
        row = np.searchsorted(_latest_end(entries, entered), from_, side="right")
    else:
        row = np.searchsorted(entries.place, from_)
    inside = row < len(entries)
    row = np.where(inside, row, 0)
    mine = inside & (entries.pid[row] == zeros.pid) & (entries.time[row] <= zeros.discharged)
    return row, mine


def _latest_end(entries: Entries, entered: Entered) -> Whole:
    """The place of the latest end of a patient up to each entry: patients lie in order, so what ends earlier is another's."""
    return np.maximum.accumulate(entered.axis.places(entries.pid, entries.end))


def counting(recorded: Recorded, entries: Entries) -> Entries:
    """The entries of the route and specimen asked for."""
    if not len(entries) or (not recorded.specimens and recorded.given is ALL_DOSES):
        return entries
    text = entries.said["text"].fill_null("")
    told = {said: _counts(recorded, said) for said in text.unique().to_list()}
    return entries.take(text.replace_strict(told, return_dtype=pl.Boolean).to_numpy())


def _running(entries: Entries) -> Entries:
    """Of what lasts the entries with a rate and a length; of other things all."""
    if entries.concept.kind is not Kind.INTERVAL:
        return entries
    return entries.take(~(entries.value <= 0) & (entries.end > entries.time))


def _counts(recorded: Recorded, text: str) -> bool:
    if not is_from(recorded.specimens, text):
        return False
    return recorded.given is ALL_DOSES or dose_counts(recorded.given, text or None)


def _volume(volume: Volume, zeros: TimeZeros, entered: Entered, since: Whole) -> Completion:
    given = entered.of(volume.fluid)
    given = given.take(given.value > 0)
    found, evidence = nothing(len(zeros)), ()
    first = np.searchsorted(given.place, entered.axis.places(zeros.pid, since))
    behind = np.searchsorted(given.place, entered.axis.places(zeros.pid, zeros.discharged), side="right")
    behind = np.maximum(first, behind)
    some = behind > first
    needed = np.full(len(zeros), whole_thousandths(np.array([volume.at_least]))[0])
    weighed = np.ones(len(zeros), bool)
    if volume.weight:
        row, weighed, weights = _weighed(entered.of(volume.weight), zeros, entered)
        heavy = np.where(weighed, weights.value[row] if len(weights) else np.nan, 0.0)
        needed = whole_thousandths(volume.per_kg * heavy)
        case = np.flatnonzero(weighed)
        evidence = (Traced(case, weights, row[case]),)
    if not len(given):
        return replace(found, evidence=evidence, unknown=_without_weight(weighed))
    sums = np.concatenate([[0], np.cumsum(whole_thousandths(given.value).astype(np.int64))])
    last = np.searchsorted(sums[1:], sums[first] + needed.astype(np.int64))
    last = np.maximum(last, first)
    enough = weighed & (last < behind)
    last = np.where(enough, last, behind - 1)
    told = extreme_between(np.maximum(given.time, given.known), first, last + 1, np.maximum, NEVER)
    at = np.minimum(first, len(given) - 1)
    begun = np.where(some, given.time[at], NEVER)
    done = np.where(enough, given.time[np.maximum(last, 0)], NEVER)
    case, position = spread(first, np.where(weighed, last + 1, first))
    return replace(
        found,
        begun=begun,
        done=done,
        known=np.where(enough, told, NEVER),
        evidence=(*evidence, Traced(case, given, position)),
        unknown=_without_weight(weighed),
    )


def _without_weight(weighed: np.ndarray) -> Words:
    return np.where(weighed, "", "the weight is not known").astype(object)


def _weighed(weights: Entries, zeros: TimeZeros, entered: Entered) -> tuple[np.ndarray, np.ndarray, Entries]:
    """The last weight at or before time zero, else the first after it; where there is one; and all weights."""
    if not len(weights):
        return np.zeros(len(zeros), np.int64), np.zeros(len(zeros), bool), weights
    after = np.searchsorted(weights.place, entered.axis.places(zeros.pid, zeros.zero), side="right")
    before = np.maximum(after - 1, 0)
    there = (after > 0) & (weights.pid[before] == zeros.pid)
    later = np.minimum(after, len(weights) - 1)
    follows = (after < len(weights)) & (weights.pid[later] == zeros.pid)
    follows &= weights.time[later] <= zeros.discharged
    return np.where(there, before, later), there | follows, weights


Done = Mapping[str, tuple[Indication, Completion]]


def opening(
    task: Task, zeros: TimeZeros, entered: Entered, done: Done, titles: Mapping[str, str]
) -> Indication:
    """Whether a task is indicated; `done` holds the tasks before it in the arm, `titles` what each of the arm is called."""
    match task.when:
        case None:
            return Indication(words(OPEN, len(zeros)), zeros.zero, words("", len(zeros)))
        case Result() as result:
            return _by_result(result, zeros, *done[result.task], titles[result.task])
        case Seen() as seen:
            return _by_sight(seen, zeros, entered, done, titles)
    raise TypeError(f"nothing opens {task!r}")


def _by_result(
    result: Result, zeros: TimeZeros, opened: Indication, closed: Completion, title: str
) -> Indication:
    waits = closed.done == NEVER
    open_ = (closed.least <= result.above) & (result.above < closed.most)
    no = ~(closed.most > result.above)
    cases = [waits & (opened.state == UNKNOWN), waits, open_, no]
    state = np.select(cases, [UNKNOWN, WAITS, UNKNOWN, NO], OPEN).astype(object)
    only_limit = f"{result.words}: not known, only a limit was given"
    said = [f"waits for “{title}”", f"waits for “{title}”", only_limit, f"no {result.words}"]
    reason = np.select(cases, said, result.words).astype(object)
    at = np.where(waits, zeros.zero, closed.done)
    return Indication(state, at, reason, tuple(part.where(~waits) for part in closed.evidence))


def _by_sight(
    seen: Seen, zeros: TimeZeros, entered: Entered, done: Done, titles: Mapping[str, str]
) -> Indication:
    since, until = zeros.zero - to_microseconds(seen.before), zeros.zero + to_microseconds(seen.until)
    if not seen.follows:
        return looked_for(seen, zeros, entered, since, until)
    (opened, closed), title = done[seen.follows.task], titles[seen.follows.task]
    start = closed.begun if seen.follows.end == "begun" else closed.done
    waits = start == NEVER
    start = np.where(waits, zeros.zero, start)
    since = np.maximum(since, start)
    if seen.follows.lasting:
        until = np.minimum(until, start + to_microseconds(seen.follows.lasting))
    found = looked_for(seen, zeros, entered, since, until)
    late = ~waits & (since > until)
    state, reason = _still_waits(title, opened, closed)
    state = np.where(waits, state, np.where(late, NO, found.state))
    reason = np.where(waits, reason, np.where(late, f"“{title}” came too late to judge this", found.reason))
    looked = ~waits & ~late
    at = np.where(looked, found.at, zeros.zero)
    return Indication(state, at, reason, tuple(part.where(looked) for part in found.evidence))


def _still_waits(title: str, opened: Indication, closed: Completion) -> tuple[Words, Words]:
    """State and reason of what cannot be judged before another task has begun, or is done."""
    no = opened.state == NO
    unknown = ~no & ((opened.state == UNKNOWN) | (closed.unknown != ""))
    state = np.select([no, unknown], [NO, UNKNOWN], WAITS).astype(object)
    told = unknown & (closed.unknown != "")
    reason = np.where(no, f"“{title}” is not indicated", f"waits for “{title}”").astype(object)
    return state, np.where(told, closed.unknown, reason)


def concepts_silent(
    concepts: list[Concept], feed_alive_until: Mapping[str, int], needed: Whole
) -> np.ndarray:
    """Where not one of the feeds of these concepts was alive up to a moment."""
    alive = (np.full(len(needed), feed_alive_until.get(c.name, NEVER)) >= needed for c in concepts)
    return ~reduce(np.logical_or, alive)
