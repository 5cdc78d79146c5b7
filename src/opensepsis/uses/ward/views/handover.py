"""What one shift tells the next: who waits for an answer, what falls due, what changed, what is not known."""

from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import hours
from opensepsis.uses.ward.model.views import BedView, PatientView, ResponseView, StepView, TaskView

AHEAD = to_microseconds(hours(8))  # what falls due within the next shift
BACK = to_microseconds(hours(12))  # what changed in the last one
OPEN_TASKS = ("due", "not due")


@dataclass(frozen=True)
class HandoverRow:
    """One patient to speak of, with the tasks of the next 8 h, the changes of the last 12 h, and what is not known."""

    bed: BedView
    due: tuple[TaskView, ...]
    changed: tuple[StepView, ...]
    unknown: tuple[str, ...]
    response: ResponseView | None


@dataclass(frozen=True)
class Handover:
    """A ward's handover: patients to speak of, those who wait for an answer first, and those of whom there is nothing to say."""

    rows: tuple[HandoverRow, ...]
    others: tuple[BedView, ...]


def handover(views: Iterable[PatientView], now: int) -> Handover:
    """The handover of patients in the order of the board, at a moment (microseconds, UTC)."""
    rows, others = [], []
    for view in views:
        row = _row(view, now)
        alert = row.bed.alert
        telling = (alert is not None and alert.state != "watch") or row.due or row.changed or row.bed.marks
        (rows if telling else others).append(row)
    rows.sort(
        key=lambda row: row.bed.alert is None or not row.bed.alert.unanswered
    )  # the board's order stays within
    return Handover(tuple(rows), tuple(row.bed for row in others))


def _row(view: PatientView, now: int) -> HandoverRow:
    history = view.bed.alert.history if view.bed.alert else ()
    return HandoverRow(
        view.bed,
        tuple(_due(view.tasks, now)),
        tuple(step for step in history if now - BACK <= step.time <= now),
        _unknown(view),
        view.response,
    )


def _due(tasks: tuple[TaskView, ...], now: int) -> Iterable[TaskView]:
    """Tasks that are overdue or fall due in time, each title once though several care bundles ask for it."""
    first: dict[str, TaskView] = {}
    waiting = [
        (t.due_by, t)
        for t in tasks
        if t.state in OPEN_TASKS and t.due_by is not None and t.due_by <= now + AHEAD
    ]
    for _, task in sorted(waiting, key=lambda one: one[0]):
        first.setdefault(task.title, task)
    return first.values()


def _unknown(view: PatientView) -> tuple[str, ...]:
    """Inputs of the scores that are missing or too old, each once."""
    lacking = [
        i for s in view.scores for row in s.rows for i in row.inputs if i.standing in ("missing", "stale")
    ]
    return tuple(dict.fromkeys(i.what if i.standing == "missing" else f"{i.what} (too old)" for i in lacking))
