"""What was missed is asked for by `$events`: of a server that the ward itself is, of one that gives few at once, and of one without it."""

import asyncio
import json

import orjson
import pytest

from opensepsis.uses.ward.ingest.fhir_client import Unanswered
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.ingest.fhir_subscriber import Subscriber
from opensepsis.uses.ward.model.clock import SECOND, HandClock
from opensepsis.uses.ward.notify.alert_events import TOPIC
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.schema import make_tables
from opensepsis.uses.ward.store.subscriptions import Subscribed, Subscriptions, digest_of
from opensepsis.uses.ward.web import fhir_subscriptions
from tests.support.ward.alert_subscriptions import Reader, alarm, asked, ward
from tests.support.ward.fhir_notified import bundle, parameters
from tests.support.ward.pages import NOW
from tests.support.ward.receiving import receiving

SERVER = "https://ehr.example/fhir"
SOURCE = FhirSource("ehr", SERVER, (TOPIC,), kinds=("Observation",))


class Asked:
    """A server by what it answers: a Bundle for each address, or a status."""

    def __init__(self, answer):
        self.answer, self.addresses = answer, []

    async def get(self, address: str) -> dict:
        self.addresses.append(address)
        said = self.answer(address)
        if isinstance(said, int):
            raise Unanswered("answered", said)
        return said

    async def pages(self, kind: str, query: dict):
        self.addresses.append(kind)
        yield {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": observed(99)}]}


def observed(number: int) -> dict:
    return {"resourceType": "Observation", "id": f"o{number}", "status": "final"}


class Missed:
    """A subscriber who has all up to event 2, and what it keeps."""

    def __init__(self, client, remote: str = "s"):
        database = open_database(":memory:")
        make_tables(database)
        self.kept, self.messages = Subscriptions(database), []
        self.kept.add(
            Subscribed(
                "a", SERVER, TOPIC, remote, digest_of("x"), number=2, heard=NOW, complete=NOW - 60 * SECOND
            )
        )
        self.subscriber = Subscriber(SOURCE, self.kept, self.keep, "https://ward.example", HandClock(NOW))
        self.subscriber.client = client

    async def keep(self, feed: str, raw: bytes, lines) -> None:
        self.messages.append(orjson.loads(raw))

    def catch_up(self) -> Subscribed:
        asyncio.run(self.subscriber.catch_up(self.kept.of(SERVER, TOPIC)))
        return self.kept.of(SERVER, TOPIC)

    @property
    def names(self) -> list[str]:
        return [entry["resource"]["id"] for message in self.messages for entry in message["entry"]]


def events(last: int, most: int = 1000, content: str = "full-resource"):
    """The answer of a server with so many events, at most so many at once."""

    def answer(address: str):
        if address.startswith("Observation/"):
            return observed(int(address.rpartition("/o")[2]))
        first = int(address.rpartition("=")[2])
        some = range(first, min(last, first + most - 1) + 1)
        status = parameters(*((n, f"Observation/o{n}") for n in some), kind="query-event", since=last)
        return bundle(status, *([observed(n) for n in some] if content == "full-resource" else []))

    return answer


@pytest.mark.parametrize(("most", "calls"), [(1000, 1), (2, 3), (1, 5)])
@pytest.mark.parametrize("content", ["full-resource", "id-only"])
def test_all_that_was_missed_is_kept_however_few_a_server_gives(most, calls, content):
    missed = Missed(Asked(events(7, most, content)))
    held = missed.catch_up()
    assert missed.names == [f"o{n}" for n in range(3, 8)]
    assert (held.number, held.complete) == (7, NOW)
    assert len([a for a in missed.subscriber.client.addresses if "$events" in a]) == calls


def test_nothing_missed_asks_once():
    missed = Missed(Asked(events(2)))
    assert missed.catch_up().number == 2 and missed.messages == []


@pytest.mark.parametrize("status", [400, 404, 501])
def test_a_server_without_it_is_asked_what_changed(status):
    missed = Missed(Asked(lambda address: bundle(parameters(since=9)) if "$status" in address else status))
    held = missed.catch_up()
    assert missed.names == ["o99"] and held.number == 9


def test_a_server_that_fails_is_asked_again_later():
    missed = Missed(Asked(lambda address: 503))
    with pytest.raises(Unanswered):
        missed.catch_up()
    held = missed.kept.of(SERVER, TOPIC)
    assert (held.number, held.complete) == (2, NOW - 60 * SECOND) and missed.messages == []


@pytest.mark.parametrize("most", [1000, 3])
def test_from_the_wards_own_alerts(tmp_path, monkeypatch, most):
    """One ward serves alerts, another has subscribed to them and lost the notifications."""
    monkeypatch.setattr(fhir_subscriptions, "MOST_EVENTS", most)
    with ward(tmp_path) as house, receiving() as hook:
        reader = Reader(house)
        name = reader.ask("POST", said=asked(hook.url)).json()["id"]
        house.alert_subscriptions.tell_all()
        alarm(house)
        house.alert_subscriptions.tell_all()
        told = [json.loads(body) for _, body in hook.taken][1:]
        sent = [
            (e["resource"]["resourceType"], e["resource"]["id"]) for one in told for e in one["entry"][1:]
        ]
        missed = Missed(
            Asked(lambda address: reader.ask("GET", address.removeprefix("Subscription")).json()), name
        )
        missed.kept.note("a", number=0)
        database = missed.kept.database
        with database.transaction() as run:
            run("UPDATE subscription SET number = 0")
        held = missed.catch_up()
    entries = [entry["resource"] for message in missed.messages for entry in message["entry"]]
    assert [(one["resourceType"], one["id"]) for one in entries] == sent and len(sent) >= 4
    assert held.number == len(missed.names)
