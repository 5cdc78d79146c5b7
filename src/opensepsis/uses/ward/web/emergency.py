"""Emergency access to all wards: asked for with a reason, over after an hour, reviewed by an administrator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.accounts import Role, Session


def routes(context) -> APIRouter:
    """Asking, giving back, reviewing."""
    router = APIRouter(prefix="/emergency-access")
    nurse, admin = context.guard.needs(Role.NURSE), context.guard.needs(Role.ADMIN)

    @router.get("", name="emergency")
    def show(request: Request, session: Annotated[Session, Depends(nurse)]):
        return _page(session, request)

    @router.post("", name="begin_emergency")
    def begin(
        request: Request,
        session: Annotated[Session, Depends(nurse)],
        token: Annotated[str, Form()],
        reason: Annotated[str, Form()] = "",
    ):
        context.guard.check_token(session, token)
        if session.user.wards is None:
            raise HTTPException(422, "You already see all wards.")
        try:
            context.emergency.begin(session.user.name, reason, context.guard.now())
        except AccountError as problem:
            return _page(session, request, str(problem), 422)
        context.note(session, "began emergency access", detail=reason.strip())
        return RedirectResponse("/", 303)

    @router.post("/end", name="end_emergency")
    def end(session: Annotated[Session, Depends(nurse)], token: Annotated[str, Form()]):
        context.guard.check_token(session, token)
        context.emergency.end(session.user.name, context.guard.now())
        context.note(session, "ended emergency access")
        return RedirectResponse("/", 303)

    @router.post("/{number}/review", name="review_emergency")
    def review(number: int, session: Annotated[Session, Depends(admin)], token: Annotated[str, Form()]):
        context.guard.check_token(session, token)
        try:
            context.emergency.review(number, session.user.name, context.guard.now())
        except AccountError as problem:
            raise HTTPException(422, str(problem)) from problem
        context.note(session, "reviewed emergency access", detail=str(number))
        return RedirectResponse("/emergency-access", 303)

    def _page(session: Session, request: Request, wrong: str = "", status: int = 200):
        uses = context.emergency.latest() if session.user.role >= Role.ADMIN else []
        return context.page(request, "emergency.html", status, session=session, uses=uses, wrong=wrong)

    return router
