"""Subscriptions of other systems on alerts: `/fhir/Subscription`, its `$status` and `$events`, each with a reader's token."""

import secrets
from asyncio import to_thread
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from opensepsis.errors import OutputError
from opensepsis.uses.ward.notify.alert_events import notification, wanted_of
from opensepsis.uses.ward.notify.alert_subscriptions import AlertSubscriptions
from opensepsis.uses.ward.store.reader_subscriptions import REQUESTED, ReaderSubscription
from opensepsis.uses.ward.web.fhir_answers import JSON, outcome
from opensepsis.uses.ward.web.fhir_bodies import Refused, one_document
from opensepsis.uses.ward.web.fhir_reading import reader_of

MOST = 20  # of one reader
MOST_EVENTS = 1000


class SubscriptionRequests:
    """What a reader may do with Subscriptions of its own."""

    def __init__(self, context, telling: AlertSubscriptions):
        self.context, self.telling = context, telling

    def own(self, request: Request, reader: str) -> ReaderSubscription:
        """The one that an address names; Refused for another's."""
        name = request.path_params["name"]
        found = next((one for one in self.telling.kept.of(reader) if one.name == name), None)
        if found is None:
            raise Refused(404, "not-found", "There is no such Subscription.")
        return found

    def note(self, reader: str, what: str, name: str) -> None:
        """A line of the audit."""
        self.context.audit.note(
            self.context.guard.now(), f"system {reader}", what, detail=f"Subscription/{name}"
        )

    def create(self, request: Request, reader: str, raw: bytes) -> Response:
        """A new one; only what comes from now on are its events."""
        said, telling = one_document(raw), self.telling
        if said["resourceType"] != "Subscription":
            raise Refused(400, "invalid", "The URL and the resource do not match.")
        try:
            wanted_of(said)
        except OutputError as problem:
            raise Refused(422, "not-supported", str(problem)) from problem
        if len(telling.kept.of(reader)) >= MOST:
            raise Refused(422, "too-costly", f"A reader may have at most {MOST} Subscriptions.")
        now = telling.store.last_transition()
        one = ReaderSubscription(secrets.token_hex(12), reader, said, REQUESTED, now, now)
        telling.kept.add(one)
        telling.wake()
        self.note(reader, "subscribed to alerts", one.name)
        location = {"Location": f"{telling.base}/Subscription/{one.name}"}
        return JSONResponse(as_resource(one), 201, location, media_type=JSON)

    def read(self, request: Request, reader: str, raw: bytes) -> Response:
        """One as it stands."""
        return JSONResponse(as_resource(self.own(request, reader)), media_type=JSON)

    def every(self, request: Request, reader: str, raw: bytes) -> Response:
        """All of the reader's."""
        return _searchset([as_resource(one) for one in self.telling.kept.of(reader)])

    def remove(self, request: Request, reader: str, raw: bytes) -> Response:
        """Ends one."""
        one = self.own(request, reader)
        self.telling.kept.remove(one.name)
        self.note(reader, "ended a subscription to alerts", one.name)
        return outcome(200, "informational", "Removed.", "information")

    def status(self, request: Request, reader: str, raw: bytes) -> Response:
        """How it stands, and how many events there were."""
        one = self.own(request, reader)
        said = self._said(one, "query-status", [])
        return _searchset([said["entry"][0]["resource"]])

    def events(self, request: Request, reader: str, raw: bytes) -> Response:
        """The events of some numbers again, as they were told."""
        one = self.own(request, reader)
        first = _number(request, "eventsSinceNumber", 1)
        last = min(_number(request, "eventsUntilNumber", one.number), first + MOST_EVENTS - 1)
        self.note(reader, "read alerts", one.name)
        some = self.telling.events_of(one, first, last)
        return JSONResponse(self._said(one, "query-event", some), media_type=JSON)

    def _said(self, one: ReaderSubscription, kind: str, some: list) -> dict:
        wanted = wanted_of(one.said)
        return notification(one.name, self.telling.base, wanted, one.status, kind, one.number, some)


def routes(context) -> list[Route]:
    """The addresses; none where nobody knows how the ward is reached."""
    telling: AlertSubscriptions | None = context.settings.alert_subscriptions
    if telling is None:
        return []
    mine = SubscriptionRequests(context, telling)

    def route(path: str, work: Callable[[Request, str, bytes], Response], method: str, name: str) -> Route:
        async def answer(request: Request) -> Response:
            try:
                reader, raw = reader_of(context, request), await request.body()
                return await to_thread(work, request, reader, raw)
            except Refused as problem:
                return outcome(problem.status, problem.code, problem.words)

        return Route(f"/fhir/Subscription{path}", answer, methods=[method], name=name)

    return [
        route("", mine.create, "POST", "fhir_subscribe"),
        route("", mine.every, "GET", "fhir_subscriptions"),
        route("/{name}", mine.read, "GET", "fhir_subscription"),
        route("/{name}", mine.remove, "DELETE", "fhir_unsubscribe"),
        route("/{name}/$status", mine.status, "GET", "fhir_subscription_status"),
        route("/{name}/$events", mine.events, "GET", "fhir_subscription_events"),
    ]


def _searchset(found: list[dict]) -> Response:
    entries = [{"resource": one, "search": {"mode": "match"}} for one in found]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    return JSONResponse(bundle | ({"entry": entries} if entries else {}), media_type=JSON)


def as_resource(one: ReaderSubscription) -> dict:
    """A Subscription as its reader sees it: without the headers, which may hold a secret."""
    channel = {name: value for name, value in one.said["channel"].items() if name != "header"}
    return one.said | {"id": one.name, "status": one.status, "channel": channel}


def _number(request: Request, name: str, usual: int) -> int:
    value = request.query_params.get(name, str(usual))
    if not (value.isascii() and value.isdecimal()) or len(value) > 12:
        raise Refused(400, "invalid", f"{name} must be a whole number.")
    return int(value)
