"""Scores as the pages show them: totals with their trend, rows with the reason for each."""

from opensepsis.engine.live.explain import at_bedside
from opensepsis.rules import Score
from opensepsis.uses.ward.model.views import RowView, ScoreView
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.inputs import row_inputs

TREND = 24  # hours


def score_view(patient: Patient, score: Score, now: int) -> ScoreView:
    """A score without the values behind it: for the board."""
    refused = patient.refusals(now).get(score.name, "")
    if refused:
        return ScoreView(score.name, score.title, None, 0, len(score.rows), (), refused=refused)
    given = patient.bedside.points(score, now)
    rows = tuple(
        RowView(row.name, row.title, given.rows[row.name].points, given.rows[row.name].basis, "")
        for row in score.rows
    )
    return ScoreView(
        score.name,
        score.title,
        given.total,
        given.rows_known,
        len(score.rows),
        rows,
        _trend(patient, score, now),
    )


def score_in_full(patient: Patient, score: Score, now: int, policy: AlertPolicy) -> ScoreView:
    """A score row by row, with the reason for each and the values behind it."""
    short = score_view(patient, score, now)
    if short.refused:
        return short
    reasons = {reason.row: reason for reason in at_bedside(patient.bedside, score, now)}
    rows = tuple(
        RowView(
            row.name,
            row.title,
            reasons[row.name].points,
            reasons[row.name].basis,
            reasons[row.name].words,
            row_inputs(patient, row, now, policy),
        )
        for row in score.rows
    )
    return ScoreView(
        short.name,
        short.title,
        short.total,
        short.rows_known,
        short.of_rows,
        rows,
        _trend(patient, score, now),
    )


def _trend(patient: Patient, score: Score, now: int) -> tuple[tuple[int, int], ...]:
    """The totals of the last hours of the visit, as they were known then."""
    if patient.ticks is None:
        return ()
    place = patient.ticks.scores.index(score)
    hours = [(time, totals[place]) for time, totals in patient.ticks.as_known[-TREND:] if time <= now]
    return tuple((time, total) for time, total in hours if total is not None)
