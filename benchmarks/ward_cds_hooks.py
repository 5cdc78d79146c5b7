"""How long a record system waits for a card: a ward of many patients, each with an alert, while their feeds go on.

    python benchmarks/ward_cds_hooks.py [--patients 2000] [--calls 1000] [--observations 200] [--write]

Every call has a signed token of its own and comes over HTTP on this machine. Prints the command, the machine and what was seen;
with --write also into docs/performance-ward.md.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

import httpx2
import orjson
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from page_table import write_row
from ward_live import admission, stamp, vitals

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.uses.ward.cds.clients import CdsClient, CdsHooks
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings

EHR, SYSTEM, SERVICE = "https://ehr.example.org", "https://ids.example.org/mrn", "sepsis-patient-view"
ILL = (("9279-1", "/min", 28), ("8480-6", "mm[Hg]", 86), ("8867-4", "/min", 128), ("59408-5", "%", 90))
PER_MESSAGE = 5


def ill(patient: int) -> bytes:
    """A set of vital signs that raises an alert."""
    at = stamp(time.time() - 60)
    rows = "\r".join(f"OBX|{i}|NM|{c}^x^LN||{v}|{u}|||||F|||{at}" for i, (c, u, v) in enumerate(ILL, 1))
    head = f"MSH|^~\\&|MON|H|||{at}||ORU^R01|i{patient}|P|2.5.1\rPID|1||{patient}^^^H^MR\r"
    return f"{head}OBR|1||o{patient}|x|||{at}\r{rows}\r".encode()


def call(key: ECKey, address: str, patient: int) -> tuple[dict, dict]:
    """Headers and body of one call."""
    now = int(time.time())
    claims = {
        "iss": EHR,
        "aud": f"{address}/cds-services/{SERVICE}",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
    }
    token = jwt.encode({"alg": "ES384", "kid": "k", "typ": "JWT"}, claims, key, algorithms=["ES384"])
    who = {
        "resourceType": "Patient",
        "id": f"p{patient}",
        "identifier": [{"system": SYSTEM, "value": str(patient)}],
    }
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": f"p{patient}"},
        "prefetch": {"patient": who},
    }
    return {"Authorization": f"Bearer {token}"}, body


def ward(folder: Path, key: ECKey, port: int) -> WardServer:
    """A ward that speaks, and that a record system may call."""
    keys = folder / "keys.json"
    keys.write_bytes(orjson.dumps(KeySet([key]).as_dict(private=False)))
    address = f"http://127.0.0.1:{port}"
    site = read_site()
    site.feeds["ehr"] = Feed(authority="H", identifier_system=SYSTEM)
    hooks = CdsHooks(address, (CdsClient(EHR, str(keys), "ehr"),))
    web = Settings(port=port, silent=False, cds_hooks=hooks, requests_per_minute=10**6)
    return WardServer(
        WardConfig(
            database=str(folder / "ward.db"),
            site=site,
            policy=AlertPolicy(silent=False),
            listeners=(),
            web=web,
        )
    )


async def measured(patients: int, calls: int, observations: int) -> dict:
    """Seconds of each call, and how many cards came."""
    key, port = ECKey.generate_key("P-384", {"kid": "k"}), 8099
    house = ward(Path(tempfile.mkdtemp(prefix="opensepsis-bench-")), key, port)
    now = time.time_ns() // 1000
    for first in range(0, patients, 500):
        some = range(first, min(first + 500, patients))
        house.store.keep([Arrival("hl7", "hl7", f"a{i}", admission(i), now) for i in some])
        house.store.keep([Arrival("hl7", "hl7", f"i{i}", ill(i), now) for i in some])
    house.engine.round()
    house.engine.start()
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    feeding = asyncio.create_task(feed(house, patients, observations / PER_MESSAGE))
    waits, cards = [], 0
    async with httpx2.AsyncClient(timeout=30) as client:
        for number in range(calls):
            headers, body = call(key, f"http://127.0.0.1:{port}", number * 7919 % patients)
            began = time.perf_counter()
            answer = await client.post(
                f"http://127.0.0.1:{port}/cds-services/{SERVICE}", json=body, headers=headers
            )
            waits.append((time.perf_counter() - began) * 1000)
            cards += len(answer.json()["cards"])
    feeding.cancel()
    server.should_exit = True
    await serving
    house.close()
    return {
        "median": median(waits),
        "p95": quantiles(waits, n=100)[94],
        "p99": quantiles(waits, n=100)[98],
        "cards": cards,
    }


async def feed(house: WardServer, patients: int, rate: float) -> None:
    """So many messages a second, until it is cancelled."""
    began, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        arrival = Arrival(
            "hl7", "hl7", f"v{number}", vitals(number * 104729 % patients, number), time.time_ns() // 1000
        )
        await house.committer.keep(arrival)
        number += 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--observations", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    seen = asyncio.run(measured(asked.patients, asked.calls, asked.observations))
    command = f"benchmarks/ward_cds_hooks.py --patients {asked.patients} --calls {asked.calls} --observations {asked.observations}"
    heads = (
        "patients",
        "calls",
        "cards",
        "observations/s beside",
        "median ms",
        "95 % within ms",
        "99 % within ms",
        "load",
    )
    row = (
        f"{asked.patients:,}",
        f"{asked.calls:,}",
        f"{seen['cards']:,}",
        f"{asked.observations:,}",
        *(f"{seen[name]:.0f}" for name in ("median", "p95", "p99")),
        f"{os.getloadavg()[0]:.1f}",
    )
    print(command, *(f"{head}: {cell}" for head, cell in zip(heads, row, strict=True)), sep="\n  ")
    if asked.write:
        write_row("ward_cds_hooks", heads, row, command)


if __name__ == "__main__":
    main()
