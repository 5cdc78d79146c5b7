"""For administrators: feeds, users, the audit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.accounts import Role, Session


def routes(desk) -> APIRouter:
    """Pages that only administrators see; feed health is for everybody."""
    router = APIRouter()
    viewer, admin = desk.guard.needs(Role.VIEWER), desk.guard.needs(Role.ADMIN)

    @router.get("/feeds", name="feeds")
    def feeds(request: Request, session: Annotated[Session, Depends(viewer)]):
        desk.note(session, "saw the feeds")
        lost = desk.place.not_heard_of()
        shown = {"feeds": desk.place.feeds(), "not_heard_of": lost, "identities": desk.place.identities()}
        shown |= {"cards": desk.cards.counts(), "low": desk.place.low_volumes()}
        return desk.page(request, "feeds.html", session=session, **shown)

    def _users(request: Request, session: Session, wrong: str, status: int = 200):
        told = {"accounts": desk.accounts.accounts(desk.guard.now()), "roles": list(Role), "wrong": wrong}
        return desk.page(request, "users.html", status, session=session, **told)

    @router.get("/users", name="users")
    def users(request: Request, session: Annotated[Session, Depends(admin)], wrong: str = ""):
        desk.note(session, "saw the users")
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
        desk.guard.check_token(session, token)
        listed = frozenset(w.strip() for w in wards.split(",") if w.strip()) or None
        try:
            desk.accounts.add(name.strip(), password, role, listed)
        except AccountError as problem:
            return _users(request, session, str(problem), 422)
        desk.note(session, "made an account", name, role)
        return RedirectResponse("/users", 303)

    @router.post("/users/remove", name="remove_user")
    def remove_user(
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        name: Annotated[str, Form()],
    ):
        desk.guard.check_token(session, token)
        if name == session.user.name:
            raise HTTPException(422, "You cannot remove yourself.")
        try:
            desk.accounts.remove(name)
        except AccountError as problem:
            raise HTTPException(422, str(problem)) from problem
        desk.note(session, "removed an account", name)
        return RedirectResponse("/users", 303)

    @router.post("/users/unlock", name="unlock_user")
    def unlock_user(
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        name: Annotated[str, Form()],
    ):
        desk.guard.check_token(session, token)
        desk.accounts.unlock(name)
        desk.note(session, "unlocked an account", name)
        return RedirectResponse("/users", 303)

    @router.get("/audit", name="audit")
    def audit(request: Request, session: Annotated[Session, Depends(admin)]):
        desk.note(session, "saw the audit")
        return desk.page(
            request, "audit.html", session=session, lines=desk.audit.latest(), checked=desk.audit.verify()
        )

    return router
