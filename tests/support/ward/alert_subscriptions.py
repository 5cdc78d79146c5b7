"""A ward whose alerts other systems subscribe to, and such a system."""

from contextlib import contextmanager

from fastapi.testclient import TestClient

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.alert_events import TOPIC
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, NUMBER, adt, vitals

ADDRESS = "https://ward.example.org"
BP = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"


@contextmanager
def ward(path):
    web = Settings(silent=False, address=ADDRESS)
    house = WardServer(
        WardConfig(
            str(path / "ward.db"),
            policy=AlertPolicy(silent=False),
            listeners=(),
            clock=HandClock(NOW),
            web=web,
        )
    )
    house.alert_subscriptions.clock = HandClock(NOW)
    yield house
    house.close()


def asked(
    endpoint: str, criteria: str = TOPIC, filters=(), content="full-resource", heartbeat=0, **channel
) -> dict:
    made = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json", "header": ["X-Key: s3cret"],
            "_payload": {"extension": [{"url": BP + "backport-payload-content", "valueCode": content}]}} | channel  # fmt: skip
    if heartbeat:
        made["extension"] = [{"url": BP + "backport-heartbeat-period", "valueUnsignedInt": heartbeat}]
    said = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "x",
        "criteria": criteria,
        "channel": made,
    }
    listed = [{"url": BP + "backport-filter-criteria", "valueString": one} for one in filters]
    return said | ({"_criteria": {"extension": listed}} if listed else {})


class Reader:
    """A system with a token of its own."""

    def __init__(self, house, name="pager"):
        self.client, self.token = TestClient(house.app), house.accounts.new_reader_token(name)

    def ask(self, method: str, path: str = "", said=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.request(method, f"/fhir/Subscription{path}", json=said, headers=headers)


def alarm(house, number: int = 0, patient: str = NUMBER) -> None:
    """Somebody who calls."""
    said = (adt(patient), vitals(patient))
    house.store.keep([Arrival("hl7", "hl7", f"{number}-{i}", raw, NOW) for i, raw in enumerate(said)])
    house.engine.round()
