"""Signing on at the hospital's own provider (OpenID Connect)."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.openid import (
    PENDING_FOR,
    OpenID,
    Pending,
    PendingLogins,
    Provider,
    SignOnRefused,
    role_of,
)
from opensepsis.uses.ward.web.login import forget_cookie, keep_cookie, keep_session

BEGUN = "opensepsis_ward_sign_on"  # proves that the browser that comes back is the one that began
PATH = "/login/openid"
NO_GROUP = "You have signed on, but none of your groups may use this ward. Ask an administrator of the ward which group you need."


def routes(context) -> APIRouter:
    """The way to the provider and back."""
    router = APIRouter(prefix=PATH)
    openid: OpenID = context.settings.openid
    provider, pending = Provider(openid), PendingLogins()

    @router.get("", name="sign_on")
    async def begin(request: Request):
        one = pending.begin(context.guard.now())
        try:
            address = await provider.address_for(one)
        except SignOnRefused as problem:
            return refused(context, request, "", str(problem), 502)
        return sent_away(request, address, one, BEGUN, PATH, context.settings.is_embedded)

    @router.get("/answer", name="sign_on_answer")
    async def answer(request: Request):
        said = {name: value[:4000] for name, value in request.query_params.items()}
        now = context.guard.now()
        begun = pending.take(said.get("state", ""), request.cookies.get(BEGUN, ""), now)
        name = ""
        try:
            if begun is None:
                raise SignOnRefused(
                    "This sign-on was not started in this browser, took longer than ten minutes, or is already complete."
                )
            known = await provider.known(said, begun, now)
            name = known.name
            held = role_of(openid, known.groups)
            if held is None:
                raise SignOnRefused(NO_GROUP)
            secret = context.accounts.sign_on(known.issuer, known.subject, name, *held, now)
        except AccountError as problem:
            return refused(context, request, name, str(problem))
        user = context.accounts.session(secret, now).user
        context.audit.note(now, user.name, "logged in", detail=f"single sign-on, {user.role.name.lower()}")
        # a page of our own, not a redirect: a strict cookie is not sent where another site led
        response = context.page(request, "signed_on.html")
        keep_session(response, request, secret, context.settings.is_embedded)
        forget_cookie(response, request, BEGUN, PATH, context.settings.is_embedded)
        return response

    return router


def sent_away(
    request: Request, address: str, begun: Pending, cookie: str, path: str, embedded: bool
) -> Response:
    """Sends the browser to a provider, with a cookie by which it is known when it comes back to a path."""
    response = RedirectResponse(address, 303)
    # lax: the provider's page leads back here
    keep_cookie(response, request, cookie, begun.browser, PENDING_FOR, "lax", path, embedded)
    return response


def refused(context, request: Request, name: str, why: str, status: int = 403) -> Response:
    """The login page, with why nobody was let in; the audit has it too."""
    context.audit.note(
        context.guard.now(), name or "somebody unknown", "failed to log in", detail=f"single sign-on: {why}"
    )
    return context.page(request, "login.html", status, wrong=False, refused=why)
