"""FHIR over HTTP: kept before it is answered. A feed proves itself by its token; it is told what was kept, and nothing else."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import cast

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from opensepsis.uses.ward.model.messages import AGAIN
from opensepsis.uses.ward.web.capability import capability
from opensepsis.uses.ward.web.fhir_answers import (
    ANSWERED,
    DELETABLE,
    JSON,
    Judged,
    bundle_of,
    judged,
    outcome,
)
from opensepsis.uses.ward.web.fhir_bodies import Line, Refused, in_lines, one_document, unpacked_body
from opensepsis.uses.ward.web.fhir_names import Name, name_of, name_of_deletion, name_of_lines
from opensepsis.uses.ward.web.guard import bearer_token

LARGE = 200_000  # bytes
LINES = 100  # of an NDJSON body in one message
NOT_KEPT = Judged(503, "transient", "It could not be stored. Send it again.")


class Intake:
    """What a feed posts, on its way into the store."""

    def __init__(self, context):
        self.context = context

    def feed_of(self, request: Request) -> str:
        """The feed whose token a request carries; Refused without one."""
        secret = bearer_token(request.headers.get("authorization", ""))
        feed = self.context.accounts.feed_of(secret) if secret else None
        if feed is None:
            raise Refused(401, "login", "A feed token is required.")
        return feed

    async def keep(self, feed: str, name: Name, raw: bytes) -> bool:
        """Keeps a message durably; False for a duplicate."""
        try:
            return await self.context.place.receive_soon(
                feed, "fhir", name.key, raw, name.may_return, name.resources
            )
        except Exception as problem:  # the sender must know that it was not kept, and nothing else
            raise Refused(NOT_KEPT.status, NOT_KEPT.code, NOT_KEPT.words) from problem

    async def take(self, request: Request, kind: str = "", name: str = "") -> JSONResponse:
        """One resource, a Bundle or lines of resources."""
        feed = self.feed_of(request)
        encoding = request.headers.get("content-encoding", "")
        raw = unpacked_body(await request.body(), encoding, self.context.settings.largest_body)
        form = request.headers.get("content-type", "")
        lines = await _beside(in_lines, raw, raw, form)
        if lines is not None:
            return bundle_of("batch-response", await self.take_lines(feed, lines, kind))
        said = await _beside(one_document, raw, raw)
        if (kind and said["resourceType"] != kind) or (name and said.get("id") != name):
            raise Refused(400, "invalid", "The URL and the resource do not match.")
        if said["resourceType"] == "Bundle" and said.get("type") in ANSWERED:
            return await self.take_entries(feed, said, raw)
        fresh = await self.keep(feed, await _beside(name_of, raw, said, raw), raw)
        return outcome(
            201 if fresh else 200, "informational", "Kept." if fresh else "Kept before.", "information"
        )

    async def take_entries(self, feed: str, said: dict, raw: bytes) -> JSONResponse:
        """A transaction whole or not at all; of a batch each entry by itself."""
        entries = said.get("entry")
        found = await _beside(_all_judged, raw, entries if isinstance(entries, list) else ())
        refused = [number for number, one in enumerate(found) if one.refused]
        if said["type"] == "transaction" and refused:
            first = found[refused[0]]
            return outcome(first.status, first.code, f"Nothing was stored. {first.words}", at=refused)
        await self.keep(feed, await _beside(name_of, raw, said, raw), raw)
        return await _beside(bundle_of, raw, ANSWERED[said["type"]], found)

    async def take_lines(self, feed: str, lines: list[Line], kind: str) -> list[Judged]:
        """Lines in their order, many in one message; one that cannot be kept does not hide the others."""
        found = [_judged_line(line, kind) for line in lines]
        for numbers in _chunks([number for number, one in enumerate(found) if not one.refused]):
            raw = b"\n".join(lines[number].raw for number in numbers)
            try:
                said = [cast(dict, lines[number].said) for number in numbers]
                await self.keep(feed, name_of_lines(said, raw), raw)
            except Refused:
                for number in numbers:
                    found[number] = NOT_KEPT
        return found

    async def delete(self, request: Request, kind: str, name: str) -> JSONResponse:
        """A resource that its sender deletes."""
        feed = self.feed_of(request)
        if kind not in DELETABLE:
            raise Refused(405, "not-supported", "The ward does not delete this; a person must resolve it.")
        entry = {"request": {"method": "DELETE", "url": f"{kind}/{name}"}}
        said = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
        named = name_of_deletion(kind, name, f"{AGAIN}{self.context.place.now()}")
        await self.keep(feed, named, orjson.dumps(said))
        return outcome(200, "informational", "Kept.", "information")


async def _beside(work: Callable, raw: bytes, *about):
    """Work on a body: of a large one in a thread, so that it holds up no other request and no feed."""
    return await to_thread(work, *about) if len(raw) > LARGE else work(*about)


def _all_judged(entries: Iterable) -> list[Judged]:
    return [judged(entry) for entry in entries]


async def _answered(work: Awaitable[JSONResponse]) -> JSONResponse:
    try:
        return await work
    except Refused as problem:
        return outcome(problem.status, problem.code, problem.words)


def routes(context) -> list[Route]:
    """`POST /fhir` for bundles and NDJSON, `POST /fhir/{kind}`, `PUT` and `DELETE /fhir/{kind}/{name}` for one resource.

    Plain routes: hundreds of single resources come in a second, and each would be matched against every page.
    """
    intake = Intake(context)

    async def metadata(request: Request):
        return JSONResponse(capability(context.settings.alert_subscriptions is not None), media_type=JSON)

    async def take(request: Request):
        return await _answered(intake.take(request, **request.path_params))

    async def delete(request: Request):
        return await _answered(intake.delete(request, **request.path_params))

    return [
        Route("/fhir/{kind}", take, methods=["POST"], name="fhir_create"),
        Route("/fhir/{kind}/{name}", take, methods=["PUT"], name="fhir_update"),
        Route("/fhir", take, methods=["POST"], name="fhir_bundle"),
        Route("/fhir/metadata", metadata, methods=["GET"], name="fhir_metadata"),
        Route("/fhir/{kind}/{name}", delete, methods=["DELETE"], name="fhir_delete"),
    ]


def _judged_line(line: Line, kind: str) -> Judged:
    if line.said is None:
        return Judged(400, "structure", line.words)
    if kind and line.said["resourceType"] != kind:
        return Judged(400, "invalid", "The URL and the resource do not match.")
    name = line.said.get("id")
    return Judged(201, location=f"{line.said['resourceType']}/{name}" if name else "")


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[at : at + LINES] for at in range(0, len(numbers), LINES))
