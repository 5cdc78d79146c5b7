"""Launched from the patient's record: signed on by it, and on the page of the patient it shows."""

from fastapi import APIRouter, HTTPException, Request

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security.openid import PendingLogins, SignOnRefused
from opensepsis.uses.ward.security.smart import SmartProvider
from opensepsis.uses.ward.web.login import forget_cookie, keep_session
from opensepsis.uses.ward.web.single_sign_on import refused, sent_away

BEGUN = "opensepsis_ward_launch"
PATH = "/smart"


def routes(context) -> APIRouter:
    """The launch, and the way back from the record system's sign-on."""
    router = APIRouter(prefix=PATH)
    providers = {
        one.server.rstrip("/"): SmartProvider(one, context.settings.address) for one in context.settings.smart
    }
    pending = PendingLogins()

    @router.get("/launch", name="smart_launch")
    async def launch(request: Request, iss: str = "", launch: str = ""):
        server = iss.rstrip("/")
        provider = providers.get(server)
        if provider is None:
            raise HTTPException(403, "This EHR may not launch the ward.")
        one = pending.begin(context.guard.now(), server)
        try:
            address = await provider.launch_address(one, launch[:4000])
        except SignOnRefused as problem:
            return refused(context, request, "", str(problem), 502)
        return sent_away(request, address, one, BEGUN, PATH, context.settings.is_embedded)

    @router.get("/answer", name="smart_answer")
    async def answer(request: Request):
        said = {name: value[:4000] for name, value in request.query_params.items()}
        now = context.guard.now()
        begun = pending.take(said.get("state", ""), request.cookies.get(BEGUN, ""), now)
        name = ""
        try:
            if begun is None:
                raise SignOnRefused(
                    "This launch was not started in this browser, took longer than ten minutes, or is already complete."
                )
            provider = providers[begun.about]
            known, patient = await provider.launched(said, begun, now)
            name, smart = known.name, provider.smart
            secret = context.accounts.sign_on(known.issuer, known.subject, name, smart.role, smart.wards, now)
        except AccountError as problem:
            return refused(context, request, name, str(problem))
        user = context.accounts.session(secret, now).user
        context.audit.note(
            now, user.name, "logged in", detail=f"launched from the record, {user.role.name.lower()}"
        )
        bed = context.place.bed_of(smart.feed, patient)
        seen = bed if bed is not None and (user.wards is None or bed.ward in user.wards) else None
        to = f"/patient/{seen.key}" if seen else "/"
        response = context.page(request, "signed_on.html", to=to, missing=seen is None)
        keep_session(response, request, secret, context.settings.is_embedded)
        forget_cookie(response, request, BEGUN, PATH, context.settings.is_embedded)
        return response

    return router
