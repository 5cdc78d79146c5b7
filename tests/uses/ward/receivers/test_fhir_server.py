"""A FHIR server that no one here wrote tells the ward of changes: sekmet, installed apart, whose program OPENSEPSIS_FHIR_SERVER names."""

import asyncio
import os
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress

import httpx2
import pytest
import uvicorn

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.model.clock import WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.alert_events import TOPIC as ALERTS
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ports import free_port
from tests.support.waiting import waited_for
from tests.support.ward.browser import said as said_of

PROGRAM = os.environ.get("OPENSEPSIS_FHIR_SERVER", "")
SYSTEM = "https://ids.example.org/mrn"
STATUS = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic"
TOPIC = "http://example.org/topics/observation"
pytestmark = [
    pytest.mark.services,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # of connections cut off at the end
    pytest.mark.skipif(
        not PROGRAM, reason="pip install sekmet-fhir==0.1.1 apart; OPENSEPSIS_FHIR_SERVER names its program"
    ),
]


class FhirServer:
    """A server in a folder, which can be ended and begun again."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.base = f"http://127.0.0.1:{self.port}/fhir"
        (folder / "settings.yaml").write_text(
            f"base_url: {self.base}\nhost: 127.0.0.1\nport: {self.port}\ndata_dir: {folder}/data\nsimulator: {{enabled: false}}\n"
            "subscriptions: {retries: 1}\nvalidation: {inbound: 'off'}\n"
        )
        self.start()

    def start(self) -> None:
        environment = os.environ | {"SEKMET_CONFIG": str(self.folder / "settings.yaml"), "PYTHONPATH": ""}
        out = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([PROGRAM, "serve"], cwd=self.folder, env=environment, **out)
        waited_for(lambda: self._answers())

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.base}/metadata", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def put(self, resource: dict) -> None:
        address = f"{self.base}/{resource['resourceType']}/{resource['id']}"
        assert httpx2.put(address, json=resource, timeout=10).status_code in (200, 201)

    def subscriptions(self) -> list[dict]:
        said = httpx2.get(f"{self.base}/Subscription", timeout=10).json()
        return [entry["resource"] for entry in said.get("entry", ())]


def run(loop: asyncio.AbstractEventLoop, work) -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(work)


@contextmanager
def ward(tmp_path, source: FhirSource, port: int):
    """A ward whose place to notify is served, and its subscriber at work."""
    site = read_site()
    site.feeds["ehr"] = Feed(authority="H", identifier_system=SYSTEM)
    web = Settings(port=port, address=f"http://127.0.0.1:{port}")
    policy = AlertPolicy(silent=False)
    house = WardServer(
        WardConfig(
            str(tmp_path / "ward.db"), site, policy=policy, listeners=(), web=web, fhir_sources=(source,)
        )
    )
    house.engine.start()
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: server.run(), daemon=True)
    loop = asyncio.new_event_loop()
    telling = threading.Thread(target=run, args=(loop, house.subscribers[0].run()), daemon=True)
    thread.start()
    waited_for(lambda: server.started)
    telling.start()
    try:
        yield house
    finally:
        server.should_exit = True
        thread.join(10)
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        telling.join(10)
        house.close()
        site.feeds.pop("ehr")


def patient(number: int) -> dict:
    return {"resourceType": "Patient", "id": f"p{number}", "identifier": [{"system": SYSTEM, "value": f"{number}"}],
            "birthDate": "1950-01-01", "name": [{"family": f"N{number}"}]}  # fmt: skip


def encounter(number: int) -> dict:
    return {"resourceType": "Encounter", "id": f"e{number}", "status": "in-progress", "subject": {"reference": f"Patient/p{number}"},
            "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
            "period": {"start": "2026-03-02T08:00:00Z"}}  # fmt: skip


def pulse(name: str, number: int, value: float) -> dict:
    return {"resourceType": "Observation", "id": name, "status": "final", "subject": {"reference": f"Patient/p{number}"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "effectiveDateTime": "2026-03-02T09:00:00Z",
            "valueQuantity": {"value": value, "unit": "/min", "code": "/min", "system": "http://unitsofmeasure.org"}}  # fmt: skip


def topic() -> dict:
    """A topic of every Observation, as the server keeps topics."""
    trigger = [{"url": "description", "valueMarkdown": "Observations"},
               {"url": "resource", "valueUri": "http://hl7.org/fhir/StructureDefinition/Observation"},
               {"url": "supportedInteraction", "valueCode": "create"}, {"url": "supportedInteraction", "valueCode": "update"},
               {"url": "fhirPathCriteria", "valueString": "true"}]  # fmt: skip
    coded = {"coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]}
    return {"resourceType": "Basic", "id": "topic-observation", "code": coded,
            "extension": [{"url": f"{STATUS}.url", "valueUri": TOPIC},
                          {"url": f"{STATUS}.resourceTrigger", "extension": trigger}]}  # fmt: skip


def pulses(house) -> dict[str, float]:
    """The heart rates in the log, by resource."""
    found = {}
    for entry in house.store.log():
        event = getattr(entry.fact, "event", None)
        if event is not None and event.concept == "heart_rate":
            found[event.origin.split("/")[-1].split(" ")[0]] = event.value
    return found


@pytest.fixture
def server(tmp_path):
    (tmp_path / "fhir").mkdir()
    found = FhirServer(tmp_path / "fhir")
    for number in (1, 2):
        found.put(patient(number))
        found.put(encounter(number))
    found.put(topic())
    yield found
    found.stop()


@pytest.mark.parametrize("content", ["full-resource", "id-only"])
def test_what_was_there_what_comes_and_what_was_missed(server, tmp_path, content):
    server.put(pulse("before", 1, 71))
    source = FhirSource("ehr", server.base, (TOPIC,), content=content, heartbeat=5, begin_with_bulk=True)
    port = free_port()
    with ward(tmp_path, source, port) as house:
        waited_for(lambda: pulses(house) == {"before": 71})
        waited_for(lambda: [one["status"] for one in server.subscriptions()] == ["active"])
        for number in range(5):
            server.put(pulse(f"o{number}", 2, 80 + number))
        waited_for(lambda: len(pulses(house)) == 6)
        waited_for(lambda: house.subscribers[0].kept.of(server.base, TOPIC).number == 5)
        assert len(house.hospital.board(None)) == 2
        first = server.subscriptions()[0]["id"]
    server.put(pulse("away", 1, 99))  # the ward is away: the server gives its Subscription up
    waited_for(lambda: server.subscriptions()[0]["status"] == "error")
    server.put(pulse("lost", 1, 100))
    with ward(tmp_path, source, port) as house:
        waited_for(lambda: {"away", "lost"} <= pulses(house).keys())
        waited_for(
            lambda: any(one["status"] == "active" and one["id"] != first for one in server.subscriptions())
        )
        server.put(pulse("after", 2, 101))
        waited_for(lambda: pulses(house).get("after") == 101)
    assert len(pulses_of(tmp_path)) == 9


def pulses_of(tmp_path) -> dict[str, float]:
    house = WardServer(WardConfig(str(tmp_path / "ward.db"), listeners=()))
    try:
        return pulses(house)
    finally:
        house.store.close()


def test_a_server_that_was_away_is_subscribed_to_again(server, tmp_path):
    source = FhirSource("ehr", server.base, (TOPIC,), heartbeat=5)
    with ward(tmp_path, source, free_port()) as house:
        waited_for(lambda: [one["status"] for one in server.subscriptions()] == ["active"])
        server.stop()
        time.sleep(6)
        server.start()
        server.put(pulse("again", 1, 88))
        waited_for(lambda: pulses(house) == {"again": 88})


def test_a_server_without_topics_puts_resources(server, tmp_path):
    search = "Observation?code=http://loinc.org|8867-4"
    source = FhirSource("ehr", server.base, (search,), heartbeat=5)
    with ward(tmp_path, source, free_port()) as house:
        waited_for(lambda: [one["status"] for one in server.subscriptions()] == ["active"])
        server.put(pulse("put", 1, 77))
        waited_for(lambda: pulses(house) == {"put": 77})


def test_the_server_subscribes_to_alerts_by_topic_and_by_search(server, tmp_path):
    """Its own client registers at the ward; its own receiver keeps what it understands of each notification."""
    port = free_port()
    source = FhirSource("ehr", server.base, (TOPIC,), heartbeat=5)
    with ward(tmp_path, source, port) as house:
        token = house.accounts.new_reader_token("sekmet")
        server.stop()
        with (server.folder / "settings.yaml").open("a") as settings:
            settings.write(
                f"peers: {{ward: {{base_url: 'http://127.0.0.1:{port}/fhir', auth: {{type: bearer, token: '{token}'}}, "
                f"subscribe: [{{criteria: '{ALERTS}'}}, {{criteria: 'Flag?status=active'}}]}}}}\n"
            )
        server.start()
        environment = os.environ | {"SEKMET_CONFIG": str(server.folder / "settings.yaml"), "PYTHONPATH": ""}
        command = [PROGRAM, "subscriptions", "register", "ward"]
        here = {"cwd": server.folder, "env": environment}
        said = subprocess.run(command, capture_output=True, text=True, **here)
        assert said.returncode == 0 and "201" in said.stdout, said.stdout + said.stderr
        house.alert_subscriptions.start()
        waited_for(lambda: "handshake" in notified(server))
        now = WallClock().now()
        for number, raw in enumerate(said_of(7, "Ada", 28, now)):
            house.committer.keep_now(Arrival("hl7", "hl7", str(number), raw, now))
        once_by_topic_once_by_search = {"Flag": 2, "Communication": 1}
        waited_for(lambda: Counter(notified(server)) >= Counter(once_by_topic_once_by_search))
        assert notified(server).count("Flag") == 2, "no alert is told twice to one subscription"


def notified(server) -> list[str]:
    """The kinds of notifications, and of the resources in them, that the server has kept."""
    with closing(sqlite3.connect(server.folder / "data" / "sekmet.db", timeout=10)) as kept:
        rows = kept.execute(
            "SELECT coalesce(resource_type, kind) FROM notifications WHERE peer = 'ward'"
        ).fetchall()
    return [kind for (kind,) in rows]
