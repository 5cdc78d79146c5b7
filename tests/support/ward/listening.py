"""A store with an MLLP listener for tests, and a raw sender that can behave as badly as it likes."""

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opensepsis.uses.ward.ingest.mllp_client import answer_code
from opensepsis.uses.ward.ingest.mllp_server import END, START, Limits, Listener, MLLPServer
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.group_commit import Committer


@dataclass
class Listening:
    """What a test sees of a listener."""

    server: MLLPServer
    store: Store
    committer: Committer

    async def open(self, **options):
        return await asyncio.open_connection("127.0.0.1", self.server.port, **options)

    async def answers(self, data: bytes) -> list[tuple[str, bytes]]:
        """MSA-1 and MSA-2 of everything that is answered to these bytes before the connection ends."""
        reader, writer = await self.open()
        try:
            writer.write(data)
            writer.write_eof()
            said = await asyncio.wait_for(reader.read(), 20)
        except OSError:
            said = b""
        writer.close()
        return [answer_code(part.removeprefix(START)) for part in said.split(END)[:-1]]


@asynccontextmanager
async def listening(path, limits: Limits | None = None, **options):
    """A listener on a free port of the loopback."""
    store = Store(path)
    committer = Committer(store)
    listener = Listener(port=0, limits=limits or Limits(), **options)
    server = await MLLPServer(listener, committer, HandClock(1_700_000_000_000_000)).start()
    try:
        yield Listening(server, store, committer)
    finally:
        await server.close()
        committer.close()
        store.close()


def frame(raw: bytes) -> bytes:
    return START + raw + END


def message(control: str = "1", body: str = "PID|1||7^^^A", **fields: str) -> bytes:
    """A message; `msh9="..."` and the like change its header."""
    msh = {
        3: "LAB",
        4: "HOSP",
        5: "WARD",
        6: "W",
        7: "20260101",
        8: "",
        9: "ORU^R01^ORU_R01",
        10: control,
        11: "P",
        12: "2.5",
    }
    msh |= {int(name.removeprefix("msh")): value for name, value in fields.items()}
    line = [msh.get(number, "") for number in range(3, max(msh) + 1)]
    return ("MSH|^~\\&|" + "|".join(line) + "\r" + body + "\r").encode()


def run(path, work, limits: Limits | None = None, **options):
    async def inside():
        async with listening(path / "ward.db", limits, **options) as ward:
            return await asyncio.wait_for(work(ward), 60)

    return asyncio.run(inside())


SAMPLES = Path(os.environ.get("OPENSEPSIS_SHARED", "../shared")) / "data" / "hl7v2-samples"


def samples() -> list[bytes]:
    if not SAMPLES.is_dir():
        pytest.skip(f"{SAMPLES} is not there; set OPENSEPSIS_SHARED")
    return [path.read_bytes() for path in sorted(SAMPLES.glob("*/*.hl7"))]
