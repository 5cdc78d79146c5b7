"""One patient's page, and the values of its plot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.uses.ward.model.views import PatientView, TaskView
from opensepsis.uses.ward.security.accounts import Role, Session
from opensepsis.uses.ward.web.acts import DISMISSALS, LASTING, SNOOZES

MICRO_TO_S = 1_000_000


def _is_asked(task: TaskView) -> bool:
    return task.manual and task.state == "not known"


def due_next(view: PatientView, most: int = 4) -> list[TaskView]:
    """The tasks that are due next, each title once though several care bundles ask for it; and what nobody has marked done in time."""
    open_states = ("due", "not due")
    waiting = [
        (t.due_by, t) for t in view.tasks if t.due_by is not None and (t.state in open_states or _is_asked(t))
    ]
    first: dict[str, TaskView] = {}
    for _, task in sorted(waiting, key=lambda pair: pair[0]):
        first.setdefault(task.title, task)
    return list(first.values())[:most]


def routes(context) -> APIRouter:
    """The page and its plot."""
    router = APIRouter()
    viewer, onlooker = context.guard.needs(Role.VIEWER), context.guard.needs(Role.VIEWER, still_there=False)

    def found(key: str, session: Session) -> PatientView:
        view = context.place.patient(key, session.user.wards)
        if view is None:
            raise HTTPException(404, "There is no such patient on your wards.")
        return view

    @router.get("/patient/{key}", name="patient")
    def page(request: Request, key: str, session: Annotated[Session, Depends(viewer)]):
        view = found(key, session)
        context.note(session, "saw a patient", key)
        clocks: dict[tuple[str, str, int], list] = {}
        for task in view.tasks:
            clocks.setdefault((task.clock_title, task.arm, task.zero), []).append(task)
        told = {
            "view": view,
            "bed": view.bed,
            "clocks": clocks,
            "todo": due_next(view),
            "dismissals": DISMISSALS,
            "snoozes": SNOOZES,
            "is_mine": view.bed.key in context.mine.of(session.user.name),
        }
        told["lasting"] = LASTING
        return context.page(request, "patient.html", session=session, role=int(session.user.role), **told)

    @router.post("/patient/{key}/mine", name="follow")
    def follow(
        key: str,
        session: Annotated[Session, Depends(viewer)],
        token: Annotated[str, Form()],
        mine: Annotated[bool, Form()],
    ):
        context.guard.check_token(session, token)
        bed = found(key, session).bed
        (context.mine.follow if mine else context.mine.unfollow)(session.user.name, bed.key)
        context.note(session, "follows a patient" if mine else "follows a patient no longer", bed.key)
        return RedirectResponse(f"/patient/{bed.key}", 303)

    @router.get("/patient/{key}/plot", name="plot")
    def plot(key: str, session: Annotated[Session, Depends(onlooker)]):
        view = found(key, session)
        context.note(session, "saw a patient's plot", key)
        return {
            "now": context.place.now() / MICRO_TO_S,
            "from": view.bed.admitted / MICRO_TO_S,
            "deadlines": [
                {"title": t.title, "time": t.due_by / MICRO_TO_S, "state": t.state} for t in view.tasks if t.due_by is not None
            ],
            "series": [
                {
                    "concept": s.concept, "title": s.title, "unit": s.unit, "group": s.group, "values": s.values,
                    "times": [t / MICRO_TO_S for t in s.times], "reference": s.reference,
                    "sent_range": s.sent_range, "thresholds": s.thresholds,
                    "spans": [[a / MICRO_TO_S, b and b / MICRO_TO_S, text] for a, b, text in s.spans],
                }
                for s in view.series
            ],
        }  # fmt: skip

    return router
