"""FHIR over HTTP: kept before it is answered. A feed proves itself by its token; nothing is answered but whether it was kept."""

import asyncio
from hashlib import sha256

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from opensepsis.uses.ward.reading.fhir import key_of


def routes(desk) -> APIRouter:
    """`POST /fhir` for bundles, `POST /fhir/{kind}` and `PUT /fhir/{kind}/{name}` for one resource."""
    router = APIRouter()

    async def keep(request: Request, kind: str = "", name: str = "") -> JSONResponse:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        feed = desk.accounts.feed_of(secret.strip()) if scheme.lower() == "bearer" and secret else None
        if feed is None:
            return _outcome(401, "login", "A feed's token is needed.")
        raw = await request.body()
        try:
            said = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return _outcome(400, "structure", "The body is no JSON.")
        if not isinstance(said, dict) or not isinstance(said.get("resourceType"), str):
            return _outcome(400, "structure", "The body is no FHIR resource.")
        if (kind and said["resourceType"] != kind) or (name and said.get("id") != name):
            return _outcome(400, "invalid", "The address and the resource do not agree.")
        key = key_of(said) if said["resourceType"] != "Bundle" and said.get("id") else sha256(raw).hexdigest()
        try:
            fresh = await asyncio.to_thread(desk.place.receive, feed, "fhir", key, raw)
        except Exception:  # the sender must know that it was not kept, and nothing else
            return _outcome(503, "transient", "It could not be kept. Send it again.")
        return _outcome(
            201 if fresh else 200, "informational", "Kept." if fresh else "Kept before.", "information"
        )

    @router.post("/fhir", name="fhir_bundle")
    async def bundle(request: Request):
        return await keep(request)

    @router.post("/fhir/{kind}", name="fhir_create")
    async def create(request: Request, kind: str):
        return await keep(request, kind)

    @router.put("/fhir/{kind}/{name}", name="fhir_update")
    async def update(request: Request, kind: str, name: str):
        return await keep(request, kind, name)

    return router


def _outcome(status: int, code: str, words: str, severity: str = "error") -> JSONResponse:
    issue = {"severity": severity, "code": code, "diagnostics": words}
    return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, status)
