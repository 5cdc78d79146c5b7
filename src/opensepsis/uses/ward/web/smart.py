"""Launched from the patient's record: signed on by it, and on the page of the patient it shows."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.security.openid import PENDING_FOR, PendingLogins, SignOnRefused
from opensepsis.uses.ward.security.smart import SmartProvider
from opensepsis.uses.ward.web.login import keep_session
from opensepsis.uses.ward.web.single_sign_on import refused

BEGUN = "opensepsis_ward_launch"
PATH = "/smart"


def routes(desk) -> APIRouter:
    """The launch, and the way back from the record system's sign-on."""
    router = APIRouter(prefix=PATH)
    providers = {
        one.server.rstrip("/"): SmartProvider(one, desk.settings.address) for one in desk.settings.smart
    }
    pending, launched_at = PendingLogins(), {}

    @router.get("/launch", name="smart_launch")
    async def launch(request: Request, iss: str = "", launch: str = ""):
        provider = providers.get(iss.rstrip("/"))
        if provider is None:
            raise HTTPException(403, "This record system may not launch the ward.")
        one = pending.begin(desk.guard.now())
        try:
            address = await provider.launch_address(one, launch[:4000])
        except SignOnRefused as problem:
            return refused(desk, request, "", str(problem), 502)
        launched_at[one.state] = provider
        while len(launched_at) > 1000:
            del launched_at[next(iter(launched_at))]
        response = RedirectResponse(address, 303)
        response.set_cookie(
            BEGUN,
            one.browser,
            max_age=PENDING_FOR // SECOND,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
            path=PATH,
        )
        return response

    @router.get("/answer", name="smart_answer")
    async def answer(request: Request):
        said = {name: value[:4000] for name, value in request.query_params.items()}
        now, state = desk.guard.now(), said.get("state", "")
        begun, provider = (
            pending.take(state, request.cookies.get(BEGUN, ""), now),
            launched_at.pop(state, None),
        )
        name = ""
        try:
            if begun is None or provider is None:
                raise SignOnRefused(
                    "This launch was not begun in this browser, took longer than ten minutes, or is over."
                )
            known, patient = await provider.launched(said, begun, now)
            name, smart = known.name, provider.smart
            secret = desk.accounts.sign_on(known.issuer, known.subject, name, smart.role, smart.wards, now)
        except AccountError as problem:
            return refused(desk, request, name, str(problem))
        user = desk.accounts.session(secret, now).user
        desk.audit.note(
            now, user.name, "logged in", detail=f"launched from the record, {user.role.name.lower()}"
        )
        bed = desk.place.bed_of(smart.feed, patient)
        seen = bed is not None and (user.wards is None or bed.ward in user.wards)
        response = desk.page(
            request, "signed_on.html", to=f"/patient/{bed.key}" if seen else "/", missing=not seen
        )
        keep_session(response, request, secret)
        response.delete_cookie(BEGUN, path=PATH, secure=request.url.scheme == "https")
        return response

    return router
