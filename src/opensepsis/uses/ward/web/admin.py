"""For administrators: feeds, users, the audit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.accounts import Role, Session


def routes(context) -> APIRouter:
    """Pages that only administrators see; feed health is for everybody."""
    router = APIRouter()
    viewer, admin = context.guard.needs(Role.VIEWER), context.guard.needs(Role.ADMIN)

    @router.get("/feeds", name="feeds")
    def feeds(request: Request, session: Annotated[Session, Depends(viewer)]):
        context.note(session, "saw the feeds")
        lost = context.place.silent_patients()
        shown = {
            "feeds": context.place.feeds(),
            "silent_patients": lost,
            "identities": context.place.identities(),
        }
        shown |= {"cards": context.cards.counts(), "low": context.place.low_volumes()}
        return context.page(request, "feeds.html", session=session, **shown)

    def _users(request: Request, session: Session, wrong: str, status: int = 200):
        told = {
            "accounts": context.accounts.accounts(context.guard.now()),
            "roles": list(Role),
            "wrong": wrong,
        }
        return context.page(request, "users.html", status, session=session, **told)

    @router.get("/users", name="users")
    def users(request: Request, session: Annotated[Session, Depends(admin)], wrong: str = ""):
        context.note(session, "saw the users")
        return _users(request, session, wrong)

    @router.post("/users", name="add_user")
    def add_user(
        request: Request,
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        name: Annotated[str, Form()],
        password: Annotated[str, Form()],
        role: Annotated[str, Form()],
        wards: Annotated[str, Form()] = "",
    ):
        context.guard.check_token(session, token)
        listed = frozenset(w.strip() for w in wards.split(",") if w.strip()) or None
        try:
            context.accounts.add(name.strip(), password, role, listed)
        except AccountError as problem:
            return _users(request, session, str(problem), 422)
        context.note(session, "made an account", name, role)
        return RedirectResponse("/users", 303)

    @router.post("/users/remove", name="remove_user")
    def remove_user(
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        name: Annotated[str, Form()],
    ):
        context.guard.check_token(session, token)
        if name == session.user.name:
            raise HTTPException(422, "You cannot remove yourself.")
        try:
            context.accounts.remove(name)
        except AccountError as problem:
            raise HTTPException(422, str(problem)) from problem
        context.note(session, "removed an account", name)
        return RedirectResponse("/users", 303)

    @router.post("/users/unlock", name="unlock_user")
    def unlock_user(
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        name: Annotated[str, Form()],
    ):
        context.guard.check_token(session, token)
        context.accounts.unlock(name)
        context.note(session, "unlocked an account", name)
        return RedirectResponse("/users", 303)

    @router.get("/audit", name="audit")
    def audit(request: Request, session: Annotated[Session, Depends(admin)]):
        context.note(session, "saw the audit")
        return context.page(
            request,
            "audit.html",
            session=session,
            lines=context.audit.latest(),
            checked=context.audit.verify(),
        )

    return router
