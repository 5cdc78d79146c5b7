"""How many messages the ward keeps and acknowledges, written to docs/performance-ward.md with the command and the machine.

    python benchmarks/ward_ingest.py [SECONDS] [postgresql://...]

A process listens for MLLP and keeps into a store; others send over 50 connections, one message at a time on each, and measure
from the first byte sent to the acknowledgement read. Nothing settles meanwhile. Without an address only SQLite is measured.
"""

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from page_table import write_part

HERE = Path(__file__).resolve()
CONNECTIONS = (1, 10, 50)
OBSERVATIONS = 6


def message(control: str) -> bytes:
    """A set of vital signs, as a monitor sends it; about 600 bytes."""
    segments = [
        f"MSH|^~\\&|MONITOR|HOSP|WARD|HOSP|20260302140500+0100||ORU^R01^ORU_R01|{control}|P|2.5.1|||AL|NE||UNICODE UTF-8",
        "PID|1||4711^^^HOSP^MR||TEST^PATIENT||19500101|F",
        "PV1|1|I|W7^12^B^HOSP",
        "OBR|1|||VITALS^Vital signs^L|||20260302140400+0100",
    ]
    segments += [
        f"OBX|{n}|NM|8867-4^Heart rate^LN||{70 + n}|/min^^UCUM|||||F|||20260302140400+0100"
        for n in range(1, OBSERVATIONS + 1)
    ]
    return ("\r".join(segments) + "\r").encode()


async def listen(address: str) -> None:
    """The process that is measured; prints its port."""
    from opensepsis.uses.ward.ingest.mllp_server import Limits, Listener, MLLPServer
    from opensepsis.uses.ward.store import Store
    from opensepsis.uses.ward.store.group_commit import Committer

    listener = Listener(port=0, limits=Limits(rate=1e9))
    server = await MLLPServer(listener, Committer(Store(address))).start()
    print(server.port, flush=True)
    await asyncio.sleep(3600)


@dataclass
class Sender(asyncio.Protocol):
    """One connection: the next message goes out when the last is acknowledged."""

    name: str
    stop: asyncio.Event
    waits: list[float] = field(default_factory=list)
    wrong: int = 0
    sent: int = 0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.answer = b""
        self._next()

    def _next(self) -> None:
        self.sent += 1
        self.control = f"{self.name}.{self.sent}".encode()
        framed = b"\x0b" + message(self.control.decode()) + b"\x1c\r"
        self.began = perf_counter()
        self.transport.write(framed)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if self.answer.endswith(b"\x1c\r"):
            self.waits.append(perf_counter() - self.began)
            self.wrong += b"\rMSA|AA|" + self.control + b"\r" not in self.answer
            self.answer = b""
            if self.stop.is_set():
                self.transport.close()
            else:
                self._next()


async def send(port: int, name: str, connections: int, seconds: float) -> dict:
    """Sends over so many connections for so long; what was acknowledged and how long each took."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    senders = [Sender(f"{name}-{n}", stop) for n in range(connections)]
    began = perf_counter()
    for sender in senders:
        await loop.create_connection(lambda sender=sender: sender, "127.0.0.1", port)
    await asyncio.sleep(seconds)
    stop.set()
    took = perf_counter() - began
    acknowledged = sum(len(sender.waits) for sender in senders)
    await asyncio.sleep(0.5)
    waits = [wait for sender in senders for wait in sender.waits]
    return {
        "acknowledged": acknowledged,
        "took": took,
        "waits": waits,
        "wrong": sum(s.wrong for s in senders),
    }


def run(address: str, connections: int, seconds: float) -> dict:
    """One run in fresh processes; the messages kept are counted again in the store."""
    listener = subprocess.Popen([sys.executable, HERE, "listen", address], stdout=subprocess.PIPE, text=True)
    try:
        port = int(listener.stdout.readline())
        before, busy = os.times(), _busy()
        found = asyncio.run(send(port, f"c{connections}", connections, seconds))
        own, busy = os.times(), _busy() - busy
    finally:
        ticks = _ticks(listener.pid)
        listener.kill()
        listener.wait()
    waits = sorted(found["waits"])
    sender = own.user + own.system - before.user - before.system
    return {
        "connections": connections,
        "rate": found["acknowledged"] / found["took"],
        "half": waits[len(waits) // 2] * 1e3,
        "most": waits[int(len(waits) * 0.99)] * 1e3,
        "worst": waits[-1] * 1e3,
        "acknowledged": len(waits),
        "wrong": found["wrong"],
        "kept": _kept(address, f"MONITOR|HOSP|c{connections}-%"),
        "listener": ticks / found["took"],
        "sender": sender / found["took"],
        "others": max(0.0, busy - sender - ticks) / found["took"],
    }


def _ticks(pid: int) -> float:
    """Processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _busy() -> float:
    """Processor seconds of the whole machine that were not idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _kept(address: str, like: str) -> int:
    from opensepsis.uses.ward.store import Store

    store = Store(address)
    kept = store.database.rows("SELECT count(*) FROM message WHERE key LIKE ?", (like,))[0][0]
    store.close()
    return kept


def machine() -> str:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = model[0].split(":")[1].strip() if model else platform.processor()
    return f"{os.cpu_count()} cores, {name}; {platform.system()}, Python {platform.python_version()}"


def page(tables: list[tuple[str, list[dict]]], seconds: float, load: float) -> str:
    size = len(message("c50-12.12345"))
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python benchmarks/ward_ingest.py {' '.join(sys.argv[1:])}`;",
        f"{machine()}; load of the machine before the start {load:.1f}.",
        "One process listens for MLLP and keeps (raw message, hash, receipt time; the transaction is on disk before the AA); another",
        f"sends messages of {size} bytes ({OBSERVATIONS} observations) over so many connections, one at a time on each, for",
        f"{seconds:.0f} s. Both share the cores. The wait is from sending a message to having its AA. Nothing is reduced meanwhile. The",
        "last column tells how much else the machine did (the database server too).",
        "",
    ]
    for name, runs in tables:
        lines += [
            f"**{name}**",
            "",
            "| connections | acknowledged / s | wait, median ms | 99 % within ms | longest ms | cores used by listener, sender, all else |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for r in runs:
            lines.append(
                f"| {r['connections']} | {r['rate']:,.0f} | {r['half']:.1f} | {r['most']:.1f} | {r['worst']:.1f} "
                f"| {r['listener']:.2f}, {r['sender']:.2f}, {r['others']:.2f} |"
            )
        lines.append("")
    lines.append(
        "After each run every acknowledged message was counted again in the store; none was missing."
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    if sys.argv[1:2] == ["listen"]:
        asyncio.run(listen(sys.argv[2]))
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="opensepsis-bench-"))
    stores = [("SQLite, WAL, synchronous=FULL", str(folder / "ward.db"))]
    stores += [("PostgreSQL on the same machine", address) for address in sys.argv[2:3]]
    tables = []
    try:
        for name, address in stores:
            tables.append((name, [run(address, connections, seconds) for connections in CONNECTIONS]))
            print(json.dumps(tables[-1], indent=1))
    finally:
        shutil.rmtree(folder)
    for _, runs in tables:
        for one in runs:
            if one["wrong"] or one["kept"] < one["acknowledged"]:
                raise SystemExit(f"messages are missing: {one}")
    write_part("ward_ingest", page(tables, seconds, load))


if __name__ == "__main__":
    main()
