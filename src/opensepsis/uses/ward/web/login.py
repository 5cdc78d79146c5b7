"""Logging in and out, and the page for those who are new."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.security.accounts import LONGEST
from opensepsis.uses.ward.web.guard import cookie_name


def keep_session(response: Response, request: Request, secret: str) -> None:
    """Gives the browser the session, as a cookie of this host alone that no other site's page can make it send."""
    scheme = request.url.scheme
    response.set_cookie(
        cookie_name(scheme),
        secret,
        max_age=LONGEST // SECOND,
        httponly=True,
        samesite="strict",
        secure=scheme == "https",
    )


def routes(desk) -> APIRouter:
    """The login, the logout and what sepsis is."""
    router = APIRouter()
    waiting = asyncio.Semaphore(4)  # hashing a password takes memory: only so many at once

    @router.get("/login", name="login")
    async def show(request: Request):
        return desk.page(request, "login.html", wrong=False)

    @router.post("/login", name="login")
    async def log_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]):
        async with waiting:
            secret = await asyncio.to_thread(
                desk.accounts.log_in,
                name[:200],
                password[:1000],
                desk.guard.now(),
                desk.guard.address(request.scope),
            )
        known = {user.name for user in desk.accounts.users()}
        who = name if name in known else "somebody unknown"
        desk.audit.note(desk.guard.now(), who, "logged in" if secret else "failed to log in")
        if secret is None:
            return desk.page(request, "login.html", 401, wrong=True)
        response = RedirectResponse("/", 303)
        keep_session(response, request, secret)
        return response

    @router.post("/logout", name="logout")
    async def log_out(request: Request, token: Annotated[str, Form()]):
        session = desk.guard.session(request)
        if session:
            desk.guard.check_token(session, token)
            desk.accounts.log_out(request.cookies[cookie_name(request.url.scheme)])
            desk.note(session, "logged out")
        response = RedirectResponse("/login", 303)
        secure = request.url.scheme == "https"  # else browsers keep a __Host- cookie
        response.delete_cookie(cookie_name(request.url.scheme), secure=secure)
        return response

    @router.get("/sepsis", name="sepsis")
    async def sepsis(request: Request):
        return desk.page(request, "sepsis.html", session=desk.guard.session(request))

    return router
