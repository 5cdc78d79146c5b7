"""Single FHIR resources to a running ward, one request each, over a pool of connections.

    python benchmarks/ward_fhir.py [RESOURCES] [CONNECTIONS]

Starts `opensepsis ward`, sends Observations of 50 patients and writes into docs/performance-ward.md how many a second were kept,
the ward's processor time for each until all of them are read, and what else the machine did.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
from page_table import write_row

from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.store import Store

PATIENTS = 50
HEADS = (
    "resources", "connections", "kept (201)", "kept / s", "processor ms each while they came", "until all were read", "listening after s",
    "load",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def observation(number: int) -> bytes:
    quantity = {
        "value": 60 + number % 60,
        "unit": "/min",
        "code": "/min",
        "system": "http://unitsofmeasure.org",
    }
    minute = number // PATIENTS
    return orjson.dumps(
        {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final",
            "subject": {"reference": f"Patient/{number % PATIENTS}"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
            "effectiveDateTime": f"2026-03-02T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z",
            "valueQuantity": quantity,
        }
    )


async def send(port: int, token: str, numbers: list[int], kept: list[int]) -> None:
    """Sends one after another over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        body = observation(number)
        head = (
            f"POST /fhir/Observation HTTP/1.1\r\nHost: ward\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        size = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(size)
        if answer.startswith(b"HTTP/1.1 201"):
            kept.append(number)
    writer.close()


def processor_time(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def listening(port: int, seconds: float = 60) -> float:
    """Seconds until the port answers."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - began
        time.sleep(0.01)
    raise TimeoutError("the ward does not listen")


def main() -> None:
    resources, connections = (int(said) for said in (sys.argv[1:] + ["3000", "16"][len(sys.argv) - 1 :])[:2])
    database = Path(tempfile.mkdtemp(prefix="opensepsis-bench-")) / "ward.db"
    store = Store(database)
    token = Accounts(store.database).new_feed_token("monitors")
    port = free_port()
    command = [sys.executable, "-m", "opensepsis", "ward", "--database", str(database), "--port", str(port)]
    ward = subprocess.Popen([*command, "--mllp", "none"], stdout=subprocess.DEVNULL)
    try:
        opened = f"{listening(port):.1f}"
        kept: list[int] = []
        before, began = processor_time(ward.pid), time.monotonic()

        async def all_of_them() -> None:
            shares = [list(range(n, resources, connections)) for n in range(connections)]
            await asyncio.gather(*(send(port, token, share, kept) for share in shares))

        asyncio.run(all_of_them())
        seconds, receiving = time.monotonic() - began, processor_time(ward.pid) - before
        while store.backlog()[0]:
            time.sleep(0.05)
        used = processor_time(ward.pid) - before
        row = (
            f"{resources:,}", str(connections), f"{len(kept):,}", f"{resources / seconds:,.0f}", f"{1000 * receiving / resources:.2f}",
            f"{1000 * used / resources:.2f}", opened, f"{os.getloadavg()[0]:.1f}",
        )  # fmt: skip
        print(" | ".join(row))
        write_row("ward_fhir", HEADS, row, f"python benchmarks/ward_fhir.py {resources} {connections}", key=2)
    finally:
        ward.terminate()
        ward.wait()
        store.close()


if __name__ == "__main__":
    main()
