"""NEWS2's own answer for one patient: how often to measure, whom to call, when the next set of observations is due."""

from opensepsis.definitions.concepts import vitals
from opensepsis.definitions.news2_response import SOURCE, response_to
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.model.views import ResponseView, ScoreView
from opensepsis.uses.ward.state.patient import Patient

OBSERVED = (
    vitals.RESPIRATORY_RATE,
    vitals.SPO2,
    vitals.SYSTOLIC_PRESSURE,
    vitals.HEART_RATE,
    vitals.CONSCIOUSNESS,
    vitals.TEMPERATURE,
)


def response_view(patient: Patient, scores: tuple[ScoreView, ...]) -> ResponseView | None:
    """The answer to NEWS2 as it stands; None where NEWS2 is not made or nothing of it is known.

    A set is as old as its oldest value: a monitor that sends the heart rate each minute has not taken the temperature.
    """
    news2 = next((s for s in scores if s.name == "news2" and not s.refused), None)
    if news2 is None or news2.total is None:
        return None
    answer = response_to(news2.total, max((r.points for r in news2.rows if r.points is not None), default=0))
    measured = {c.label: patient.last_charted.get(c.name) for c in OBSERVED}
    known = [time for time in measured.values() if time is not None]
    oldest = min(known, default=None)
    due = None if answer.every is None or oldest is None else oldest + to_microseconds(answer.every)
    return ResponseView(
        answer.band,
        answer.frequency,
        answer.words,
        due,
        f"{SOURCE}; short form{'' if SOURCE.verified else ', not checked against the original'}",
        news2.rows_known < news2.of_rows,
        tuple(label for label, time in measured.items() if time is None),
    )
