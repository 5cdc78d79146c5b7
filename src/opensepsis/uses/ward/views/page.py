"""Everything of one patient's page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.printed_units import printed, printed_text
from opensepsis.engine.clocks.targets import aims_at
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import (
    AimView,
    BedView,
    InputView,
    PatientView,
    ReceiptView,
    ScoreView,
    SetAsideView,
    StartView,
)
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.visits import Visit
from opensepsis.uses.ward.views.bed import alert_view, task_view
from opensepsis.uses.ward.views.person import places_of
from opensepsis.uses.ward.views.plots import series_of
from opensepsis.uses.ward.views.response import response_view
from opensepsis.uses.ward.views.scores import score_in_full, shown

LACKING = ("missing", "stale", "not counted")


def patient_view(
    patient: Patient,
    bed: BedView,
    now: int,
    policy: AlertPolicy,
    history: tuple[Transition, ...] = (),
    receipts: Mapping[str, tuple[ReceiptView, ...]] | None = None,
) -> PatientView:
    """The page of a patient with a visit; `bed` is the line on the board, `history` the changes of the alerts so far.

    `receipts`: what became of those that were to be sent, by their names.
    """
    refused = patient.refusals(now)
    scores = tuple(score_in_full(patient, s, now, policy, refused) for s in shown(patient, refused))
    return PatientView(
        bed=replace(bed, alert=alert_view(patient.alert_record, now, history, receipts)),
        scores=scores,
        why_now=_why_now(scores),
        tasks=tuple(task_view(patient, t) for t in patient.tasks),
        series=tuple(series_of(patient, now)),
        rejected=tuple(
            InputView(fact.what, printed_text(fact.shown), fact.time, message, "not scored", fact.reason)
            for message, fact in patient.rejected[-50:]
        ),
        left=cast(Visit, patient.visit).discharged,
        values_since=patient.since_leaving.values,
        started=tuple(_started(patient)),
        aims=tuple(_aims(patient, now)),
        set_aside=tuple(
            SetAsideView(name, CONCEPTS[name].label, act.reason, act.user, act.until)
            for name, act in sorted(patient.attributed.items())
            if name in CONCEPTS  # earlier versions kept an act of no measurement
        ),
        may_set_aside=tuple(
            (name, CONCEPTS[name].label)
            for name in policy.attributable
            if name in patient.last_charted and name not in patient.attributed
        ),
        response=response_view(patient, scores),
        places=places_of(patient),
    )


def _started(patient: Patient):
    titles = {a.trigger.name: a.title for c in patient.watching.clocks for a in c.arms}
    for finding in (f for findings in patient.findings.values() for f in findings):
        if finding.set_by != "engine" and finding.withdrawn is None:
            yield StartView(finding.trigger, titles[finding.trigger], finding.time, finding.set_by)


def _aims(patient: Patient, now: int):
    for clock in patient.watching.clocks:
        findings = [f for arm in clock.arms for f in patient.findings.get(arm.trigger.name, ())]
        for state in aims_at(clock, findings, patient.bedside.chart, patient.age(now), now):
            value = "" if state.value is None else f"{state.value:g} {printed(state.aim.concept.unit)}"
            yield AimView(clock.title, state.aim.title, state.standing, value, state.time, state.aim.verified)


def _why_now(scores: tuple[ScoreView, ...]) -> tuple[InputView, ...]:
    """What gives points now, each value once; then what is missing, stale or not counted."""
    giving = [i for s in scores for row in s.rows if row.points for i in row.inputs]
    lacking = [i for s in scores for row in s.rows for i in row.inputs if i.standing in LACKING]
    telling = [i for i in giving if i.standing not in LACKING]
    return tuple({i.what: i for i in (*lacking[::-1], *telling[::-1])}.values())[::-1]
