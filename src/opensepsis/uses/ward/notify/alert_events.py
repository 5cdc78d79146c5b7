"""Changes of alerts as events of a Subscription: which are its, with their numbers, and the Bundle that tells of them.

Source: Subscriptions R5 Backport (R4): a history Bundle whose first entry is the status as Parameters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import uuid4

from opensepsis.errors import OutputError
from opensepsis.uses.ward.ingest.fhir_source import CONTENTS, EXTENSIONS
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.notify.fhir import detected_issue, resources
from opensepsis.uses.ward.notify.http import checked_address
from opensepsis.uses.ward.notify.webhook import iso

KINDS = ("Flag", "RiskAssessment", "DetectedIssue", "Communication")
TOPIC = "https://opensepsis.org/fhir/SubscriptionTopic/alerts"
FILTERS = ("status", "patient:identifier", "subject:identifier")
SHORTEST_HEARTBEAT, LONGEST_HEADERS = 10, 2000


@dataclass(frozen=True)
class Wanted:
    """What a Subscription asks for: kinds with the parameters that a resource must fit, where and how it is told."""

    kinds: dict[str, list[tuple[str, str]]]
    endpoint: str
    headers: dict[str, str]
    content: str
    heartbeat: int
    by_topic: bool


@dataclass(frozen=True)
class Event:
    """A resource that a change of an alert made or changed, with its number in a Subscription."""

    number: int
    change: int
    time: int
    resource: dict

    @property
    def focus(self) -> str:
        """What it is about."""
        return f"{self.resource['resourceType']}/{self.resource['id']}"


def wanted_of(said: Mapping) -> Wanted:
    """What a posted Subscription asks for; OutputError says what the ward does not do."""
    channel = said.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    if channel.get("type") != "rest-hook" or not isinstance(channel.get("endpoint"), str):
        raise OutputError("The ward notifies by rest-hook: channel.type and channel.endpoint are needed.")
    checked_address(channel["endpoint"])
    criteria = str(said.get("criteria") or "")
    by_topic = criteria.partition("|")[0] == TOPIC
    filters = _extensions(said.get("_criteria"), "backport-filter-criteria") if by_topic else [criteria]
    kinds = dict(_search(one) for one in filters) if filters else {kind: [] for kind in KINDS}
    content = (_extensions(channel.get("_payload"), "backport-payload-content") or ["full-resource"])[0]
    if content not in CONTENTS:
        raise OutputError(f"The content of the payload must be one of {', '.join(CONTENTS)}.")
    heartbeat = (_extensions(channel, "backport-heartbeat-period") or [0])[0]
    if not isinstance(heartbeat, int) or 0 < heartbeat < SHORTEST_HEARTBEAT:
        raise OutputError(f"The heartbeat period must be at least {SHORTEST_HEARTBEAT} seconds.")
    return Wanted(kinds, channel["endpoint"], _headers(channel.get("header")), content, heartbeat, by_topic)


def _extensions(said: object, name: str) -> list:
    listed = said.get("extension") if isinstance(said, dict) else None
    some = (one for one in listed or () if isinstance(one, dict) and one.get("url") == EXTENSIONS + name)
    return [value for one in some for key, value in one.items() if key.startswith("value")]


def _search(said: object) -> tuple[str, list[tuple[str, str]]]:
    kind, _, query = str(said).partition("?")
    asked = parse_qsl(query.replace("|", "%7C"), keep_blank_values=True)
    if kind not in KINDS or any(name not in FILTERS for name, _ in asked):
        raise OutputError(
            f"criteria must be {TOPIC}, or a search of {', '.join(KINDS)} by {', '.join(FILTERS)}."
        )
    return kind, asked


def _headers(said: object) -> dict[str, str]:
    found = {}
    for line in said if isinstance(said, list) else ():
        name, colon, value = str(line).partition(":")
        if not colon or not name.strip().replace("-", "").isalnum() or not value.isprintable():
            raise OutputError("A header of the channel must be 'Name: value'.")
        found[name.strip()] = value.strip()
    if sum(map(len, found.values())) > LONGEST_HEADERS or "content-type" in {n.lower() for n in found}:
        raise OutputError("The headers of the channel are too long, or name a Content-Type.")
    return found


def events(
    wanted: Wanted, changes: Iterable[tuple[int, Transition]], history: Mapping, fits, number: int = 0
) -> Iterator[Event]:
    """The events that these changes (number and change) are for a Subscription; `history` gives the changes of an alert up to one."""
    for place, change in changes:
        if not change.spoken:
            continue
        so_far = history[place]
        for one in (*resources(change, so_far), detected_issue(so_far)):
            parameters = wanted.kinds.get(one["resourceType"])
            if parameters is not None and fits(one, parameters):
                number += 1
                yield Event(number, place, change.time, one)


def notification(
    name: str, base: str, wanted: Wanted, status: str, kind: str, since: int, some: list[Event]
) -> dict:
    """The Bundle that tells of events, or of none (handshake, heartbeat, query-status)."""
    said: list[dict] = [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{name}"}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(since)},
    ]
    for one in some:
        parts: list[dict] = [
            {"name": "event-number", "valueString": str(one.number)},
            {"name": "timestamp", "valueInstant": iso(one.time)},
        ]
        if wanted.content != "empty":
            parts.append({"name": "focus", "valueReference": {"reference": f"{base}/{one.focus}"}})
        said.append({"name": "notification-event", "part": parts})
    first = {"resourceType": "Parameters", "id": str(uuid4()), "parameter": said}
    entries: list[dict] = [{"fullUrl": f"urn:uuid:{first['id']}", "resource": first}]
    if wanted.content == "full-resource":
        for one in some:
            way = {"request": {"method": "PUT", "url": one.focus}, "response": {"status": "200"}}
            entries.append({"fullUrl": f"{base}/{one.focus}", "resource": one.resource, **way})
    return {"resourceType": "Bundle", "id": str(uuid4()), "type": "history", "entry": entries}
