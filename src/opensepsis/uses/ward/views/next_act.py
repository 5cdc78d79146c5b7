"""The one thing to do next for a patient, as a button on the board."""

from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.model.views import AlertView, NextAct, TaskView

ACKNOWLEDGE, TICK, DO = "acknowledge", "tick", "do"


def next_act(alert: AlertView | None, due: TaskView | None, comfort_care: bool) -> NextAct | None:
    """An unanswered alert first, then the task that is due next; None when there is nothing to do."""
    if alert is not None and (alert.unanswered or alert.state == AlertState.SILENT):
        return NextAct(ACKNOWLEDGE, "Acknowledge")
    if due is None or comfort_care:
        return None
    return NextAct(TICK if due.manual else DO, due.title, due.due_by, due)
