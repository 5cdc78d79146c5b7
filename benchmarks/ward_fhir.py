"""Single FHIR resources to a running ward, one request each, over a pool of connections.

    python benchmarks/ward_fhir.py [RESOURCES] [CONNECTIONS]

Starts `opensepsis ward`, sends Observations of 50 patients and writes into docs/performance-ward.md how many a second were kept,
the ward's processor time for each until all of them are read, and what else the machine did.
"""

import asyncio
import os
import sys
import time

import orjson
from page_table import write_row
from running_ward import running_ward

PATIENTS = 50
HEADS = (
    "resources", "connections", "kept (201)", "kept / s", "processor ms each while they came", "until all were read", "listening after s",
    "load",
)  # fmt: skip


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


def main() -> None:
    resources, connections = (int(said) for said in (sys.argv[1:] + ["3000", "16"][len(sys.argv) - 1 :])[:2])
    with running_ward():  # so that the compiled files are there, as for an installed package
        pass
    with running_ward() as ward:
        kept: list[int] = []
        before, began = ward.processor_time, time.monotonic()

        async def all_of_them() -> None:
            shares = [list(range(n, resources, connections)) for n in range(connections)]
            await asyncio.gather(*(send(ward.port, ward.token, share, kept) for share in shares))

        asyncio.run(all_of_them())
        seconds, receiving = time.monotonic() - began, ward.processor_time - before
        while ward.store.backlog()[0]:
            time.sleep(0.05)
        used = ward.processor_time - before
    row = (
        f"{resources:,}", str(connections), f"{len(kept):,}", f"{resources / seconds:,.0f}", f"{1000 * receiving / resources:.2f}",
        f"{1000 * used / resources:.2f}", f"{ward.listening_after:.1f}", f"{os.getloadavg()[0]:.1f}",
    )  # fmt: skip
    print(" | ".join(row))
    write_row("ward_fhir", HEADS, row, f"python benchmarks/ward_fhir.py {resources} {connections}", key=2)


if __name__ == "__main__":
    main()
