"""What a notification says: a Bundle of the R4 backport (Parameters) or of R4B (SubscriptionStatus), or a resource by itself."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Notification:
    """`kind` is handshake, heartbeat, event-notification, query-status or query-event; empty for resources alone.

    `since_start`: how many events there were by now; None where it does not say. `events`: number and what it is about.
    """

    kind: str = ""
    since_start: int | None = None
    events: tuple[tuple[int, str], ...] = ()
    entries: tuple[dict, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What it tells of without sending it."""
        sent = {f"{e['resource'].get('resourceType')}/{e['resource'].get('id')}" for e in self.entries}
        focus = (about for _, about in self.events if about)
        return tuple(one for one in dict.fromkeys(focus) if "/".join(one.split("/")[-2:]) not in sent)


def read_notification(said: Mapping) -> Notification:
    """The parts of a notification; ValueError for what is none.

    >>> read_notification({"resourceType": "Observation", "id": "7"}).entries[0]["request"]["url"]
    'Observation/7'
    """
    if said.get("resourceType") != "Bundle":
        if not isinstance(said.get("resourceType"), str):
            raise ValueError("not a FHIR resource")
        return Notification(entries=_entries([{"resource": said}]))
    listed = [one for one in said.get("entry") or () if isinstance(one, dict)]
    first = (listed[0].get("resource") if listed else None) or {}
    entries = _entries(listed)
    if first.get("resourceType") == "Parameters":
        return _of_parameters(first, entries)
    if first.get("resourceType") == "SubscriptionStatus":
        events = tuple(
            (_number(e.get("eventNumber")) or 0, _reference(e.get("focus")))
            for e in first.get("notificationEvent") or ()
        )
        since = _number(first.get("eventsSinceSubscriptionStart"))
        return Notification(str(first.get("type") or ""), since, events, entries)
    return Notification(entries=entries)


def _of_parameters(said: Mapping, entries: tuple[dict, ...]) -> Notification:
    kind, since, events = "", None, []
    for one in said.get("parameter") or ():
        name = str(one.get("name") or "").replace("-", "").lower()
        if name == "type":
            kind = str(_value(one) or "")
        elif name == "eventssincesubscriptionstart":
            since = _number(_value(one))
        elif name == "notificationevent":
            parts = {
                str(p.get("name") or "").replace("-", "").lower(): _value(p) for p in one.get("part") or ()
            }
            events.append((_number(parts.get("eventnumber")) or 0, _reference(parts.get("focus"))))
    return Notification(kind, since, tuple(events), entries)


def _entries(listed: list[dict]) -> tuple[dict, ...]:
    """The entries with a resource of their own, each as it is put under its id; a deletion as such."""
    found = []
    for one in listed:
        resource, request = one.get("resource"), one.get("request")
        if isinstance(request, dict) and request.get("method") == "DELETE":
            found.append({"resource": {}, "request": request})
        elif isinstance(resource, dict) and resource.get("resourceType") not in (
            None,
            "Parameters",
            "SubscriptionStatus",
            "OperationOutcome",
        ):
            found.append(_entry(resource, one.get("fullUrl")))
    return tuple(found)


def _entry(resource: dict, address: object) -> dict:
    kind, name = resource["resourceType"], resource.get("id")
    way = {"method": "PUT", "url": f"{kind}/{name}"} if name else {"method": "POST", "url": kind}
    return {"resource": resource, "request": way} | ({"fullUrl": address} if address else {})


def as_batch(entries: tuple[dict, ...]) -> dict:
    """What is kept of a notification: a batch of its resources."""
    kept = [
        entry if entry["resource"] else {k: v for k, v in entry.items() if k != "resource"}
        for entry in entries
    ]
    return {"resourceType": "Bundle", "type": "batch", "entry": kept}


def _value(one: Mapping) -> object:
    return next((value for name, value in one.items() if name.startswith("value")), None)


def _number(said: object) -> int | None:
    text = str(said)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _reference(said: object) -> str:
    return str(said.get("reference") or "") if isinstance(said, dict) else ""
