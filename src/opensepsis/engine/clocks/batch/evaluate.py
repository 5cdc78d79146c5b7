"""How the tasks of a clock stood in the end, for many time zeros at once. Twin of `clocks/evaluate.py`.

What only the ward knows is not here: marks by hand, and a moment before the stay has ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import NEVER
from opensepsis.engine.batch.moments import Whole
from opensepsis.engine.batch.provenance import named
from opensepsis.engine.clocks.batch.exclusions import comfort_care_from, refusal
from opensepsis.engine.clocks.batch.inputs import (
    Completion,
    Evidence,
    Indication,
    TimeZeros,
    Words,
    words,
)
from opensepsis.engine.clocks.batch.record import Entered
from opensepsis.engine.clocks.batch.tasks import closing, concepts_silent, counted_from, opening
from opensepsis.engine.clocks.tasks import NO, OPEN
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Arm, Clock, ManualCompletion, Result, State, Task, read_by


@dataclass(frozen=True, eq=False)
class TaskStates:
    """How one task of an arm stands at each of its time zeros, as `clocks/evaluate.py` has it; times NEVER where there is none."""

    task: Task
    at: Whole  # which of the time zeros of the clock
    state: Words
    due_from: Whole
    due_by: Whole
    begun: Whole
    done: Whole
    done_known: Whole
    order: Words
    reason: Words
    evidence: Evidence


def evaluate(
    clock: Clock, entered: Entered, zeros: TimeZeros, feed_alive_until: Mapping[str, int] | None = None
) -> Iterator[tuple[Arm, list[TaskStates]]]:
    """Every task of every arm at its time zeros. `zeros`: of stays the clock suits, each time zero before the stay's end."""
    for arm in clock.arms:
        at = np.flatnonzero(zeros.trigger == arm.trigger.name)
        if len(at):
            mine = zeros.take(at)
            yield arm, [replace(s, at=at) for s in _arm(clock, arm, mine, zeros, entered, feed_alive_until)]


def _arm(
    clock: Clock, arm: Arm, zeros: TimeZeros, every: TimeZeros, entered: Entered, feed_alive_until
) -> Iterator[TaskStates]:
    refused = refusal(clock, arm, zeros, every, entered)
    comfort = comfort_care_from(clock, zeros, entered)
    judged: dict[str, tuple[Indication, Completion]] = {}
    states: dict[str, TaskStates] = {}
    for task in arm.tasks:
        opened = opening(task, zeros, entered, judged, arm.titles)
        anchor = counted_from(task, zeros, entered, opened)
        closed = _closed(task, zeros, entered, opened, anchor)
        judged[task.name] = opened, closed
        states[task.name] = _task(task, zeros, opened, closed, anchor, comfort, feed_alive_until)
    gone = zeros.withdrawn <= zeros.discharged
    for task in arm.tasks:
        made = _ordered(task, states)
        state = np.where(refused != "", State.NOT_INDICATED.value, made.state)
        reason = np.where(refused != "", refused, made.reason)
        state = np.where(gone, State.CONTRADICTED.value, state)
        yield replace(made, state=state, reason=np.where(gone, zeros.reason, reason))


def _closed(task: Task, zeros: TimeZeros, entered: Entered, opened: Indication, anchor: Whole) -> Completion:
    """A task that follows a result is closed only after it, one judged by its start from where its time runs."""
    is_open = opened.state == OPEN
    if task.by_start:
        found = closing(task, zeros, entered, None, np.where(is_open, anchor, zeros.zero))
        return found.where(is_open) if isinstance(task.when, Result) else found
    if isinstance(task.when, Result):
        return closing(task, zeros, entered, opened.at).where(is_open)
    return closing(task, zeros, entered, None)


def _task(
    task: Task,
    zeros: TimeZeros,
    opened: Indication,
    closed: Completion,
    anchor: Whole,
    comfort: Whole,
    feed_alive_until,
) -> TaskStates:
    is_open = opened.state == OPEN
    due_by = anchor + to_microseconds(task.within)
    due_from = np.maximum(anchor + to_microseconds(task.earliest), np.minimum(opened.at, due_by))
    state, reason = _judged(task, zeros, opened, closed, due_from, due_by, comfort, feed_alive_until)
    return TaskStates(
        task,
        zeros.zero,
        state,
        np.where(is_open, due_from, NEVER),
        np.where(is_open, due_by, NEVER),
        closed.begun,
        closed.done,
        closed.known,
        words("", len(zeros)),
        reason,
        (*opened.evidence, *closed.evidence),
    )


def _judged(
    task: Task,
    zeros: TimeZeros,
    opened: Indication,
    closed: Completion,
    due_from,
    due_by,
    comfort,
    feed_alive_until,
) -> tuple[Words, Words]:
    """The first of these that is so tells the state and the reason."""
    now, is_open, done = zeros.discharged, opened.state == OPEN, closed.done != NEVER
    decides = closed.begun if task.by_start else closed.done
    started = task.by_start & (closed.begun <= due_by)
    concepts = read_by(task.closed_by)
    silent = np.zeros(len(zeros), bool)
    if feed_alive_until is not None and concepts:
        silent = concepts_silent(concepts, feed_alive_until, np.minimum(now, due_by))
    by_hand = isinstance(task.closed_by, ManualCompletion)
    without_data = f"no data on {' or '.join(c.name for c in concepts)}"
    cases: list[tuple[np.ndarray, State, Words | str]] = [
        (~is_open & (opened.state == NO), State.NOT_INDICATED, opened.reason),
        (~is_open & (comfort != NEVER), State.NOT_INDICATED, "comfort care"),
        (~is_open, State.NOT_KNOWN, opened.reason),
        (done & (decides <= due_by), State.IN_TIME, opened.reason),
        (done, State.LATE, opened.reason),
        (comfort <= due_by, State.NOT_INDICATED, "comfort care"),
        (due_by > zeros.left, State.NOT_INDICATED, "the stay ended before it was due"),
        (closed.unknown != "", State.NOT_KNOWN, closed.unknown),
        (silent, State.NOT_KNOWN, without_data),
        ((now > due_by) & by_hand, State.NOT_KNOWN, "no feed shows it and nobody ticked it"),
        (now < due_from, State.NOT_DUE, opened.reason),
        (started, State.DUE, "begun in time, the volume is not complete"),
        (now > due_by, State.DUE, "overdue"),
    ]
    state, reason = words(State.DUE.value, len(zeros)), opened.reason.copy()
    for which, told, why in reversed(cases):
        state[which] = told.value
        reason[which] = why if isinstance(why, str) else why[which]
    return state, reason


def _ordered(task: Task, states: dict[str, TaskStates]) -> TaskStates:
    """A task that must precede another: done after it, it is late whatever the clock says."""
    mine = states[task.name]
    if task.before is None:
        return mine
    other = states[task.before].done
    kept = (other != NEVER) & (mine.done != NEVER) & (mine.done <= other)
    broken = (other != NEVER) & ~kept
    late = broken & (mine.state == State.IN_TIME.value)
    return replace(
        mine,
        order=np.select([kept, broken], ["kept", "broken"], "").astype(object),
        reason=np.where(broken, f"order broken: {task.before} came first", mine.reason),
        state=np.where(late, State.LATE.value, mine.state),
    )


STATES = {
    "number": pl.UInt32,  # of the stay
    "verified": pl.Boolean,
    "trigger": pl.String,
    "time_zero": pl.Int64,
    "time_zero_known": pl.Int64,
    "task": pl.String,
    "due_from": pl.Int64,
    "due_by": pl.Int64,
    "state": pl.String,
    "begun": pl.Int64,
    "done": pl.Int64,
    "done_known": pl.Int64,
    "order": pl.String,
    "reason": pl.String,
    "evidence": pl.List(pl.String),
}
TIMES = ("due_from", "due_by", "begun", "done", "done_known")


def states_frame(
    clock: Clock, entered: Entered, zeros: TimeZeros, feed_alive_until: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """Every task of every arm as a row of STATES, in order of time zero, arm and task. `zeros` as in `evaluate`."""
    made = [
        (s, s.task.verified and clock.paper.verified)
        for _, states in evaluate(clock, entered, zeros, feed_alive_until)
        for s in states
    ]
    if not made:
        return pl.DataFrame(schema=STATES)
    at = np.concatenate([s.at for s, _ in made])
    order = np.argsort(at, kind="stable")  # arms and tasks lie in their order
    length = [len(s.at) for s, _ in made]
    frame = pl.DataFrame(
        {
            "number": zeros.stay[at],
            "verified": np.repeat([verified for _, verified in made], length),
            "trigger": zeros.trigger[at].tolist(),
            "time_zero": zeros.zero[at],
            "time_zero_known": zeros.known[at],
            "task": np.repeat([s.task.name for s, _ in made], length),
            **{name: np.concatenate([getattr(s, name) for s, _ in made]) for name in TIMES},
            **{
                name: np.concatenate([getattr(s, name) for s, _ in made]).tolist()
                for name in ("state", "order", "reason")
            },
        },
        schema_overrides={"number": pl.UInt32, "state": pl.String, "order": pl.String, "reason": pl.String},
    )
    frame = frame.with_columns(
        pl.when(pl.col(name) != NEVER).then(pl.col(name)).alias(name) for name in TIMES
    ).with_columns(order=pl.when(pl.col("order") != "").then("order"))
    rows = np.split(np.arange(len(at)), np.cumsum(length)[:-1])
    said = _listed_evidence([(row, s) for row, (s, _) in zip(rows, made, strict=True)], zeros)
    frame = frame.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    frame = frame.join(said, on="row", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("evidence").fill_null(pl.lit([], STATES["evidence"])))
    return frame[order].select(list(STATES))


def _listed_evidence(states: list[tuple[Whole, TaskStates]], zeros: TimeZeros) -> pl.DataFrame:
    """row, evidence: what each row rests on, named once each, in order. `states` with the number of each row."""
    lengths = np.array([len(e) for e in zeros.evidence], np.int64)
    starts = np.cumsum(lengths) - lengths
    own = pl.Series("evidence", [name for e in zeros.evidence for name in e], dtype=pl.String)
    parts = [pl.DataFrame(schema={"row": pl.Int64, "part": pl.Int8, "evidence": pl.String})]
    for rows, state in states:
        length = lengths[state.at]
        case = np.repeat(np.arange(len(rows)), length)
        position = (
            np.arange(len(case)) - np.repeat(np.cumsum(length) - length, length) + starts[state.at][case]
        )
        parts.append(_part(rows[case], 0, own.gather(position)))
        for number, traced in enumerate(state.evidence, 1):
            entries = traced.entries
            said = pl.DataFrame({"time": entries.time[traced.row]}).with_columns(
                entries.said["origin"].gather(traced.row)
            )
            names = said.select(evidence=named(entries.concept.name)).to_series()
            parts.append(_part(rows[traced.case], number, names))
    every = pl.concat(parts).sort("row", "part", maintain_order=True)
    once = every.unique(["row", "evidence"], keep="first", maintain_order=True)
    return once.group_by("row", maintain_order=True).agg("evidence")


def _part(rows: Whole, number: int, names: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"row": rows, "part": np.full(len(rows), number, np.int8), "evidence": names})
