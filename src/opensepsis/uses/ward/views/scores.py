"""Scores as the pages show them: totals with their trend, rows with the reason for each."""

from collections.abc import Mapping

from opensepsis.engine.live.explain import at_bedside
from opensepsis.rules import Score
from opensepsis.uses.ward.model.views import RowView, ScoreView
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import INSTEAD_OF_NEWS2
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.inputs import row_inputs

TREND = 24  # hours
# how a band that a total has reached is shown; others are not marked
GRAVE = {
    "medium": "medium",
    "moderate to high risk": "medium",
    "high": "high",
    "high risk": "high",
    "emergency": "high",
}


def shown(patient: Patient, refused: Mapping[str, str]) -> tuple[Score, ...]:
    """The scores to show: those made in the place of NEWS2 only for patients whom it is not made for.

    `refused`: the scores that are not made for the patient now, and why.
    """
    return tuple(
        s
        for s in patient.watching.shown
        if s.name not in INSTEAD_OF_NEWS2 or (s.name not in refused and "news2" in refused)
    )


def _grave(score: Score, total: int | None) -> str:
    """How grave the highest band is that a total has reached."""
    reached = [name for name, limit in score.bands.items() if total is not None and total >= limit]
    return GRAVE.get(reached[-1], "") if reached else ""


def score_view(patient: Patient, score: Score, now: int, refused: Mapping[str, str]) -> ScoreView:
    """A score without the values behind it: for the board."""
    if why := refused.get(score.name, ""):
        return ScoreView(score.name, score.title, None, 0, len(score.rows), (), refused=why)
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
        grave=_grave(score, given.total),
    )


def score_in_full(
    patient: Patient, score: Score, now: int, policy: AlertPolicy, refused: Mapping[str, str]
) -> ScoreView:
    """A score row by row, with the reason for each and the values behind it."""
    short = score_view(patient, score, now, refused)
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
        grave=short.grave,
    )


def _trend(patient: Patient, score: Score, now: int) -> tuple[tuple[int, int], ...]:
    """The totals of the last hours of the visit, as they were known then."""
    if patient.ticks is None:
        return ()
    place = patient.ticks.scores.index(score)
    hours = [(time, totals[place]) for time, totals in patient.ticks.as_known[-TREND:] if time <= now]
    return tuple((time, total) for time, total in hours if total is not None)
