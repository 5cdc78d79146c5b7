"""Everything of one patient's page."""

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.printed_units import printed, printed_text
from opensepsis.engine.clocks.targets import aims_at
from opensepsis.rules import Concept, Kind
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import (
    AimView,
    InputView,
    PatientView,
    ScoreView,
    SeriesView,
    SetAsideView,
    StartView,
)
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.bed import alert_view, bed_view, task_view
from opensepsis.uses.ward.views.inputs import GROUPS
from opensepsis.uses.ward.views.scores import score_in_full

LACKING = ("missing", "stale", "not counted")


def patient_view(
    patient: Patient, key: str, now: int, policy: AlertPolicy, history: tuple[Transition, ...] = ()
) -> PatientView:
    """The page of a patient with a visit; `history` are the changes of the alerts so far."""
    scores = tuple(score_in_full(patient, s, now, policy) for s in patient.watching.shown)
    return PatientView(
        bed=_with_history(patient, key, now, policy, history),
        scores=scores,
        why_now=_why_now(scores),
        tasks=tuple(task_view(patient, t) for t in patient.tasks),
        series=tuple(_series(patient, now)),
        not_scored=tuple(
            InputView(fact.what, printed_text(fact.shown), fact.time, message, "not scored", fact.reason)
            for message, fact in patient.not_scored[-50:]
        ),
        left=patient.visit.discharged,
        started=tuple(_started(patient)),
        aims=tuple(_aims(patient, now)),
        set_aside=tuple(
            SetAsideView(name, CONCEPTS[name].label, act.reason, act.user, act.until)
            for name, act in sorted(patient.attributed.items())
        ),
        may_set_aside=tuple(
            (name, CONCEPTS[name].label)
            for name in policy.attributable
            if name in patient.last_charted and name not in patient.attributed
        ),
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


def _with_history(patient, key, now, policy, history):
    bed = bed_view(patient, key, now, policy)
    alert = alert_view(patient.book, now, history)
    return bed if alert is None else type(bed)(**{**bed.__dict__, "alert": alert})


def _why_now(scores: tuple[ScoreView, ...]) -> tuple[InputView, ...]:
    """What gives points now, each value once; then what is missing, stale or not counted."""
    giving = [i for s in scores for row in s.rows if row.points for i in row.inputs]
    lacking = [i for s in scores for row in s.rows for i in row.inputs if i.standing in LACKING]
    telling = [i for i in giving if i.standing not in LACKING]
    return tuple({i.what: i for i in (*lacking[::-1], *telling[::-1])}.values())[::-1]


def _series(patient: Patient, now: int):
    chart = patient.bedside.chart
    for name, concept in chart.concepts.items():
        group = GROUPS.get(name)
        if group is None or not chart.seen[name]:
            continue
        if concept.kind is Kind.INTERVAL:
            spans = tuple(
                (s, None if e == float("inf") else int(e), t or "") for s, e, _, t in chart.intervals(name)
            )
            yield SeriesView(name, concept.label, printed(concept.unit), "treatments", spans=spans)
        elif concept.kind is Kind.EVENT:
            events = chart.standing(name)
            spans = tuple((e.time, e.time, (e.text or "").split("|")[0]) for e in events)
            yield SeriesView(name, concept.label, "", "treatments", spans=spans)
        elif concept.kind in (Kind.MEASURE, Kind.AMOUNT):
            yield _measured(patient, concept, group)
    for score in patient.watching.shown if patient.ticks else ():
        totals = patient.ticks.of((score,), now)
        known = [(t, total) for t, total in totals if total is not None]
        if known:
            times, values = zip(*known, strict=True)
            yield SeriesView(score.name, score.title, "", "scores", times, tuple(float(v) for v in values))


def _measured(patient: Patient, concept: Concept, group: str) -> SeriesView:
    series = patient.bedside.chart.series[concept.name]
    scale = 1000.0 if concept.kind is Kind.AMOUNT else 1.0  # amounts are kept in whole thousandths
    values = tuple(v / scale for v in series.values)
    shown = "treatments" if concept.name == "crystalloid" else group
    return SeriesView(concept.name, concept.label, printed(concept.unit), shown, tuple(series.times), values)
