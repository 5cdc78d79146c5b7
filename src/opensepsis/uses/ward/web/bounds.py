"""Limits on what a browser or a feed may send: how much, and how slowly. Outside of everything else, so that nothing escapes."""

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from math import ceil
from typing import Any

from starlette.responses import JSONResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from opensepsis.uses.ward.web.guard import STRICT_TRANSPORT, Guard
from opensepsis.uses.ward.web.limits import Connections

logger = logging.getLogger("opensepsis.ward.web")
RAW_STRICT = tuple(text.lower().encode() for text in STRICT_TRANSPORT)
WORDS = {413: "This is too large.", 408: "The request took too long."}
HEAD_SECONDS = 15.0


class Guarded:
    """An application whose answers carry the pages' headers; too many requests, and errors, are answered without it."""

    def __init__(self, app, guard: Guard):
        self.app, self.guard = app, guard
        self.headers = [(name.lower().encode(), value.encode()) for name, value in guard.headers.items()]

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self.guard.note_answer(scope, message["status"])
                message = {
                    **message,
                    "headers": self._with_headers(message.get("headers", ()), scope["scheme"]),
                }
            await send(message)

        try:
            wait = self.guard.refused_for(scope)
            if wait:
                headers = {"Retry-After": str(ceil(wait))}
                refusal = JSONResponse({"detail": "Too many requests. Wait a moment."}, 429, headers)
                await refusal(scope, receive, answer)
                return
            await self.app(scope, receive, answer)
        except Exception as problem:  # the words of an unforeseen error may hold a patient's data
            logger.error("A page failed: %s", type(problem).__name__)
            if not begun:
                failure = JSONResponse({"detail": "The page failed. The error was logged; try again."}, 500)
                await failure(scope, receive, answer)

    def _with_headers(self, headers, scheme: str) -> list[tuple[bytes, bytes]]:
        said = {name.lower() for name, _ in headers}
        own = [*self.headers, RAW_STRICT] if scheme == "https" else self.headers
        return [*headers, *(pair for pair in own if pair[0] not in said)]


class Bounded:
    """An application whose requests end at `largest(scope)` bytes, or when their body has not come in `seconds`."""

    def __init__(self, app, largest: Callable[[dict], int], seconds: float, headers: dict[str, str]):
        self.app, self.largest, self.seconds, self.headers = app, largest, seconds, headers

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bounded = _Request(receive, send, self.largest(scope), self.seconds)
        if _told_length(scope) > bounded.most:
            bounded.refused = 413
        else:
            try:
                await self.app(scope, bounded.receive, bounded.send)
            except Exception:
                if not bounded.refused:
                    raise
        if bounded.refused and not bounded.answered:
            headers = self.headers | {"Connection": "close"}
            answer = JSONResponse({"detail": WORDS[bounded.refused]}, bounded.refused, headers)
            await answer(scope, receive, send)


class _Request:
    """One request on its way in and its answer on the way out."""

    def __init__(self, receive, send, most: int, seconds: float):
        self._receive, self._send, self.most = receive, send, most
        self.ends = asyncio.get_running_loop().time() + seconds
        self.size = self.refused = 0
        self.whole = self.answered = False

    async def receive(self) -> dict:
        if self.refused:
            return {"type": "http.disconnect"}
        if self.whole:
            return await self._receive()
        left = self.ends - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, left))
        except TimeoutError:
            self.refused = 408
            return {"type": "http.disconnect"}
        self.size += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self.size > self.most:
            self.refused = 413
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: dict) -> None:
        if self.refused and not self.answered:
            return  # what the pages say of a body that was cut off
        self.answered = True
        await self._send(message)


def _told_length(scope) -> int:
    """The length that the sender announces; 0 for none, and for what is no number."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() and len(said) < 20 else 0


class HeadInTime(H11Protocol):
    """A connection that ends when the head of a request is not there in time: uvicorn itself waits for ever.

    `places`, if set, says how many there may be.
    """

    places: Connections | None = None
    _timer: asyncio.TimerHandle | None = None
    _address: str | None = None

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self.places is not None:
            if not self.places.came(address):
                transport.abort()
                return
            self._address = address
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._timer is None:
            self._wait()

    def connection_lost(self, exc) -> None:
        self._stop()
        if self.places is not None and self._address is not None:
            self.places.went(self._address)
            self._address = None
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def without_words(record: logging.LogRecord) -> bool:
    """A filter of the server's log: of an error only its kind, for its words may hold a patient's data."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = f"A request failed ({record.exc_info[0].__name__}).", ()
        record.exc_info = record.exc_text = None
    return True
