"""For administrators: feeds, dead letters, messages as they came, users, the audit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError, OutputError
from opensepsis.uses.ward.accounts import Role, Session

LARGEST = 2**63  # no number in a database is larger


def routes(desk) -> APIRouter:
    """Pages that only administrators see; feed health is for everybody."""
    router = APIRouter()
    viewer, admin = desk.guard.needs(Role.VIEWER), desk.guard.needs(Role.ADMIN)

    def note(session: Session, what: str, subject: str = "", detail: str = "") -> None:
        desk.audit.note(desk.guard.now(), session.user.name, what, subject, detail)

    @router.get("/feeds", name="feeds")
    def feeds(request: Request, session: Annotated[Session, Depends(viewer)]):
        lost = desk.place.not_heard_of()
        return desk.page(request, "feeds.html", session=session, feeds=desk.place.feeds(), not_heard_of=lost)

    @router.get("/dead-letters", name="dead_letters")
    def dead_letters(request: Request, session: Annotated[Session, Depends(admin)]):
        note(session, "saw the dead letters")
        letters = [
            (m, p, m.raw.decode("utf-8", "replace").replace("\r", "\n")) for m, p in desk.place.dead_letters()
        ]
        return desk.page(request, "dead_letters.html", session=session, letters=letters)

    @router.post("/dead-letters/{number}", name="mend")
    def mend(
        number: int,
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        raw: Annotated[str, Form()],
    ):
        desk.guard.check_token(session, token)
        if not 0 < number < LARGEST:
            raise HTTPException(404, "There is no such message.")
        mended = raw.replace("\r\n", "\n").replace("\n", "\r").encode("utf-8", "replace")
        try:
            desk.place.mend(number, mended, session.user.name)
        except OutputError as problem:
            raise HTTPException(409, str(problem)) from problem
        note(session, "mended a message", str(number))
        return RedirectResponse("/dead-letters", 303)

    @router.get("/message/{number}", name="message")
    def message(request: Request, number: int, session: Annotated[Session, Depends(admin)]):
        found = desk.place.message(number) if 0 < number < LARGEST else None
        if found is None:
            raise HTTPException(404, "There is no such message.")
        note(session, "saw a message", str(number))
        text = found.raw.decode("utf-8", "replace").replace("\r", "\n")
        return desk.page(request, "message.html", session=session, message=found, text=text)

    @router.get("/users", name="users")
    def users(request: Request, session: Annotated[Session, Depends(admin)], wrong: str = ""):
        return desk.page(
            request, "users.html", session=session, users=desk.accounts.users(), roles=list(Role), wrong=wrong
        )

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
            told = {"users": desk.accounts.users(), "roles": list(Role), "wrong": str(problem)}
            return desk.page(request, "users.html", 422, session=session, **told)
        note(session, "made an account", name, role)
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
        desk.accounts.remove(name)
        note(session, "removed an account", name)
        return RedirectResponse("/users", 303)

    @router.get("/audit", name="audit")
    def audit(request: Request, session: Annotated[Session, Depends(admin)]):
        note(session, "saw the audit")
        return desk.page(
            request, "audit.html", session=session, lines=desk.audit.latest(), checked=desk.audit.verify()
        )

    return router
