"""Logging in and out, and the page for those who are new."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.security.accounts import LONGEST
from opensepsis.uses.ward.web.guard import cookie_name

Site = Literal["lax", "strict"]


def keep_session(response: Response, request: Request, secret: str, embedded: bool) -> None:
    """Gives the browser the session, as a cookie of this host alone that no other site's page can make it send."""
    keep_cookie(response, request, cookie_name(request.url.scheme), secret, LONGEST, "strict", "/", embedded)


def keep_cookie(
    response: Response,
    request: Request,
    name: str,
    value: str,
    lasting: int,
    site: Site,
    path: str,
    embedded: bool,
) -> None:
    """A cookie that scripts cannot read; within a record system's page one that the browser keeps apart for that page."""
    secure = request.url.scheme == "https"
    apart = embedded and secure  # a browser keeps no such cookie without TLS
    response.set_cookie(
        name, value, max_age=lasting // SECOND, httponly=True, samesite="none" if apart else site, secure=secure, path=path
    )  # fmt: skip
    if apart:
        head, said = response.raw_headers[-1]
        response.raw_headers[-1] = head, said + b"; Partitioned"


def forget_cookie(response: Response, request: Request, name: str, path: str, embedded: bool) -> None:
    """Takes a cookie back; a browser lets go of one that is kept apart only if that is said as it was set."""
    keep_cookie(response, request, name, "", 0, "lax", path, embedded)


def routes(context) -> APIRouter:
    """The login, the logout and what sepsis is."""
    router = APIRouter()
    waiting = asyncio.Semaphore(4)  # hashing a password takes memory: only so many at once

    @router.get("/login", name="login")
    async def show(request: Request):
        return context.page(request, "login.html", wrong=False)

    @router.post("/login", name="login")
    async def log_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]):
        async with waiting:
            secret = await asyncio.to_thread(
                context.accounts.log_in,
                name[:200],
                password[:1000],
                context.guard.now(),
                context.guard.address(request.scope),
            )
        known = {user.name for user in context.accounts.users()}
        who = name if name in known else "somebody unknown"
        context.audit.note(context.guard.now(), who, "logged in" if secret else "failed to log in")
        if secret is None:
            return context.page(request, "login.html", 401, wrong=True)
        response = RedirectResponse("/", 303)
        keep_session(response, request, secret, context.settings.is_embedded)
        return response

    @router.post("/logout", name="logout")
    async def log_out(request: Request, token: Annotated[str, Form()]):
        session = context.guard.session(request)
        if session:
            context.guard.check_token(session, token)
            context.accounts.log_out(request.cookies[cookie_name(request.url.scheme)])
            context.note(session, "logged out")
        response = RedirectResponse("/login", 303)
        forget_cookie(response, request, cookie_name(request.url.scheme), "/", context.settings.is_embedded)
        return response

    @router.get("/sepsis", name="sepsis")
    async def sepsis(request: Request):
        return context.page(request, "sepsis.html", session=context.guard.session(request))

    return router
