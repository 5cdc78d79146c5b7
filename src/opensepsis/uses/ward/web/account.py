"""One's own account: another password."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.accounts import Role, Session


def routes(context) -> APIRouter:
    """The page of one's account."""
    router = APIRouter(prefix="/account")
    viewer = context.guard.needs(Role.VIEWER)

    def has_password(session: Session) -> bool:
        """Whether the password is kept here, and not where the user signs on."""
        return not context.accounts.signs_on_elsewhere(session.user.name)

    @router.get("", name="account")
    def show(request: Request, session: Annotated[Session, Depends(viewer)]):
        return context.page(request, "account.html", session=session, has_password=has_password(session))

    @router.post("/password", name="change_password")
    async def change(
        request: Request,
        session: Annotated[Session, Depends(viewer)],
        token: Annotated[str, Form()],
        password: Annotated[str, Form()],
        new: Annotated[str, Form()],
        again: Annotated[str, Form()],
    ):
        context.guard.check_token(session, token)
        if not has_password(session):
            raise HTTPException(
                422, "Your password is managed by the provider at which you sign on. Change it there."
            )
        try:
            if new != again:
                raise AccountError("The two new passwords differ.")
            now, address = context.guard.now(), context.guard.address(request.scope)
            await asyncio.to_thread(
                context.accounts.change_password, session.user.name, password[:1000], new[:1000], now, address
            )
        except AccountError as problem:
            context.note(session, "failed to change the password")
            told = {"session": session, "has_password": True, "wrong": str(problem)}
            return context.page(request, "account.html", 422, **told)
        context.note(session, "changed the password")
        return RedirectResponse("/login", 303)

    return router
