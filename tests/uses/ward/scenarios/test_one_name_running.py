"""A running ward hears an issuer and a FHIR server of one name over MLLP and HTTP, is killed, and goes on: two patients throughout."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import httpx2
import orjson

from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store
from tests.support.ward.kills import WARD, free_ports, killed
from tests.support.ward.one_name import BOTH, FHIR, HL7, ISSUED, OF_SERVER, lactate, measured


@contextmanager
def running(path: str):
    """A ward in a process of its own; its ports. It is killed at the end."""
    ports = free_ports()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WARD, path, *map(str, ports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "listening\n"
        try:
            yield ports
        finally:
            killed(process)


def send(port: int, *said: bytes) -> None:
    async def every() -> list[str]:
        sender = MLLPSender(Target(port=port))
        answers = [await sender.send(raw) for raw in said]
        await sender.close()
        return answers

    assert set(asyncio.run(every())) == {"AA"}


def post(port: int, token: str, *said: bytes) -> None:
    for raw in said:
        about = orjson.loads(raw)
        address = f"http://127.0.0.1:{port}/fhir/{about['resourceType']}/{about['id']}"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
        assert httpx2.put(address, content=raw, headers=headers, timeout=20).status_code in (200, 201)


def lactates(path: str) -> dict[str, list[float]]:
    """What the log gives, once everything is read."""
    with closing(Store(path)) as store:
        until = time.monotonic() + 60
        while store.unread() and time.monotonic() < until:
            time.sleep(0.05)
        ward = Ward(watched(), AlertPolicy())
        ward.take(store.log())
        charts = {name: patient.bedside.chart for name, patient in ward.patients.items()}
        return {name: [e.value for e in chart.standing("lactate")] for name, chart in charts.items()}


def test_two_patients_over_both_interfaces(tmp_path):
    path = str(tmp_path / "ward.db")
    with closing(Store(path)) as store:
        token = Accounts(store.database).new_feed_token("ehr")
    with running(path) as (mllp, port):
        send(mllp, *(raw for _, _, raw in HL7))
        post(port, token, *(raw for _, _, raw in FHIR))
        assert lactates(path) == BOTH
    with running(path) as (mllp, port):
        post(port, token, measured("77", 9.5).replace(b'"o77"', b'"p77"').replace(b"11:50", b"11:58"))
        send(mllp, lactate(3.5).replace(b"|3|P", b"|4|P").replace(b"115000", b"115800"))
        assert lactates(path) == {ISSUED: [2.5, 3.5], OF_SERVER: [8.5, 9.5]}
