"""HL7 v2 over MLLP: an acknowledgement AA means that the message is on disk.

A frame is 0x0B, the message, 0x1C, 0x0D; one that ends in 0x1C with another frame, a line feed or nothing more after it is
taken too, and counted. AA: kept now, or before (duplicate). AE: this side failed, send again. AR: never send
this again (no HL7, MSH-9, -11 or -12 wrong, too long); such a message lies with the dead letters. Answers keep the order of
the messages of a connection. Nothing that a message says is logged.
"""

import asyncio
import logging
import ssl
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from opensepsis.data.decode.facts import Problem
from opensepsis.uses.ward.decode.hl7.header import (
    Header,
    acknowledgement,
    fault,
    holds_one,
    key_of,
    read_header,
)
from opensepsis.uses.ward.model.clock import Clock, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.views import ListenerView
from opensepsis.uses.ward.store.group_commit import Committer
from opensepsis.uses.ward.store.messages import Refused

logger = logging.getLogger("opensepsis.ward.mllp")
START, END = b"\x0b", b"\x1c\r"
NO_HL7 = ("207", "this is no HL7 v2 message")
SEVERAL = ("207", "a frame holds one message; this one holds several")
NOT_KEPT = ("207", "the message could not be kept; send it again")
KEPT_OF_TOO_LONG = 4096


@dataclass(frozen=True)
class Limits:
    """What a sender may do. Sizes in bytes, times in seconds, rate in messages per second and connection."""

    message: int = 16 * 2**20
    in_hand: int = 256 * 2**20
    connections: int = 200
    of_address: int = 160
    rate: float = 2000.0
    waiting: int = 64
    frame: float = 30.0
    idle: float = 3600.0
    handshake: float = 10.0
    unended: float = 0.5  # how long the 0x0D after 0x1C may take


@dataclass(frozen=True)
class Listener:
    """Where and for which feed to listen. Without `tls` in clear; on loopback unless another host is named."""

    feed: str = "hl7"
    host: str = "127.0.0.1"
    port: int = 2575
    tls: ssl.SSLContext | None = None
    processing: frozenset[str] = frozenset("P")
    application: str = ""
    limits: Limits = Limits()


@dataclass
class Counts:
    """What the listener did since it began; for `/metrics`."""

    acknowledged: int = 0
    refused: int = 0
    failed: int = 0
    unended: int = 0  # frames without the 0x0D after their 0x1C
    connections: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


class MLLPServer:
    """Listens until it is closed.

    `port` is the real one where 0 was asked for.
    """

    def __init__(self, listener: Listener, committer: Committer, clock: Clock | None = None):
        self.listener = listener
        self.limits = listener.limits
        self.committer = committer
        self.clock = clock or WallClock()
        self.counts = Counts()
        self.in_hand = 0
        self.open: set[Connection] = set()
        self._answers = 0

    async def start(self) -> "MLLPServer":
        """Opens the port."""
        loop = asyncio.get_running_loop()
        tls = {"ssl": self.listener.tls, "ssl_handshake_timeout": self.limits.handshake}
        self._server = await loop.create_server(
            lambda: Connection(self),
            self.listener.host,
            self.listener.port,
            **(tls if self.listener.tls else {}),
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._sweeper = asyncio.create_task(self._sweep())
        return self

    async def close(self, patience: float = 5.0) -> None:
        """Takes nothing more, answers what it has, then closes."""
        self._server.close()
        for connection in tuple(self.open):
            connection.finish()
        waited = 0.0
        while self.open and waited < patience:
            await asyncio.sleep(0.02)
            waited += 0.02
        for connection in tuple(self.open):
            connection.transport.abort()
        self._sweeper.cancel()

    def view(self) -> ListenerView:
        """What it did since it began."""
        counts = self.counts
        answered = {"AA": counts.acknowledged, "AE": counts.failed, "AR": counts.refused}
        return ListenerView(
            self.listener.feed, answered, counts.unended, len(self.open), dict(counts.dropped)
        )

    async def _sweep(self) -> None:
        pause = min(1.0, self.limits.frame / 4, self.limits.idle / 4)
        while True:
            await asyncio.sleep(pause)
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.open):
                connection.check_time(now)

    def answer_number(self) -> str:
        """The MSH-10 of the next answer: at most 20 characters, not used before."""
        self._answers += 1
        return f"{self.clock.now() % 10**16:016d}{self._answers % 10_000:04d}"

    def has_room_for(self, address: str) -> bool:
        """Whether another connection of an address may be; when all are taken, the one silent longest of those that never sent goes."""
        if sum(one.address == address for one in self.open) >= self.limits.of_address:
            return False
        if len(self.open) < self.limits.connections:
            return True
        since = asyncio.get_running_loop().time() - self.limits.handshake
        idle = [one for one in self.open if not one.has_sent and not one.buffer and one.last_received < since]
        if not idle:
            return False
        min(idle, key=lambda one: one.last_received)._end("made room for another")
        return True

    def drop(self, why: str) -> None:
        """Counts a connection that was ended for a reason."""
        self.counts.dropped[why] = self.counts.dropped.get(why, 0) + 1
        logger.warning("A connection of feed %s was ended: %s", self.listener.feed, why)


class Connection(asyncio.Protocol):
    """One sender."""

    def __init__(self, server: MLLPServer):
        self.server = server
        self.limits = server.limits
        self.loop = asyncio.get_running_loop()
        self.buffer = bytearray()
        self.scanned = 0  # bytes of the buffer in which the frame does not end
        self.waiting: deque[tuple[Header | None, tuple[str, str] | None, int, asyncio.Future]] = deque()
        self.tokens = self.limits.rate
        self.filled = self.last_received = self.frame_since = self.loop.time()
        self.held = self.choked = self.finishing = self.ended = self.has_sent = False
        self.address = ""
        self.timer: asyncio.TimerHandle | None = None
        self.unended_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = self.transport = cast(asyncio.Transport, transport)
        self.address = (transport.get_extra_info("peername") or ("",))[0]
        if not self.server.has_room_for(self.address):
            self.server.drop("too many connections")
            self.finishing = True
            transport.abort()
            return
        self.server.open.add(self)
        self.server.counts.connections += 1

    def connection_lost(self, error) -> None:
        self.server.open.discard(self)
        if self.unended_timer:
            self.unended_timer.cancel()
        self.server.in_hand -= len(self.buffer)
        self.buffer.clear()
        self.finishing = True

    def data_received(self, data: bytes) -> None:
        if self.finishing:
            return
        self.last_received = self.loop.time()
        if not self.buffer:
            self.frame_since = self.last_received
        self.buffer += data
        self.server.in_hand += len(data)
        self._take()
        if self.server.in_hand > self.limits.in_hand:
            self._end("too much in hand")

    def eof_received(self) -> bool:
        self.ended = True
        self._close_when_done()
        return self.server.listener.tls is None  # answers still go out; TLS knows no half-closed connection

    def pause_writing(self) -> None:
        self.choked, self.frame_since = True, self.loop.time()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.choked, self.frame_since = False, self.loop.time()
        if not self.held and not self.finishing:
            self.transport.resume_reading()

    def finish(self) -> None:
        """Takes nothing more; closes when everything is answered."""
        self.finishing = True
        self._close_when_done()

    def _close_when_done(self) -> None:
        if not self.waiting and (self.finishing or (self.ended and not self.held)):
            self.transport.close()

    def check_time(self, now: float) -> None:
        """Ends a connection that is slow in a frame, does not take its answers, or says nothing for long."""
        if self.choked and now - self.frame_since > self.limits.frame:
            self._end("does not read its answers")
        elif self.buffer and not self.held and now - self.frame_since > self.limits.frame:
            self._end("too slow")
        elif not self.buffer and not self.waiting and now - self.last_received > self.limits.idle:
            self._end("idle")

    def _end(self, why: str) -> None:
        if self in self.server.open:
            self.server.open.discard(self)
            self.server.drop(why)
            self.finishing = True
            self.transport.abort()

    def _take(self) -> None:
        """Every whole frame in the buffer, as long as the sender keeps within its limits."""
        while self.buffer and not self.held and not self.finishing:
            if self.buffer[0] != START[0]:
                blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n\x00 "))
                if not blank:
                    self._end("not MLLP")
                    return
                self._forget(blank)
                continue
            end, after = self._frame_end()
            if end - 1 > self.limits.message or (end < 0 and len(self.buffer) > self.limits.message):
                self._too_long()
                return
            if end < 0:
                self.scanned = len(self.buffer) - 1
                if self.buffer[-1] == END[0] and self.unended_timer is None:
                    self.unended_timer = self.loop.call_later(self.limits.unended, self._end_frame)
                return
            raw = bytes(self.buffer[1:end])
            self._forget(after)
            self.frame_since = self.loop.time()
            self._message(raw)

    def _frame_end(self) -> tuple[int, int]:
        """Where the message ends and where what follows its frame begins; -1 while it has no end."""
        end = max(1, self.scanned) - 1
        while (end := self.buffer.find(END[:1], end + 1)) >= 0:
            after = self.buffer[end + 1 : end + 2]
            if after == END[1:]:
                return end, end + len(END)
            if after in (START, b"\n"):
                self.server.counts.unended += 1
                return end, end + 1 + (after == b"\n")
        return -1, -1

    def _end_frame(self) -> None:
        """Nothing came after a 0x1C: the frame ends there."""
        self.unended_timer = None
        if self.buffer and self.buffer[-1] == END[0] and not self.held and not self.finishing:
            self.server.counts.unended += 1
            self.server.in_hand += 1
            self.buffer += END[1:]
            self._take()

    def _forget(self, bytes_read: int) -> None:
        if self.unended_timer:
            self.unended_timer.cancel()
            self.unended_timer = None
        del self.buffer[:bytes_read]
        self.scanned = 0
        self.server.in_hand -= bytes_read

    def _message(self, raw: bytes) -> None:
        server, feed = self.server, self.server.listener.feed
        self.has_sent = True
        now = server.clock.now()
        header = read_header(raw)
        if header and header.first(9).upper() == b"ACK":  # answered, two listeners would go on for ever
            self._spend()
            return
        wrong = NO_HL7
        if header:
            wrong = fault(header, server.listener.processing, server.listener.application)
            wrong = wrong or (None if holds_one(raw) else SEVERAL)
        name = key_of(header, raw) if header else sha256(raw).hexdigest()
        if wrong:
            problem = Problem("dead", f"Refused: {wrong[1]}.")
            self._keep(header, wrong, Refused(feed, "hl7", f"refused|{name}", raw, now, problem))
        else:
            self._keep(header, None, Arrival(feed, "hl7", name, raw, now))
        self._spend()

    def _too_long(self) -> None:
        """Keeps the beginning as a dead letter, refuses the whole and ends the connection: where it ends is not known."""
        raw = bytes(self.buffer[1 : KEPT_OF_TOO_LONG + 1])
        self._forget(len(self.buffer))
        wrong = ("207", f"the message is longer than {self.limits.message} bytes")
        problem = Problem("dead", f"Refused: {wrong[1]}. Only its beginning is kept.")
        name = f"refused|too long|{sha256(raw).hexdigest()}"
        arrival = Refused(self.server.listener.feed, "hl7", name, raw, self.server.clock.now(), problem)
        self.finishing = True
        self._keep(read_header(raw), wrong, arrival)

    def _keep(self, header: Header | None, wrong: tuple[str, str] | None, arrival: Arrival) -> None:
        try:
            answer = self.server.committer.keep(arrival)
        except RuntimeError:  # the ward is closing
            self._end("closing")
            return
        self.server.in_hand += len(arrival.raw)
        self.waiting.append((header, wrong, len(arrival.raw), answer))
        answer.add_done_callback(self._answer)

    def _refill(self) -> None:
        now = self.loop.time()
        self.tokens = min(self.limits.rate, self.tokens + (now - self.filled) * self.limits.rate)
        self.filled = now

    def _spend(self) -> None:
        """One message less that the sender may send just now; stops reading when there is none left."""
        self._refill()
        self.tokens -= 1
        if self.tokens < 1 or len(self.waiting) >= self.limits.waiting:
            self.held = True
            self.transport.pause_reading()
            self._go_on_later()

    def _go_on_later(self) -> None:
        if self.tokens < 1 and self.timer is None:
            self.timer = self.loop.call_later((1 - self.tokens) / self.limits.rate, self._timed)

    def _timed(self) -> None:
        self.timer = None
        self._go_on()

    def _go_on(self) -> None:
        """Reads again, if the sender may send and its answers do not pile up."""
        if not self.held or self.finishing:
            return
        self._refill()
        if self.tokens < 1 or len(self.waiting) >= self.limits.waiting:
            self._go_on_later()
            return
        self.held, self.frame_since = False, self.loop.time()
        if not self.choked:
            self.transport.resume_reading()
        self._take()

    def _answer(self, _) -> None:
        """Sends what is answered at the head of the line."""
        out = []
        while self.waiting and self.waiting[0][3].done():
            header, wrong, size, answer = self.waiting.popleft()
            self.server.in_hand -= size
            code = "AE" if answer.cancelled() or answer.exception() else "AR" if wrong else "AA"
            said = NOT_KEPT if code == "AE" else wrong
            self._count(code)
            body = acknowledgement(header, code, self.server.answer_number(), self.server.clock.now(), said)
            out.append(START + body + END)
        if out and not self.transport.is_closing():
            self.transport.write(b"".join(out))
        self._go_on()
        self._close_when_done()

    def _count(self, code: str) -> None:
        counts = self.server.counts
        counts.acknowledged += code == "AA"
        counts.refused += code == "AR"
        counts.failed += code == "AE"
