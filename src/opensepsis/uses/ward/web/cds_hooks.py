"""CDS Hooks 2.0: discovery, three services and their feedback."""

import asyncio
import logging
from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.cds.cards import SERVICES, card, discovery
from opensepsis.uses.ward.cds.clients import CdsClient, CdsHooks, TrustedCallers, Untrusted
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.store.cards import ACCEPTED, OVERRIDDEN, Feedback
from opensepsis.uses.ward.web.guard import bearer_token
from opensepsis.uses.ward.web.words import clock_in

logger = logging.getLogger("opensepsis.ward.web")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_PATIENT = "The patient is not given: prefetch `patient`, as the discovery endpoint requests."


class Unreadable(Exception):
    """A request that says not what it must; the words name what is missing."""


def routes(context) -> APIRouter:
    """The services; there are none unless record systems are named that may call."""
    router = APIRouter(prefix="/cds-services")
    hooks: CdsHooks = context.settings.cds_hooks
    trusted = TrustedCallers(hooks, context.guard.now() // SECOND)
    cards, clock = context.cards, clock_in(context.settings.zone)

    @router.get("", name="cds_discovery")
    async def discover():
        return discovery()

    @router.post("/{service}", name="cds_service")
    async def call(request: Request, service: str):
        return await answered(request, service, service, give)

    @router.post("/{service}/feedback", name="cds_feedback")
    async def feed_back(request: Request, service: str):
        return await answered(request, service, f"{service}/feedback", keep)

    async def answered(request: Request, service: str, endpoint: str, act) -> Response:
        if service not in SERVICES:
            return _said(404, "There is no such service.")
        try:
            now = context.guard.now() // SECOND
            caller = await trusted.caller(
                bearer_token(request.headers.get("authorization", "")), hooks.endpoint(endpoint), now
            )
            return await act(service, caller, _object(await request.body()))
        except Untrusted as problem:
            logger.warning("A call of a CDS Hooks service was refused (%s).", problem)
            return _said(401, "Not authorized.")
        except Unreadable as problem:
            return _said(400, str(problem))

    async def give(service: str, caller: CdsClient, said: dict) -> Response:
        if said.get("hook") != SERVICES[service].hook or not said.get("hookInstance"):
            raise Unreadable(f"This service needs a hookInstance, and the hook {SERVICES[service].hook}.")
        bed = context.place.bed_of(caller.feed, orjson.dumps(_patient(said)))
        if bed is None and not (said.get("prefetch") or {}).get("patient"):
            return _said(412, NO_PATIENT)
        alert = bed.alert if bed is not None and SERVICES[service].card_for(bed) else None
        if bed is None or alert is None or context.place.is_silent(bed.ward):
            return JSONResponse({"cards": []})
        made = card(bed, alert, hooks.address, clock)
        what = (made["uuid"], service, bed.key, alert.number, caller.issuer, context.guard.now())
        await asyncio.to_thread(cards.shown, *what)
        await asyncio.to_thread(
            context.audit.note,
            context.guard.now(),
            f"record system {caller.issuer}",
            "was given a card",
            bed.key,
            service,
        )
        return JSONResponse({"cards": [made]})

    async def keep(service: str, caller: CdsClient, said: dict) -> Response:
        listed = said.get("feedback")
        if not isinstance(listed, list) or not listed:
            raise Unreadable("The feedback must be a list in `feedback`.")
        unknown = await asyncio.to_thread(
            cards.note, service, caller.issuer, [_feedback(one) for one in listed]
        )
        if unknown == len(listed):
            return _said(404, "There is no such card.")
        return Response(status_code=200)

    return router


def _object(body: bytes) -> dict:
    try:
        said = orjson.loads(body)
    except ValueError as problem:
        raise Unreadable("The body is not JSON.") from problem
    if not isinstance(said, dict) or not isinstance(said.get("prefetch") or {}, dict):
        raise Unreadable("The body is not an object, or its prefetch is not an object.")
    return said


def _patient(said: dict) -> dict:
    """The Patient whom the call is about: prefetched, else by its id alone; Unreadable when the two differ."""
    context = said.get("context")
    asked = context.get("patientId") if isinstance(context, dict) else None
    if not isinstance(asked, str) or not asked:
        raise Unreadable("The context has no patientId.")
    told = (said.get("prefetch") or {}).get("patient")
    if told is None:
        return {"resourceType": "Patient", "id": asked}
    if not isinstance(told, dict) or told.get("resourceType") != "Patient" or told.get("id", asked) != asked:
        raise Unreadable("The prefetched patient is not the patient of the context.")
    return told | {"id": asked}


def _feedback(said: object) -> Feedback:
    if not isinstance(said, dict) or said.get("outcome") not in (ACCEPTED, OVERRIDDEN):
        raise Unreadable("An outcome must be accepted or overridden.")
    why = said.get("overrideReason")
    why = why if isinstance(why, dict) else {}
    reason = why.get("reason")
    reason = reason if isinstance(reason, dict) else {}
    try:
        time = to_microseconds(datetime.fromisoformat(str(said["outcomeTimestamp"])) - _EPOCH)
    except (KeyError, TypeError, ValueError) as problem:
        raise Unreadable("Each feedback needs an outcomeTimestamp with a time zone offset.") from problem
    return Feedback(
        str(said.get("card", "")),
        said["outcome"],
        str(reason.get("code", "")),
        str(why.get("userComment", "")),
        time,
    )


def _said(status: int, words: str) -> JSONResponse:
    return JSONResponse({"detail": words}, status)
