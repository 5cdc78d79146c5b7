"""How the tasks of a clock stand at a moment: one pure function, for the ward and in retrospect.

Plain Python; times are whole microseconds (UTC).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from opensepsis.engine.clocks.exclusions import comfort_care_from, refusal
from opensepsis.engine.clocks.record import Record
from opensepsis.engine.clocks.tasks import (
    NO,
    OPEN,
    UNKNOWN,
    Admission,
    Completion,
    Indication,
    TaskInputs,
    closing,
    counted_from,
    opening,
)
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    Arm,
    Clock,
    ManualCompletion,
    Result,
    State,
    Task,
    clock_concepts,
    read_by,
)

DONE = (State.IN_TIME, State.LATE)


@dataclass(frozen=True)
class ManualEntry:
    """A person's mark that a task is done: the second source, kept apart from the feeds."""

    clock: str
    trigger: str
    task: str
    time: int
    known: int
    by: str


@dataclass(frozen=True)
class TaskState:
    """How one task of one arm stands; `done` by the feeds, or by hand where the feeds show nothing."""

    clock: str
    trigger: str
    time_zero: int
    time_zero_known: int
    task: str
    state: State
    due_from: int | None = None
    due_by: int | None = None
    begun: int | None = None
    done: int | None = None
    done_known: int | None = None
    by_hand: int | None = None
    order: str | None = None  # kept or broken, for a task that must precede another
    reason: str = ""
    evidence: tuple[str, ...] = ()


def evaluate(
    clock: Clock,
    record: Record,
    findings: Iterable[TimeZero],
    now: int,
    stay: Admission,
    *,
    ticked: Iterable[ManualEntry] = (),
    feed_alive_until: Mapping[str, int] | None = None,
) -> list[TaskState]:
    """Every task of every arm with a finding up to `now`, from what is in the record and nothing after it.

    A task that was indicated until a correction is contradicted; one that a correction reopened says so.
    """
    if not clock.suits(stay.age):
        return []
    findings, ticked = sorted(findings, key=lambda f: (f.time, f.trigger, f.known)), list(ticked)
    states = _states(clock, record, findings, now, stay, ticked, feed_alive_until)
    for moment in reversed(record.corrected(_reads(clock))):
        if record.before and moment <= now and any(s.due_by is None or s.done is None for s in states):
            then = _states(clock, record.before(moment), findings, moment, stay, ticked, feed_alive_until)
            earlier = {_key(s): s for s in then}
            states = [_corrected(s, earlier.get(_key(s))) for s in states]
    return states


@lru_cache(maxsize=64)
def _reads(clock: Clock) -> tuple[str, ...]:
    return tuple(clock_concepts(clock))


def _key(state: TaskState) -> tuple:
    return state.trigger, state.time_zero, state.time_zero_known, state.task


def _states(clock: Clock, record: Record, findings, now, stay, ticked, feed_alive_until) -> list[TaskState]:
    found = []
    for finding in findings:
        if finding.time > now:
            continue
        case = TaskInputs(record, finding, now, stay, feed_alive_until)
        for arm in clock.arms:
            if arm.trigger.name == finding.trigger:
                marks = [t for t in ticked if (t.clock, t.trigger) == (clock.name, finding.trigger)]
                found += _arm(clock, arm, case, findings, marks)
    return found


def _arm(clock: Clock, arm: Arm, case: TaskInputs, findings, ticked: list[ManualEntry]) -> list[TaskState]:
    refused = refusal(clock, arm, case, findings)
    comfort = comfort_care_from(clock, case)
    judged: dict[str, tuple[Indication, Completion]] = {}
    states: dict[str, TaskState] = {}
    for task in arm.tasks:
        opened = opening(task, case, judged, arm.titles)
        closed = _closed(task, case, opened)
        judged[task.name] = opened, closed
        mine = [t for t in ticked if t.task == task.name]
        states[task.name] = _task(clock, task, case, opened, closed, mine, comfort)
    made = [_ordered(task, states) for task in arm.tasks]
    if case.finding.withdrawn is not None and case.finding.withdrawn <= case.now:
        return [replace(s, state=State.CONTRADICTED, reason=case.finding.reason) for s in made]
    if refused:
        return [replace(s, state=State.NOT_INDICATED, reason=refused) for s in made]
    return made


def _closed(task: Task, case: TaskInputs, opened: Indication) -> Completion:
    """A task that follows a result is closed only after it."""
    if task.by_start and opened.state == OPEN:
        return closing(task, case, None, counted_from(task, case, opened))
    if not isinstance(task.when, Result):
        return closing(task, case, None)
    return closing(task, case, opened.at) if opened.state == OPEN else Completion()


def _task(
    clock, task: Task, case: TaskInputs, opened: Indication, closed: Completion, ticked, comfort
) -> TaskState:
    zero = case.finding.time
    anchor = counted_from(task, case, opened)
    is_open = opened.state == OPEN
    due_from = due_by = None
    if is_open:
        due_by = anchor + to_microseconds(task.within)
        due_from = max(anchor + to_microseconds(task.earliest), min(opened.at, due_by))
    mark = min((t for t in ticked if t.time <= case.now), key=lambda t: (t.time, t.known), default=None)
    done, known = closed.done, closed.known if closed.done is not None else None
    if done is None and mark:
        done, known = mark.time, max(mark.time, mark.known)
    state, reason = _judged(task, case, opened, closed, (due_from, due_by, done), comfort)
    return TaskState(
        clock=clock.name,
        trigger=case.finding.trigger,
        time_zero=zero,
        time_zero_known=case.finding.known,
        task=task.name,
        state=state,
        due_from=due_from,
        due_by=due_by,
        begun=closed.begun,
        done=done,
        done_known=known,
        by_hand=mark.time if mark else None,
        reason=reason or ("by hand" if mark and closed.done is None else ""),
        evidence=tuple(dict.fromkeys((*case.finding.evidence, *opened.evidence, *closed.evidence))),
    )


def _judged(
    task: Task, case: TaskInputs, opened: Indication, closed: Completion, times, comfort
) -> tuple[State, str]:
    due_from, due_by, done = times
    if opened.state != OPEN:
        return _unopened(opened, case, comfort)
    started = task.by_start and closed.begun is not None and closed.begun <= due_by
    if done is not None:
        decides = closed.begun if task.by_start and closed.done is not None else done
        return (State.IN_TIME if decides <= due_by else State.LATE), opened.reason
    if comfort is not None and comfort <= due_by:
        return State.NOT_INDICATED, "comfort care"
    if case.left is not None and due_by > case.left:
        return State.NOT_INDICATED, "the stay ended before it was due"
    if closed.unknown:
        return State.NOT_KNOWN, closed.unknown
    if silent := _silent(task, case, due_by):
        return State.NOT_KNOWN, f"no data on {silent}"
    if isinstance(task.closed_by, ManualCompletion) and case.now > due_by:
        return State.NOT_KNOWN, "no feed shows it and nobody ticked it"
    if case.now < due_from:
        return State.NOT_DUE, opened.reason
    if started:
        return State.DUE, "begun in time, the volume is not complete"
    return State.DUE, "overdue" if case.now > due_by else opened.reason


def _unopened(opened: Indication, case: TaskInputs, comfort) -> tuple[State, str]:
    if opened.state == NO:
        return State.NOT_INDICATED, opened.reason
    if comfort is not None:
        return State.NOT_INDICATED, "comfort care"
    if opened.state == UNKNOWN or case.left is not None:
        return State.NOT_KNOWN, opened.reason
    return State.NOT_DUE, opened.reason


def _silent(task: Task, case: TaskInputs, due_by: int) -> str:
    """The concepts that close a task, when not one of their feeds was alive up to its due time (or now)."""
    names = [c.name for c in read_by(task.closed_by)]
    if case.feed_alive_until is None or not names:
        return ""
    needed = min(case.now, due_by)
    return "" if any(case.feed_alive_until.get(n, needed) >= needed for n in names) else " or ".join(names)


def _ordered(task: Task, states: dict[str, TaskState]) -> TaskState:
    """A task that must precede another: done after it, it is late whatever the clock says."""
    mine = states[task.name]
    if task.before is None or (other := states[task.before].done) is None:
        return mine
    if mine.done is not None and mine.done <= other:
        return replace(mine, order="kept")
    broken = replace(mine, order="broken", reason=f"order broken: {task.before} came first")
    return replace(broken, state=State.LATE) if mine.state is State.IN_TIME else broken


def _corrected(now: TaskState, then: TaskState | None) -> TaskState:
    """What a correction changed, against how the task stood before it was known."""
    if then is None or now.state is State.CONTRADICTED:
        return now
    if then.due_by is not None and now.due_by is None:
        said = f"a correction took away its ground: {now.reason}"
        return replace(then, state=State.CONTRADICTED, reason=said, by_hand=now.by_hand)
    if then.done is not None and now.done is None:
        said = f"reopened: what closed it was corrected; {now.reason}".rstrip("; ")
        return replace(now, reason=said)
    return now
