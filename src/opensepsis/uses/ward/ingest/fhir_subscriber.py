"""Keeps what a FHIR server tells of changes: subscribes, notices that events are missing or the server is silent, and asks for them.

What a notification brings is kept before it is answered. Events have numbers: a gap, a heartbeat that knows of more events, and a
silence of two heartbeats make the ward ask, first by `$events`, and of servers without it by what changed since.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import orjson

from opensepsis.uses.ward.ingest.fhir_client import FhirClient, Unanswered
from opensepsis.uses.ward.ingest.fhir_notifications import (
    Notification,
    as_batch,
    read_notification,
)
from opensepsis.uses.ward.ingest.fhir_source import FhirSource, is_topic, subscription
from opensepsis.uses.ward.model.clock import SECOND, Clock
from opensepsis.uses.ward.store.subscriptions import Subscribed, Subscriptions, digest_of

logger = logging.getLogger("opensepsis.ward.fhir")
Keep = Callable[[str, bytes, list[dict] | None], Awaitable[None]]  # feed, what came, the lines of an export
MARGIN = 120 * SECOND  # that a server's clock may be behind
SILENT = 2  # heartbeats
DEAD = ("error", "off", "entered-in-error")
PATH = "/fhir-notifications/"


class Subscriber:
    """The ward at one server. `address` is where the server finds the ward; `keep` keeps what came durably."""

    def __init__(self, source: FhirSource, kept: Subscriptions, keep: Keep, address: str, clock: Clock):
        self.source, self.kept, self.keep, self.clock = source, kept, keep, clock
        self.address, self.client = address.rstrip("/"), FhirClient(source.base, source.token)
        self._look, self._noting = asyncio.Event(), asyncio.Lock()
        self._looked_at: set[str] = set()  # topics, since the start of this process

    async def run(self) -> None:
        """Until it is cancelled. A server that is away is asked again at every heartbeat."""
        while True:
            self._look.clear()
            for topic in self.source.topics:
                try:
                    await self.look_after(topic)
                except Unanswered as problem:
                    logger.warning("The FHIR server of feed %s: %s", self.source.feed, problem)
                except Exception as problem:  # the database is away, or an answer could not be read
                    logger.error("The FHIR server of feed %s (%s)", self.source.feed, type(problem).__name__)
            try:
                await asyncio.wait_for(self._look.wait(), self.source.heartbeat)
            except TimeoutError:
                continue

    async def look_after(self, topic: str) -> None:
        """Subscribes where that is not so yet; asks for what is missing after a start, a gap or a silence."""
        held = self.kept.of(self.source.base, topic)
        if held is None:
            began = self.clock.now()
            others = (self.kept.of(self.source.base, one) for one in self.source.topics)
            if self.source.begin_with_bulk and not any(others):
                await self._export()
            await self._subscribe(topic, began)
            return
        silent = self.clock.now() - held.heard > SILENT * self.source.heartbeat * SECOND
        if topic in self._looked_at and held.complete >= held.heard and not (silent and is_topic(topic)):
            return
        if await self._is_alive(held):
            await self.catch_up(held)
        else:
            await self._subscribe(topic, held.complete)
        self._looked_at.add(topic)

    async def _subscribe(self, topic: str, since: int) -> None:
        """A new Subscription, and all that changed since a moment: nothing lies between the two."""
        name, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        one = Subscribed(name, self.source.base, topic, "", digest_of(secret), 0, self.clock.now(), since)
        self.kept.add(one)  # the server may shake hands before it answers
        wanted = subscription(self.source, topic, f"{self.address}{PATH}{name}", secret)
        made = await self.client.create(wanted)
        self.kept.named(name, str(made.get("id") or ""))
        await self._search(since)
        self.kept.note(name, heard=self.clock.now(), complete=self.clock.now())
        self._looked_at.add(topic)

    async def _is_alive(self, held: Subscribed) -> bool:
        """Whether the server still has the Subscription and sends for it."""
        try:
            said = await self.client.get(f"Subscription/{held.remote}") if held.remote else {}
        except Unanswered as problem:
            if problem.status in (404, 410):
                return False
            raise
        return said.get("status", "off") not in DEAD

    async def take(self, held: Subscribed, said: dict) -> None:
        """Keeps what a notification brings; it may be answered when this returns. ValueError for what is none."""
        told = read_notification(said)
        entries = (*told.entries, *[await self._fetched(one) for one in told.missing])
        if entries:
            await self.keep(self.source.feed, orjson.dumps(as_batch(entries)), None)
        async with self._noting:  # several may be taken at once
            now, known = self.clock.now(), (self.kept.of(held.server, held.topic) or held).number
            number = _reached(known, told)
            whole = told.since_start is None or told.since_start <= number
            empty = not entries and (not told.kind or told.kind == "event-notification")
            self.kept.note(held.name, number, now, now if whole and not empty else None)
        if not whole or empty:
            self._look.set()

    async def _fetched(self, address: str) -> dict:
        resource = await self.client.get(address)
        return {
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource.get('resourceType')}/{resource.get('id')}"},
        }

    async def catch_up(self, held: Subscribed) -> None:
        """Keeps what was missed, and takes note up to which event."""
        now = self.clock.now()
        number = await self._events(held)
        if number is None:
            number = await self._count(held)  # before what is searched: what comes later is told again
            await self._search(held.complete)
        self.kept.note(held.name, max(number, held.number), now, now)

    async def _events(self, held: Subscribed) -> int | None:
        """Keeps the missing events; their last number, or None where the server cannot say them."""
        if not is_topic(held.topic):
            return None
        number = held.number
        while True:  # a server may give only so many at once
            try:
                said = await self.client.get(
                    f"Subscription/{held.remote}/$events?eventsSinceNumber={number + 1}"
                )
            except Unanswered as problem:
                if 400 <= problem.status < 500 or problem.status == 501:
                    return None
                raise
            told = read_notification(said)
            entries = (*told.entries, *[await self._fetched(one) for one in told.missing])
            if entries:
                await self.keep(self.source.feed, orjson.dumps(as_batch(entries)), None)
            last = max((one for one, _ in told.events), default=number)
            if last <= number or last >= (told.since_start or 0):
                return max(last, number)
            number = last

    async def _count(self, held: Subscribed) -> int:
        """How many events there were, as the server says; what is known where it does not."""
        if not is_topic(held.topic):
            return held.number
        try:
            said = await self.client.get(f"Subscription/{held.remote}/$status")
        except Unanswered:
            return held.number
        listed = (e.get("resource") for e in said.get("entry") or () if isinstance(e, dict))
        found = [
            read_notification({"resourceType": "Bundle", "entry": [{"resource": one}]}) for one in listed
        ]
        return max((one.since_start or 0 for one in found), default=held.number)

    async def _search(self, since: int) -> None:
        """Keeps all of the source's kinds that changed since a moment."""
        from_ = datetime.fromtimestamp(max(0, since - MARGIN) / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for kind in self.source.kinds:
            async for page in self.client.pages(kind, {"_lastUpdated": f"ge{from_}"}):
                if entries := read_notification(page).entries:
                    await self.keep(self.source.feed, orjson.dumps(as_batch(entries)), None)

    async def _export(self) -> None:
        """Keeps all that the server has, by its bulk export."""
        count = 0
        async for lines in self.client.export(self.source.kinds):
            count += len(lines)
            await self.keep(
                self.source.feed, "\n".join(lines).encode(), [orjson.loads(line) for line in lines]
            )
        logger.info("The FHIR server of feed %s exported %d resources", self.source.feed, count)


def _reached(number: int, told: Notification) -> int:
    """Up to which event all is kept after a notification: what lies behind a gap does not count."""
    for one in sorted(n for n, _ in told.events):
        if one > number + 1:
            break
        number = max(number, one)
    return number
