"""One patient's line on the board."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from opensepsis.data.decode.patient_names import parts_of
from opensepsis.engine.clocks.evaluate import State, TaskState
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import ManualCompletion, hours
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import (
    AlertView,
    BedView,
    ReasonView,
    ReceiptView,
    ScoreView,
    StepView,
    TaskView,
)
from opensepsis.uses.ward.state.alert_inputs import ADULT, CHILD, comfort_care
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.alert_record import CALLING, AlertRecord, in_order, in_words
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.visits import Visit
from opensepsis.uses.ward.views.inputs import stale_groups
from opensepsis.uses.ward.views.marks import marks_on_the_board
from opensepsis.uses.ward.views.next_act import next_act
from opensepsis.uses.ward.views.person import flags_of, is_adult, is_pregnant, moved_from
from opensepsis.uses.ward.views.scores import score_view, shown

_ALL_KNOWN = re.compile(r" \((\d+) of \1 rows known\)")
ORGAN_SCORES = ("sofa", "phoenix")
ORGANS = {"respiration": "lungs", "circulation": "pressure", "coagulation": "clotting"}
ASKED_FOR = to_microseconds(hours(24))  # after its time a task that no feed reports is still asked for
OPEN_TASKS = (State.DUE, State.NOT_DUE)


def bed_view(
    patient: Patient,
    key: str,
    now: int,
    policy: AlertPolicy,
    same_name: bool = False,
    merged: tuple[str, ...] = (),
) -> BedView:
    """The line of a patient with a visit; `merged` are the other identifiers of the same person."""
    visit, person = cast(Visit, patient.visit), patient.person
    refused = patient.refusals(now)
    scores = tuple(score_view(patient, s, now, refused) for s in shown(patient, refused))
    scores = tuple(s for s in scores if not s.refused)
    waiting = [t for t in patient.tasks if t.state in OPEN_TASKS and t.due_by is not None]
    alert, due, comfort = (
        alert_view(patient.alert_record, now),
        _next_task(patient, waiting, now, policy),
        comfort_care(patient, now),
    )
    authority, record = parts_of(patient.name)
    return BedView(
        key=key,
        name=person.name,
        ward=visit.ward,
        bed=visit.bed,
        age=patient.age(now),
        sex=person.sex,
        admitted=visit.admitted,
        scores=scores,
        organs=_organs(scores),
        phenotypes=_phenotypes(patient),
        alert=alert,
        next_due=due,
        tasks_open=len([t for t in waiting if t.state is State.DUE]),
        comfort_care=comfort,
        last_heard=max(patient.last_charted.values(), default=None),
        stale=stale_groups(patient, patient.watching.concepts, now, policy),
        told=len(patient.told),
        chart="" if patient.born is not None else ADULT,
        record=record,
        authority=authority,
        born=person.born,
        same_name=same_name,
        pregnant=is_pregnant(patient, now),
        child=not is_adult(patient, now),
        moved_from=moved_from(patient, now),
        merged=tuple(parts_of(name)[1] for name in merged),
        marks=marks_on_the_board(patient, now),
        next_act=next_act(alert, due, comfort),
        consultant=person.consultant,
        flags=flags_of(patient, now),
    )


def _next_task(patient: Patient, waiting: list[TaskState], now: int, policy: AlertPolicy) -> TaskView | None:
    """The task that is due first, of the care bundles that alert before the others; then of those what nobody has marked done in time."""
    passed = [t for t in patient.tasks if t.state is State.NOT_KNOWN and t.due_by is not None]
    asked = [
        t
        for t in passed
        if t.due_by is not None and 0 <= now - t.due_by < ASKED_FOR and task_view(patient, t).manual
    ]
    chosen = _alerting(waiting, policy) or _alerting(asked, policy) or waiting or asked
    first = min(chosen, key=lambda t: (t.due_by, t.clock, t.task), default=None)
    return task_view(patient, first) if first else None


def _alerting(tasks: list[TaskState], policy: AlertPolicy) -> list[TaskState]:
    return [t for t in tasks if t.clock.partition(":")[0] in policy.deadlines]


def _organs(scores: tuple[ScoreView, ...]) -> tuple[tuple[str, int | None], ...]:
    score = next((s for s in scores if s.name in ORGAN_SCORES and s.rows_known), None)
    score = score or next((s for s in scores if s.name in ORGAN_SCORES), None)
    return tuple((ORGANS.get(row.name, row.name), row.points) for row in score.rows) if score else ()


def _phenotypes(patient: Patient) -> tuple[str, ...]:
    titles = {p.name: p.title for p in patient.watching.phenotypes}
    return tuple(titles[name] for name, episodes in patient.found.items() if episodes and name in titles)


def _short(words: str) -> str:
    """A reason without what goes without saying on a page: that all rows are known, and the chart, which stands with the age.

    >>> _short("NEWS2 7 (7 of 7 rows known), age not known, scored as an adult"), _short("NEWS2 7 (5 of 7 rows known)")
    ('NEWS2 7', 'NEWS2 7 (5 of 7 rows known)')
    """
    short = _ALL_KNOWN.sub("", words)
    return short.replace(f", {ADULT}", "").replace(f", {CHILD}", "")


def alert_view(
    alert_record: AlertRecord,
    now: int,
    history: tuple[Transition, ...] = (),
    receipts: Mapping[str, tuple[ReceiptView, ...]] | None = None,
) -> AlertView | None:
    """The alert that stands; None when there is none."""
    if alert_record.state is None or not alert_record.open:
        return None
    steps = tuple(
        StepView(t.time, t.state.value, t.level, t.reasons, t.user, t.words, (receipts or {}).get(t.name, ()))
        for t in sorted(_each_once(history), key=lambda t: t.time)
    )
    level = alert_record.level.name.lower()
    reasons = in_words(alert_record.held, now)
    return AlertView(
        alert_record.number,
        alert_record.state.value,
        level,
        alert_record.since,
        reasons,
        alert_record.until,
        steps,
        step=alert_record.step,
        changed=alert_record.changed,
        why=tuple(
            ReasonView(_short(r.words), r.level.name.lower(), r.measured) for r in in_order(alert_record.held)
        ),
        unanswered=alert_record.state in CALLING,
    )


def _each_once(history: tuple[Transition, ...]) -> Iterable[Transition]:
    """The changes as they were written first: a start under other rules writes those that stay the same again."""
    found: dict[tuple, Transition] = {}
    for one in history:
        found.setdefault((one.time, one.state, one.reasons, one.user, one.words), one)
    return found.values()


def task_view(patient: Patient, task: TaskState) -> TaskView:
    """One task with its titles, and the messages it rests on."""
    clock = next(c for c in patient.watching.clocks if c.name == task.clock)
    arm = clock.arm_of[task.trigger]
    stated = next(t for t in arm.tasks if t.name == task.task)
    messages = (patient.sources[o].message for o in task.evidence if o in patient.sources)
    return TaskView(
        clock=task.clock,
        clock_title=clock.title,
        arm=arm.title,
        trigger=task.trigger,
        zero=task.time_zero,
        zero_known=task.time_zero_known,
        task=task.task,
        title=stated.title,
        state=task.state.value,
        due_from=task.due_from,
        due_by=task.due_by,
        done=task.done,
        by_hand=task.by_hand,
        order=task.order,
        reason=task.reason,
        evidence=tuple(dict.fromkeys(messages)),
        manual=isinstance(stated.closed_by, ManualCompletion),
    )
