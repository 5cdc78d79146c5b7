"""Alerts for other systems to read, as FHIR: Flag, RiskAssessment, DetectedIssue and Communication.

What only was recorded (silent mode) is not there. A parameter that is not known is refused: to ignore one could give another
patient's alerts.
"""

from asyncio import to_thread
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.notify.alert_events import KINDS
from opensepsis.uses.ward.notify.fhir import detected_issue, resources
from opensepsis.uses.ward.notify.webhook import iso
from opensepsis.uses.ward.web.fhir_answers import JSON, outcome
from opensepsis.uses.ward.web.fhir_bodies import Refused
from opensepsis.uses.ward.web.guard import bearer_token

PEOPLE = ("patient:identifier", "subject:identifier", "patient.identifier", "subject.identifier")
PARAMETERS = (*PEOPLE, "_id", "_lastUpdated", "_count", "_offset", "status")
MOST, USUAL = 200, 50
PREFIXES: dict[str, Callable[[datetime, datetime], bool]] = {
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
    "eq": lambda a, b: a == b,
}


@dataclass(frozen=True)
class Readable:
    """A resource and when it last changed."""

    resource: dict
    changed: int

    def as_json(self) -> dict:
        """The resource with the time of its last change."""
        return self.resource | {"meta": {"lastUpdated": iso(self.changed)}}


class Alerts:
    """Every alert that was told, as resources by kind and id; what is new is added at each look."""

    def __init__(self, changes_after: Callable[[int], Iterable[Transition]]):
        self._after, self._seen, self._looking = changes_after, 0, Lock()
        self._history: dict[tuple[str, int], list[Transition]] = {}
        self._made: dict[str, dict[str, Readable]] = {kind: {} for kind in KINDS}

    def of_kind(self, kind: str) -> list[Readable]:
        """The resources of a kind, those that changed last first."""
        with self._looking:
            for change in self._after(self._seen):
                self._seen += 1
                if change.spoken:
                    self._add(change)
            return sorted(self._made[kind].values(), key=lambda one: (-one.changed, one.resource["id"]))

    def _add(self, change: Transition) -> None:
        history = self._history.setdefault((change.patient, change.alert), [])
        history.append(change)
        for resource in (*resources(change, tuple(history)), detected_issue(tuple(history))):
            self._made[resource["resourceType"]][resource["id"]] = Readable(resource, change.time)


def reader_of(context, request: Request) -> str:
    """The system whose token a request carries; Refused without one."""
    secret = bearer_token(request.headers.get("authorization", ""))
    reader = context.accounts.reader_of(secret) if secret else None
    if reader is None:
        raise Refused(401, "login", "A read-only token is required.")
    return reader


def routes(context) -> list[Route]:
    """`GET /fhir/{kind}` and `GET /fhir/{kind}/{name}`, for systems with a token of their own."""
    alerts = Alerts(context.place.changes_after)

    def found(request: Request, kind: str) -> tuple[str, list[Readable]]:
        reader = reader_of(context, request)
        if kind not in KINDS:
            raise Refused(404, "not-supported", f"The ward serves {', '.join(KINDS)}.")
        return reader, alerts.of_kind(kind)

    def search(request: Request) -> Response:
        kind = request.path_params["kind"]
        reader, every = found(request, kind)
        said = [(name, value) for name, value in request.query_params.multi_items() if name != "_format"]
        some = chosen(every, kind, said)
        context.audit.note(context.guard.now(), f"system {reader}", "read alerts", detail=kind)
        return JSONResponse(searchset(some, kind, dict(said)), media_type=JSON)

    def read(request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["name"]
        reader, every = found(request, kind)
        one = next((one for one in every if one.resource["id"] == name), None)
        context.audit.note(
            context.guard.now(), f"system {reader}", "read an alert", detail=f"{kind}/{name}"[:200]
        )
        if one is None:
            raise Refused(404, "not-found", "There is no such resource.")
        return JSONResponse(one.as_json(), media_type=JSON, headers={"Last-Modified": iso(one.changed)})

    def answering(work: Callable[[Request], Response]):
        async def answer(request: Request) -> Response:
            try:
                return await to_thread(work, request)
            except Refused as problem:
                return outcome(problem.status, problem.code, problem.words)

        return answer

    return [
        Route("/fhir/{kind}", answering(search), methods=["GET"], name="fhir_search"),
        Route("/fhir/{kind}/{name}", answering(read), methods=["GET"], name="fhir_read"),
    ]


def chosen(every: list[Readable], kind: str, said: list[tuple[str, str]]) -> list[Readable]:
    """The resources that fit every parameter; Refused for one that is not known or cannot be read."""
    for name, value in said:
        if name not in PARAMETERS:
            raise Refused(400, "not-supported", f"The parameter is not one of {', '.join(PARAMETERS)}.")
        if name in PEOPLE:
            every = [one for one in every if _is_of(one.resource, value)]
        elif name == "_id":
            every = [one for one in every if one.resource["id"] in value.split(",")]
        elif name == "status":
            every = [one for one in every if one.resource["status"] in value.split(",")]
        elif name == "_lastUpdated":
            every = [one for one in every if _fits(one.changed, value)]
    return every


def fits(resource: dict, said: list[tuple[str, str]]) -> bool:
    """Whether a resource of an alert fits the parameters of a Subscription (a status, a patient's identifier)."""
    return all(
        resource["status"] in value.split(",") if name == "status" else _is_of(resource, value)
        for name, value in said
    )


def searchset(every: list[Readable], kind: str, said: Mapping[str, str]) -> dict:
    """A page of what was found, with a link to the next."""
    count, offset = _number(said, "_count", USUAL), _number(said, "_offset", 0)
    count = min(count, MOST)
    page = every[offset : offset + count]
    links = [{"relation": "self", "url": f"{kind}?{urlencode(said)}"}]
    if count and offset + count < len(every):
        onward = {**said, "_count": count, "_offset": offset + count}
        links.append({"relation": "next", "url": f"{kind}?{urlencode(onward)}"})
    entries = [
        {"fullUrl": f"{kind}/{one.resource['id']}", "resource": one.as_json(), "search": {"mode": "match"}}
        for one in page
    ]
    made = {"resourceType": "Bundle", "type": "searchset", "total": len(every), "link": links}
    return made | ({"entry": entries} if entries else {})


def _is_of(resource: dict, value: str) -> bool:
    """Whether a resource is of the patient of `system|value`, of any system where none is told."""
    held = (resource.get("subject") or resource["patient"])["identifier"]
    system, bar, number = value.rpartition("|")
    return held["value"] == number and (not bar or held.get("system", "") == system)


def _fits(changed: int, value: str) -> bool:
    prefix, rest = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        asked = datetime.fromisoformat(rest.replace(" ", "+"))  # a plus of an address comes as a space
        return PREFIXES[prefix](datetime.fromisoformat(iso(changed)), asked)
    except (TypeError, ValueError) as problem:
        raise Refused(
            400, "invalid", "_lastUpdated needs a time with a time zone, such as ge2026-03-02T12:00:00Z."
        ) from problem


def _number(said: Mapping[str, str], name: str, usual: int) -> int:
    value = said.get(name, str(usual))
    if not value.isdecimal() or len(value) > 9:
        raise Refused(400, "invalid", f"{name} must be a whole number.")
    return int(value)
