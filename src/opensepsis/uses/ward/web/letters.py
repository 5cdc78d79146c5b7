"""For administrators: messages as they came, those that could not be read, and alerts that could not be delivered."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import OutputError
from opensepsis.uses.ward.decode.hl7.header import charset, decoded, read_header
from opensepsis.uses.ward.security.accounts import Role, Session

LARGEST = 2**63  # no number in a database is larger
LONGEST_SHOWN = 4096  # bytes of a message in the list; a longer one is mended on its own page


def in_text(raw: bytes) -> str:
    """A message as a person reads it, in the characters that its header names."""
    header = read_header(raw)
    text = decoded(raw, header)[0] if header else raw.decode("utf-8", "replace")
    return text.replace("\r", "\n")


def in_bytes(text: str) -> bytes:
    """A message that a person wrote, in the characters that its header names."""
    letters = _letters(text.encode("utf-8", "replace"))
    try:
        return text.encode(letters)
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _letters(raw: bytes) -> str:
    header = read_header(raw)
    return (charset(header) if header else None) or "utf-8"


def routes(context) -> APIRouter:
    """Pages that only administrators see."""
    router = APIRouter()
    admin = context.guard.needs(Role.ADMIN)

    @router.get("/dead-letters", name="dead_letters")
    def dead_letters(request: Request, session: Annotated[Session, Depends(admin)]):
        context.note(session, "saw the dead letters")
        found = context.place.dead_letters(LONGEST_SHOWN + 1)
        letters = [(m, p, in_text(m.raw[:LONGEST_SHOWN])) for m, p in found]
        told = {"letters": letters, "undelivered": context.place.undelivered(), "longest": LONGEST_SHOWN}
        return context.page(request, "dead_letters.html", session=session, **told)

    @router.post("/dead-letters/{number}", name="reprocess")
    def reprocess(
        number: int,
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        raw: Annotated[str, Form()],
    ):
        context.guard.check_token(session, token)
        if not 0 < number < LARGEST:
            raise HTTPException(404, "There is no such message.")
        mended = in_bytes(raw.replace("\r\n", "\n").replace("\n", "\r"))
        try:
            context.place.reprocess(number, mended, session.user.name)
        except OutputError as problem:
            raise HTTPException(409, str(problem)) from problem
        context.note(session, "reprocessed a message", str(number))
        return RedirectResponse("/dead-letters", 303)

    @router.post("/undelivered/{outlet}/{number}", name="deliver_again")
    def deliver_again(
        outlet: str, number: int, session: Annotated[Session, Depends(admin)], token: Annotated[str, Form()]
    ):
        context.guard.check_token(session, token)
        if not 0 < number < LARGEST or not context.place.deliver_again(outlet, number):
            raise HTTPException(404, "There is no such notification.")
        context.note(session, "delivers an alert again", str(number), outlet)
        return RedirectResponse("/dead-letters", 303)

    @router.get("/message/{number}", name="message")
    def message(request: Request, number: int, session: Annotated[Session, Depends(admin)]):
        found = context.place.message(number) if 0 < number < LARGEST else None
        if found is None:
            raise HTTPException(404, "There is no such message.")
        context.note(session, "saw a message", str(number))
        dead = context.place.is_dead(number)
        return context.page(
            request, "message.html", session=session, message=found, text=in_text(found.raw), dead=dead
        )

    return router
