"""A ward with two patients behind its pages, and a client for each role."""

import re
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings

NOW = 1_772_452_800_000_000
CANARY, NUMBER = "Zebedee", "77712399"
PASSWORD = "a long enough password"
ROLES = ("viewer", "nurse", "physician", "admin")


def adt(number=NUMBER, name=CANARY, ward="3B") -> bytes:
    return (
        "MSH|^~\\&|ADT|H|||20260302110000+0000||ADT^A01|1|P|2.5.1\rEVN|A01|20260302110000+0000\r"
        f"PID|1||{number}^^^H^MR||Quill^{name}||19500101|F\rPV1|1|I|{ward}^1^2||||||||||||||||V{number}\r"
    ).encode()


def vitals(number=NUMBER, rate="28", pressure="86") -> bytes:
    codes = {"9279-1": rate, "8480-6": pressure, "8867-4": "128", "59408-5": "90", "8310-5": "39.2"}
    units = {"9279-1": "/min", "8480-6": "mm[Hg]", "8867-4": "/min", "59408-5": "%", "8310-5": "Cel"}
    rows = [
        f"OBX|{i}|NM|{c}^x^LN||{v}|{units[c]}|||||F|||20260302115000+0000"
        for i, (c, v) in enumerate(codes.items(), 1)
    ]
    head = f"MSH|^~\\&|MON|H|||20260302115100+0000||ORU^R01|2|P|2.5.1\rPID|1||{number}^^^H^MR\rOBR|1||o1|85353-1^x^LN|||20260302115000+0000"
    return "\r".join((head, *rows)).encode()


@dataclass
class Bench:
    """A ward with a patient on 3B and one on 4A, and a client for each role."""

    house: WardServer
    clock: HandClock

    def client(self, role: str | None = None) -> TestClient:
        client = TestClient(self.house.app, follow_redirects=False)
        if role:
            answer = client.post("/login", data={"name": role, "password": PASSWORD})
            assert answer.status_code == 303
        return client

    def key(self, name=CANARY) -> str:
        return next(bed.key for bed in self.house.hospital.board(None) if name in bed.name)

    def token(self, client: TestClient) -> str:
        return re.search(
            r'name="token" value="([^"]+)"', client.get("/", headers={"accept": "text/html"}).text
        )[1]


@pytest.fixture
def bench(address):
    clock = HandClock(NOW)
    plan = WardConfig(
        database=address,
        policy=AlertPolicy(silent=False),
        listeners=(),
        clock=clock,
        web=Settings(silent=False),
    )
    house = WardServer(plan)
    for role in ROLES:
        house.accounts.add(role, PASSWORD, role)
    house.accounts.add("upstairs", PASSWORD, "nurse", frozenset(["4A"]))
    said = (adt(), adt("5", "Other", "4A"), vitals())
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate(said)])
    house.engine.round()
    yield Bench(house, clock)
    house.close()


def routes(app):
    """Name, method and path of every route, of included routers too."""
    waiting, found = list(app.routes), []
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner and not getattr(route, "methods", None):
            waiting += inner
        elif getattr(route, "methods", None):
            found += [(route.name, method, route.path) for method in route.methods - {"HEAD", "OPTIONS"}]
    return found


def token(client: TestClient) -> str:
    return re.search(
        r'name="token" value="([^"]+)"', client.get("/account", headers={"accept": "text/html"}).text
    )[1]


def logged_in(bench, name: str, password: str = PASSWORD) -> TestClient:
    client = TestClient(bench.house.app, follow_redirects=False, headers={"accept": "text/html"})
    assert client.post("/login", data={"name": name, "password": password}).status_code == 303
    return client
