"""What users do: answer an alert, tick a task, say what they suspect. Every act is kept like a message, and audited."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import RedirectResponse

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.model.views import AlertView
from opensepsis.uses.ward.security.accounts import Role, Session
from opensepsis.uses.ward.state.alert_answers import NOT_MY_PATIENT

DISMISSALS = (
    "other cause",
    "already treated",
    "comfort care",
    "wrong data",
    NOT_MY_PATIENT,
    "chronic, not new",
)
SNOOZES = {"30 min": 30, "1 h": 60, "2 h": 120, "4 h": 240}
NEEDS = {
    "acknowledge": Role.NURSE,
    "snooze": Role.NURSE,
    "escalate": Role.NURSE,
    "resume": Role.NURSE,
    "tick": Role.NURSE,
    "untick": Role.NURSE,
    "retract": Role.PHYSICIAN,
    "dismiss": Role.PHYSICIAN,
    "attribute": Role.PHYSICIAN,
    "count": Role.PHYSICIAN,
    "start": Role.PHYSICIAN,
}
LASTING = {"1 day": 1440, "3 days": 4320, "7 days": 10080, "30 days": 43200}
ANSWERS = frozenset(("acknowledge", "snooze", "escalate", "resume", "dismiss"))
TIMED = {"snooze": SNOOZES, "attribute": LASTING}
OF_A_MEASUREMENT = frozenset(("attribute", "count"))
LONGEST_WORDS = 500


def routes(context) -> APIRouter:
    """The one way to act on a patient."""
    router = APIRouter()
    nurse = context.guard.needs(Role.NURSE)

    @router.post("/patient/{key}/act", name="act")
    def act(
        key: str,
        session: Annotated[Session, Depends(nurse)],
        token: Annotated[str, Form()],
        act: Annotated[str, Form()],
        reason: Annotated[str, Form()] = "",
        words: Annotated[str, Form()] = "",
        minutes: Annotated[int, Form()] = 0,
        clock: Annotated[str, Form()] = "",
        trigger: Annotated[str, Form()] = "",
        task: Annotated[str, Form()] = "",
        concept: Annotated[str, Form()] = "",
        zero: Annotated[int | None, Form()] = None,
        alert: Annotated[int | None, Form()] = None,
        step: Annotated[int | None, Form()] = None,
        back: Annotated[str, Form()] = "",
    ):
        context.guard.check_token(session, token)
        _allowed(act, session)
        view = context.place.patient(key, session.user.wards)
        if view is None:
            raise HTTPException(404, "There is no such patient on your wards.")
        if act in ANSWERS and _has_changed(view.bed.alert, alert, step):
            context.note(session, f"{act} not taken: changed since", key)
            raise HTTPException(409, "This alert has changed since you looked. Read it again, then answer.")
        now = context.place.now()
        _complete(act, reason, minutes, concept)
        if not context.place.knows(clock, trigger, task, concept):
            raise HTTPException(422, "There is no such task, trigger or measurement.")
        said = ": ".join(w for w in (reason.strip(), words.strip()) if w)[:LONGEST_WORDS]
        until = now + minutes * 60 * SECOND if act in TIMED else None
        about = " ".join(w for w in (clock, task, concept) if w)
        context.note(session, act, key, about)
        user = session.user.name
        if act not in ANSWERS:
            alert = step = None
        done = Acted("", act, user, now, said, until, clock, trigger, zero, task, concept, alert, step)
        context.place.act(key, done)
        return RedirectResponse("/" if back == "board" else f"/patient/{key}", 303)

    return router


def _has_changed(shown: AlertView | None, alert: int | None, step: int | None) -> bool:
    """Whether what is answered is another alert, or says something else, than the page that somebody looked at."""
    if shown is None:
        return alert is not None
    return (alert is not None and alert != shown.number) or (step is not None and step < shown.changed)


def _complete(act: str, reason: str, minutes: int, concept: str) -> None:
    """Whether an act that needs a reason, an end or a measurement has them."""
    if act in OF_A_MEASUREMENT and not concept:
        raise HTTPException(422, "Choose a measurement.")
    if act in TIMED and (minutes not in TIMED[act].values() or not reason.strip()):
        raise HTTPException(422, "Give a reason and choose one of the offered times.")
    if act == "retract" and not reason.strip():
        raise HTTPException(422, "Give a reason.")
    if act == "dismiss" and reason not in DISMISSALS:
        raise HTTPException(422, "Choose a reason from the list.")


def _allowed(act: str, session: Session) -> None:
    if act not in NEEDS:
        raise HTTPException(422, "There is no such action.")
    if session.user.role < NEEDS[act]:
        raise HTTPException(403, "Your role does not allow this.")
