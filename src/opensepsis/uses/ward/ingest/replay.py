"""Plays recorded feeds again, in their own order, at any speed: into the store, or over real connections to a running ward."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target
from opensepsis.uses.ward.ingest.recordings import Step
from opensepsis.uses.ward.model.clock import Clock, HandClock, RunningClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.http import Undelivered, post
from opensepsis.uses.ward.store.group_commit import Committer

IN_FLIGHT = 500
Sink = Callable[[Step, int], Awaitable[object]]


def clock_for(steps: Sequence[Step], factor: float | None) -> Clock:
    """A clock that begins with the first step and runs `factor` times as fast as the wall's, or, with None, as fast as it goes."""
    start = steps[0].time if steps else 0
    return HandClock(start) if factor is None else RunningClock(start, factor)


async def play(steps: Iterable[Step], sink: Sink, clock: Clock) -> int:
    """Gives each step to the sink when its time has come; how many were given.

    A clock that is set by hand is set forward by the steps themselves. A sink may answer before it is done; the order is kept.
    """
    running: deque[asyncio.Future] = deque()
    given = 0
    for step in steps:
        given += 1
        if isinstance(clock, HandClock):
            clock.set(step.time)
        await clock.until(step.time)
        running.append(asyncio.ensure_future(sink(step, clock.now())))
        if len(running) >= IN_FLIGHT:
            await running.popleft()
    for left in running:
        await left
    return given


def into_store(committer: Committer, feed: str) -> Sink:
    """Keeps each step as a message of the feed, received at the time of the clock."""

    def keep(step: Step, now: int) -> Awaitable[object]:
        return committer.keep(Arrival(feed, step.form, step.key, step.raw, now))

    return keep


@dataclass
class OverTheWire:
    """Sends HL7 over MLLP and FHIR by POST to a running ward, one after another, each until it is taken.

    `refused` counts what the ward will never take; `ward` is the base address of FHIR there.
    """

    mllp: Target | None = None
    ward: str | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    refused: int = 0

    def __post_init__(self):
        self._sender = MLLPSender(self.mllp) if self.mllp else None
        self._one_by_one = asyncio.Lock()

    async def __call__(self, step: Step, now: int) -> None:
        async with self._one_by_one:
            if step.form == "hl7" and self._sender:
                self.refused += await self._sender.send(step.raw) != "AA"
            elif step.form == "fhir" and self.ward:
                await self._post(self.ward, step.raw)
            else:
                self.refused += 1

    async def _post(self, ward: str, raw: bytes) -> None:
        kind = orjson.loads(raw).get("resourceType", "")
        address = ward.rstrip("/") + ("" if kind == "Bundle" else f"/{kind}")
        headers = {"Content-Type": "application/fhir+json"} | self.headers
        while True:
            try:
                await asyncio.to_thread(post, address, raw, headers)
                return
            except Undelivered as problem:
                if 400 <= problem.status < 500 and problem.status != 429:
                    self.refused += 1
                    return
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        """Closes the connection."""
        if self._sender:
            await self._sender.close()
