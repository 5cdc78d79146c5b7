"""Since when a task is indicated, and what closed it. Plain Python; times in whole microseconds."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from opensepsis.engine.clocks.record import Entry, Record, value_of
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.chart import thousandths
from opensepsis.engine.live.score_tables import holds
from opensepsis.engine.semantics.doses import dose_counts
from opensepsis.engine.semantics.limits import ends
from opensepsis.engine.semantics.provenance import named
from opensepsis.engine.semantics.specimens import is_from
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    ALL_DOSES,
    Anchor,
    Kind,
    ManualCompletion,
    Recorded,
    Result,
    Seen,
    Task,
    Volume,
    concepts_of,
    leaves,
)

OPEN, WAITS, NO, UNKNOWN = "open", "waits", "no", "unknown"


@dataclass(frozen=True)
class Admission:
    """The stay a clock runs in; ages in years, unknown ends None."""

    admitted: int
    discharged: int | None = None
    died: int | None = None
    age: float | None = None


@dataclass(frozen=True)
class TaskInputs:
    """Everything a task is judged on."""

    record: Record
    finding: TimeZero
    now: int
    stay: Admission
    feed_alive_until: Mapping[str, int] | None = (
        None  # until when each concept's feed is known to have been alive
    )

    @property
    def left(self) -> int | None:
        """When the patient died or left; None as long as that lies ahead."""
        ends = [t for t in (self.stay.discharged, self.stay.died) if t is not None and t <= self.now]
        return min(ends, default=None)


@dataclass(frozen=True)
class Completion:
    """What was done: begun, complete (None while it is not), known, by which events, with which value."""

    begun: int | None = None
    done: int | None = None
    known: int | None = None
    value: float | None = None
    evidence: tuple[str, ...] = ()
    unknown: str = ""  # why it cannot be judged
    least: float | None = None  # the ends of the value, where only a limit was given
    most: float | None = None


@dataclass(frozen=True)
class Indication:
    """Whether a task is indicated, since when, and on what evidence."""

    state: str
    at: int
    reason: str = ""
    evidence: tuple[str, ...] = ()


def counted_from(task: Task, case: TaskInputs, opened: Indication) -> int:
    """From when the time allowed for a task runs."""
    zero = case.finding.time
    anchors = {Anchor.ZERO: zero, Anchor.OPENING: opened.at, Anchor.LATER: max(zero, opened.at)}
    anchor = anchors[task.counted_from]
    if task.advanced_by is None:
        return anchor
    seen = _by_sight(task.advanced_by, case, {}, {})
    return min(anchor, seen.at) if seen.state == OPEN else anchor


def closing(task: Task, case: TaskInputs, after: int | None, from_zero: int | None = None) -> Completion:
    """What closed a task, from its look-back on, or strictly after `after`."""
    zero = case.finding.time if from_zero is None else from_zero
    from_ = zero - to_microseconds(task.look_back) + task.afresh if after is None else after + 1
    match task.closed_by:
        case Recorded() as recorded:
            return _first(recorded, case, from_)
        case Volume() as volume:
            return _volume(volume, case, from_)
        case ManualCompletion():
            return Completion()
    raise TypeError(f"nothing closes {task!r}")


def _first(recorded: Recorded, case: TaskInputs, from_: int) -> Completion:
    found = [e for c in recorded.concepts if (e := _first_of(c, recorded, case, from_))]
    if not found:
        return Completion()
    first = min(found, key=lambda e: (e.time, e.known, e.concept))
    known = max(first.time, first.known)
    least, most = first.value, first.value
    if first.value is not None:
        concept = next(c for c in recorded.concepts if c.name == first.concept)
        least, most = ends(concept, first.value, first.text)
    return Completion(first.time, first.time, known, first.value, (named(first),), least=least, most=most)


def _first_of(concept, recorded: Recorded, case: TaskInputs, from_: int) -> Entry | None:
    events = case.record.of(concept)
    lasting = concept.kind is Kind.INTERVAL
    start = 0 if lasting else bisect_left(events, from_, key=lambda e: e.time)
    for event in events[start:]:
        if event.time > case.now:
            return None
        if (not lasting or _runs(event, from_)) and counts(recorded, event):
            return event
    return None


def _runs(event: Entry, from_: int) -> bool:
    rated = event.value is None or event.value > 0
    lasted = event.end is None or event.end > event.time
    return rated and lasted and (event.time >= from_ or event.end is None or event.end > from_)


def counts(recorded: Recorded, event: Entry) -> bool:
    """Whether an event is of the route and specimen asked for."""
    if not is_from(recorded.specimens, event.text):
        return False
    return recorded.given is ALL_DOSES or dose_counts(recorded.given, event.text)


def _volume(volume: Volume, case: TaskInputs, from_: int) -> Completion:
    given = case.record.of(volume.fluid)
    given = given[bisect_left(given, from_, key=lambda e: e.time) :]
    given = [e for e in given if e.time <= case.now and value_of(e) > 0]
    begun = given[0].time if given else None
    known = max(given[0].time, given[0].known) if given else None
    needed = thousandths(volume.at_least)
    traced: tuple[str, ...] = ()
    if volume.weight:
        weighed = _weighed(case.record.of(volume.weight), case)
        if weighed is None:
            return Completion(begun, None, known, unknown="the weight is not known")
        needed, traced = thousandths(volume.per_kg * value_of(weighed)), (named(weighed),)
    total = 0
    for event in given:
        total, known = total + thousandths(value_of(event)), max(known or event.time, event.time, event.known)
        traced = (*traced, named(event))
        if total >= needed:
            return Completion(begun, event.time, known, None, traced)
    return Completion(begun, None, known, None, traced)


def _weighed(weights: list[Entry], case: TaskInputs) -> Entry | None:
    """The last weight at or before time zero, else the first after it."""
    before = [e for e in weights if e.time <= case.finding.time]
    after = [e for e in weights if case.finding.time < e.time <= case.now]
    return before[-1] if before else after[0] if after else None


def opening(
    task: Task, case: TaskInputs, done: Mapping[str, tuple[Indication, Completion]], titles: Mapping[str, str]
) -> Indication:
    """Whether a task is indicated; `done` holds the tasks before it in the arm, `titles` what each of the arm is called."""
    match task.when:
        case None:
            return Indication(OPEN, case.finding.time)
        case Result() as result:
            return _by_result(result, case, *done[result.task], titles[result.task])
        case Seen() as seen:
            return _by_sight(seen, case, done, titles)
    raise TypeError(f"nothing opens {task!r}")


def _by_result(
    result: Result, case: TaskInputs, opened: Indication, closed: Completion, title: str
) -> Indication:
    if closed.done is None:
        return Indication(
            UNKNOWN if opened.state == UNKNOWN else WAITS, case.finding.time, f"waits for “{title}”"
        )
    if closed.most is not None and closed.least is not None and closed.least <= result.above < closed.most:
        reason = f"{result.words}: not known, only a limit was given"
        return Indication(UNKNOWN, closed.done, reason, closed.evidence)
    if closed.most is None or closed.most <= result.above:
        return Indication(NO, closed.done, f"no {result.words}", closed.evidence)
    return Indication(OPEN, closed.done, result.words, closed.evidence)


def _by_sight(seen: Seen, case: TaskInputs, done, titles: Mapping[str, str]) -> Indication:
    zero = case.finding.time
    from_, to = zero - to_microseconds(seen.before), zero + to_microseconds(seen.until)
    if seen.follows:
        (opened, closed), title = done[seen.follows.task], titles[seen.follows.task]
        start = closed.begun if seen.follows.end == "begun" else closed.done
        if start is None:
            return _still_waits(title, zero, opened, closed)
        from_ = max(from_, start)
        to = min(to, start + to_microseconds(seen.follows.lasting)) if seen.follows.lasting else to
        if from_ > to:
            return Indication(NO, zero, f"“{title}” came too late to judge this")
    return _looked_for(seen, case, from_, to)


def _still_waits(title: str, zero: int, opened: Indication, closed: Completion) -> Indication:
    """A task that follows another cannot be judged before that has begun, or is done."""
    if opened.state == NO:
        return Indication(NO, zero, f"“{title}” is not indicated")
    if opened.state == UNKNOWN or closed.unknown:
        return Indication(UNKNOWN, zero, closed.unknown or f"waits for “{title}”")
    return Indication(WAITS, zero, f"waits for “{title}”")


def _looked_for(seen: Seen, case: TaskInputs, from_: int, to: int) -> Indication:
    signals = signals_of(seen.condition)
    there: dict[int, dict[str, Entry]] = {}
    for name, concept in signals:
        events = case.record.of(concept)
        for event in events[bisect_left(events, from_, key=lambda e: e.time) :]:
            if event.time > min(to, case.now):
                break
            there.setdefault(event.time, {})[name] = event
    of = dict(signals)
    run: list[tuple[int, tuple[str, ...]]] = []
    measured = False
    for moment, events in sorted(there.items()):
        answer = _told(seen, {name: ends(of[name], value_of(e), e.text) for name, e in events.items()})
        measured = measured or answer is not None
        if answer:
            far = run and seen.apart is not None and moment - run[-1][0] > to_microseconds(seen.apart)
            run = [*([] if far else run), (moment, tuple(named(e) for e in events.values()))]
            if len(run) == seen.readings:
                return Indication(
                    OPEN, moment, seen.words, tuple(origin for _, traced in run for origin in traced)
                )
        elif answer is False and seen.consecutive:
            run = []
    if case.now <= to and case.left is None:
        return Indication(WAITS, case.finding.time, f"no {seen.words} so far")
    return Indication(
        NO if measured else UNKNOWN, case.finding.time, f"no {seen.words}" if measured else "not measured"
    )


def _told(seen: Seen, values: Mapping[str, tuple]) -> bool | None:
    """Whether what was seen holds, whatever printed limits leave open; None when that is not known."""
    low, high = ({name: both[end] for name, both in values.items()} for end in (0, 1))
    answer = holds(seen.condition, low, high)
    open_ended = low != high  # only then can the other ends say another thing
    return None if answer is False and open_ended and holds(seen.condition, high, low) else answer


@cache
def signals_of(condition) -> tuple:
    """The signals a condition reads by name, each with its concept."""
    return tuple(
        dict.fromkeys(
            (leaf.signal.name, concept) for leaf in leaves(condition) for concept in concepts_of(leaf.signal)
        )
    )
