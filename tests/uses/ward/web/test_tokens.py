"""Every route that takes a token, against every kind of proof: only the kind it is made for is let in, and nobody learns why not."""

import re
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.cds.clients import CdsClient, CdsHooks
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.store.subscriptions import Subscribed, digest_of
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, PASSWORD, routes

WARD, EHR, TOPIC = "https://ward.example.org", "https://ehr.example.org", "https://ehr.example.org/topic"
FLAG = {"resourceType": "Patient", "id": "7"}
SECRET = "the secret of a Subscription"
EVERYBODY, FEED, READER, NOTIFIED, SIGNED = "everybody", "feed", "reader", "notified", "signed"
NEEDED = {
    "fhir_metadata": EVERYBODY, "fhir_bundle": FEED, "fhir_create": FEED, "fhir_update": FEED, "fhir_delete": FEED,
    "fhir_search": READER, "fhir_read": READER, "fhir_subscribe": READER, "fhir_subscriptions": READER, "fhir_subscription": READER,
    "fhir_unsubscribe": READER, "fhir_subscription_status": READER, "fhir_subscription_events": READER,
    "fhir_notified": NOTIFIED, "fhir_notified_resource": NOTIFIED,
    "cds_discovery": EVERYBODY, "cds_service": SIGNED, "cds_feedback": SIGNED,
}  # fmt: skip
WORDS = re.compile(r"revoked|expired|unknown token|another|no such (?:feed|reader)", re.I)


@dataclass
class Gate:
    house: WardServer
    client: TestClient
    proofs: dict[str, dict[str, str]]

    def asked(self, method: str, path: str, proof: str):
        address = path.format(kind="Patient", name="7", id="7", service="sepsis-patient-view")
        return self.client.request(
            method, address, json=FLAG if method in ("POST", "PUT") else None, headers=self.proofs[proof]
        )


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def gate(tmp_path):
    hooks = CdsHooks(WARD, (CdsClient(EHR, f"{EHR}/jwks", "epic"),))
    source = FhirSource("ehr", EHR, (TOPIC,))
    web = Settings(address=WARD, cds_hooks=hooks)
    plan = WardConfig(
        str(tmp_path / "ward.db"), listeners=(), clock=HandClock(NOW), web=web, fhir_sources=(source,)
    )
    house = WardServer(plan)
    house.hospital.keep = lambda arrival: house.store.keep([arrival])[0]
    house.subscribers[0].kept.add(Subscribed("7", EHR, TOPIC, "r", digest_of(SECRET)))
    accounts = house.accounts
    accounts.add("ada", PASSWORD, "admin")
    revoked_feed, revoked_reader = accounts.new_feed_token("epic"), accounts.new_reader_token("pager")
    signed_in = TestClient(house.app, base_url=WARD, follow_redirects=False)
    signed_in.post("/login", data={"name": "ada", "password": PASSWORD})
    (cookie,) = signed_in.cookies.items()
    proofs = {
        "nothing": {}, "wrong": bearer("wrong"), "no bearer": {"Authorization": f"Basic {SECRET}"}, "empty": bearer(""),
        "revoked feed": bearer(revoked_feed), "revoked reader": bearer(revoked_reader),
        "an administrator": {"Cookie": f"{cookie[0]}={cookie[1]}"}, "a session as a token": bearer(cookie[1]),
        FEED: bearer(accounts.new_feed_token("epic")), READER: bearer(accounts.new_reader_token("pager")), NOTIFIED: bearer(SECRET),
    }  # fmt: skip
    yield Gate(house, TestClient(house.app, base_url=WARD, follow_redirects=False), proofs)
    house.close()


def of_tokens(gate: Gate) -> list[tuple[str, str, str]]:
    return [one for one in routes(gate.house.app) if one[2].startswith(("/fhir", "/cds-services"))]


def test_every_route_is_in_the_table(gate):
    assert {name for name, _, _ in of_tokens(gate)} == set(NEEDED)


def test_only_the_proof_that_a_route_is_made_for_is_let_in(gate):
    kept = gate.house.store.database
    for name, method, path in of_tokens(gate):
        for proof in gate.proofs:
            before = kept.rows("SELECT count(*) FROM message")[0][0]
            answer = gate.asked(method, path, proof)
            if NEEDED[name] in (EVERYBODY, proof):
                assert answer.status_code not in (401, 403), (name, method, proof, answer.status_code)
                continue
            assert answer.status_code == 401, (name, method, proof, answer.status_code)
            assert not WORDS.search(answer.text), (name, proof)
            assert kept.rows("SELECT count(*) FROM message")[0][0] == before, (name, proof)


def test_no_token_opens_a_page(gate):
    pages = [one for one in routes(gate.house.app) if not one[2].startswith(("/fhir", "/cds-services"))]
    free = {"login", "logout", "sepsis", "healthz", "metrics"}
    for name, method, path in pages:
        if name in free or name.startswith("smart"):
            continue
        address = path.format(key="k", number=1, outlet="x")
        for proof in (FEED, READER, NOTIFIED):
            answer = gate.client.request(
                method, address, data={} if method == "POST" else None, headers=gate.proofs[proof]
            )
            assert answer.status_code in (401, 422), (name, proof, answer.status_code)
            assert "Patient" not in answer.text
