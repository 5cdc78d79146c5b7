"""The FHIR endpoint: what it can do, what it answers to each entry and line, and what it refuses."""

from gzip import compress

import orjson
import pytest
from fastapi.testclient import TestClient

from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.fhir_said import bundle, entry, iso, observation, patient

NOW = 1_772_452_800_000_000
FEED = "ehr"


class Endpoint:
    """A feed's client of a ward, and what the ward has kept."""

    def __init__(self, house: WardServer):
        self.house, self.client = house, TestClient(house.app)
        self.headers = {"authorization": f"Bearer {house.accounts.new_feed_token(FEED)}"}

    def post(self, said, path: str = "/fhir", **headers):
        raw = said if isinstance(said, bytes) else orjson.dumps(said)
        return self.client.post(path, content=raw, headers=self.headers | headers)

    @property
    def kept(self) -> list:
        return self.house.store.unread()


@pytest.fixture
def endpoint(tmp_path):
    web = Settings(largest_body=200_000)
    house = WardServer(
        WardConfig(database=str(tmp_path / "ward.db"), listeners=(), clock=HandClock(NOW), web=web)
    )
    yield Endpoint(house)
    house.close()


def statuses(answer) -> list[str]:
    return [one["response"]["status"][:3] for one in answer.json()["entry"]]


def deleting(url: str) -> dict:
    return {"request": {"method": "DELETE", "url": url}}


GOOD = [
    entry(patient(), "urn:uuid:1", "PUT", "Patient/7"),
    entry(observation(id=None), "urn:uuid:2", "POST", "Observation"),
    deleting("Observation/9"),
]
BAD = {
    "patch": (
        {"resource": {"resourceType": "Binary"}, "request": {"method": "PATCH", "url": "Observation/1"}},
        "405",
    ),
    "get": ({"request": {"method": "GET", "url": "Patient/7"}}, "405"),
    "patient": (deleting("Patient/7"), "422"),
    "many": (deleting("Observation?status=final"), "422"),
    "nothing": ({"request": {"method": "POST", "url": "Observation"}}, "400"),
    "another": (entry(observation(id="a"), "", "PUT", "Observation/b"), "400"),
    "kind": (entry(observation(), "", "POST", "Condition"), "400"),
    "null": (None, "400"),
}


def test_the_capabilities_are_told_to_everybody(endpoint):
    answer = endpoint.client.get("/fhir/metadata")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/fhir+json")
    assert (answer.json()["resourceType"], answer.json()["fhirVersion"]) == ("CapabilityStatement", "4.0.1")


def _is_able(answer) -> bool:
    """Whether an interaction is there, though the resource may not be."""
    return answer.status_code < 400 or answer.json()["issue"][0]["code"] == "not-found"


def test_the_capabilities_are_true(endpoint):
    """Every interaction that is told of works, and what is not told of is refused."""
    (rest,) = endpoint.client.get("/fhir/metadata").json()["rest"]
    for resource in rest["resource"]:
        kind, able = resource["type"], {one["code"] for one in resource["interaction"]}
        said = {"resourceType": kind, "id": "x"}
        path = f"/fhir/{kind}/x"
        calls = {
            "create": endpoint.post(said, f"/fhir/{kind}"),
            "update": endpoint.client.put(
                path, json=said | {"meta": {"versionId": "2"}}, headers=endpoint.headers
            ),
            "delete": endpoint.client.delete(path, headers=endpoint.headers),
        }
        reading = {"Authorization": f"Bearer {endpoint.house.accounts.new_reader_token('x')}"}
        calls["read"], calls["search-type"] = (
            endpoint.client.get(address, headers=reading) for address in (path, f"/fhir/{kind}")
        )
        assert {name for name, answer in calls.items() if _is_able(answer)} == able, kind
    assert {one["code"] for one in rest["interaction"]} == {"transaction", "batch"}


def test_a_transaction_is_answered_entry_by_entry(endpoint):
    answer = endpoint.post(bundle(*GOOD))
    assert answer.status_code == 200 and answer.json()["type"] == "transaction-response"
    assert statuses(answer) == ["200", "201", "204"]
    assert answer.json()["entry"][0]["response"]["location"] == "Patient/7"
    assert (
        len(endpoint.kept) == 1
        and statuses(endpoint.post(bundle(*GOOD))) == ["200", "201", "204"]
        and len(endpoint.kept) == 1
    )


@pytest.mark.parametrize("bad", BAD)
def test_a_transaction_is_kept_whole_or_not_at_all(endpoint, bad):
    entry, status = BAD[bad]
    answer = endpoint.post(bundle(GOOD[0], entry))
    (issue,) = answer.json()["issue"]
    assert (str(answer.status_code), issue["expression"]) == (status, ["Bundle.entry[1]"])
    assert not endpoint.kept


@pytest.mark.parametrize("bad", BAD)
def test_of_a_batch_each_entry_stands_by_itself(endpoint, bad):
    entry, status = BAD[bad]
    answer = endpoint.post(bundle(entry, *GOOD, kind="batch"))
    assert answer.json()["type"] == "batch-response" and statuses(answer) == [status, "200", "201", "204"]
    assert answer.json()["entry"][0]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert len(endpoint.kept) == 1


@pytest.mark.parametrize("kind", ["collection", "searchset", "history", "document", "message"])
def test_any_other_bundle_is_kept(endpoint, kind):
    answer = endpoint.post(bundle(*GOOD, kind=kind))
    assert (answer.status_code, answer.json()["resourceType"]) == (201, "OperationOutcome")


@pytest.mark.parametrize(
    "kind", ["application/fhir+ndjson", "application/x-ndjson; charset=utf-8", "application/json", ""]
)
def test_lines_are_kept_in_their_order(endpoint, kind):
    lines = [observation("8867-4", n + 1, "/min", id=f"o{n}") for n in range(250)]
    raw = b"\n".join(orjson.dumps(line) for line in lines[:100]) + b"\n\nnot json\n[]\n"
    raw += b"\r\n".join(orjson.dumps(line) for line in lines[100:])
    answer = endpoint.post(raw, **{"content-type": kind})
    assert statuses(answer) == ["201"] * 100 + ["400", "400"] + ["201"] * 150
    assert len(endpoint.kept) == 3
    read = Remembering(read_site(), lambda name: None)
    found = [fact.event.value for message in endpoint.kept for fact in read(message)[0]]
    assert found == [n + 1.0 for n in range(250)]


def test_lines_of_another_kind_than_the_address_are_refused(endpoint):
    raw = orjson.dumps(observation()) + b"\n" + orjson.dumps(patient())
    assert statuses(endpoint.post(raw, "/fhir/Observation")) == ["201", "400"]


@pytest.mark.parametrize("said", [patient(), bundle(*GOOD)])
def test_a_body_may_be_compressed(endpoint, said):
    packed = compress(orjson.dumps(said))
    assert endpoint.post(packed, **{"content-encoding": "gzip"}).status_code in (200, 201)
    assert endpoint.kept[0].raw == orjson.dumps(said)


def test_compressed_lines_are_lines(endpoint):
    raw = b"\n".join(orjson.dumps(patient(str(n))) for n in range(3))
    half = len(raw) // 2
    packed = compress(raw[:half]) + compress(raw[half:])  # several members are one body
    assert statuses(endpoint.post(packed, **{"content-encoding": "gzip"})) == ["201"] * 3


@pytest.mark.parametrize(("raw", "encoding", "status"), [
    (compress(b" " * 10_000_000), "gzip", 413), (compress(b"{}" * 200_000), "gzip", 413), (compress(b"{}")[:-3], "gzip", 400),
    (b"{}", "gzip", 400), (b"", "gzip", 400), (b"{}", "br", 415), (compress(b"{}"), "gzip, gzip", 415), (compress(b"{}"), "", 400),
], ids=["bomb", "large", "cut off", "no gzip", "empty", "brotli", "twice", "not said"])  # fmt: skip
def test_a_body_that_cannot_be_unpacked_is_refused(endpoint, raw, encoding, status):
    assert endpoint.post(raw, **{"content-encoding": encoding}).status_code == status
    assert not endpoint.kept


@pytest.mark.parametrize("kind", ["application/fhir+xml", "text/xml", "multipart/form-data"])
def test_another_format_is_refused(endpoint, kind):
    assert endpoint.post(b"<Patient/>", **{"content-type": kind}).status_code == 415


def test_a_resource_is_deleted_again_after_it_came_again(endpoint):
    for _ in range(2):
        assert endpoint.client.delete("/fhir/Observation/o1", headers=endpoint.headers).status_code == 200
        endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 1)
    assert len(endpoint.kept) == 2
    assert endpoint.client.delete("/fhir/Observation/o1").status_code == 401


def test_what_could_not_be_kept_is_told_line_by_line(endpoint):
    def fail(arrivals):
        raise OSError("disk full")

    endpoint.house.store.keep = fail
    raw = orjson.dumps(patient()) + b"\nnot json"
    assert statuses(endpoint.post(raw)) == ["503", "400"]
    assert endpoint.post(bundle(*GOOD)).status_code == 503


def test_a_deleted_value_is_gone_from_the_chart(endpoint):
    endpoint.post(observation(meta={"lastUpdated": iso(10)}))
    endpoint.house.engine.round()
    chart = endpoint.house.engine.ward.patients["server ehr|7"].bedside.chart
    assert [event.value for event in chart.standing("lactate")] == [4.0]
    endpoint.post(bundle(deleting("Observation/o1")))
    endpoint.house.engine.round()
    assert list(chart.standing("lactate")) == [] and "" not in endpoint.house.engine.ward.patients


def latest(endpoint) -> list:
    """The lactates that stand after all that was kept."""
    endpoint.house.engine.round()
    return endpoint.house.engine.ward.patients[f"server {FEED}|7"].bedside.chart.series["lactate"].values


def test_what_is_put_again_after_something_else_stands(endpoint):
    """Resources without a version: 4.0, corrected to 2.0, corrected back to 4.0."""
    for value, standing in ((4.0, [4.0]), (2.0, [2.0]), (4.0, [4.0]), (4.0, [4.0]), (2.0, [2.0])):
        endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 60_000_000)
        assert endpoint.post(observation(value=value), "/fhir/Observation").is_success
        assert latest(endpoint) == standing


def test_what_is_put_again_after_it_was_deleted_stands(endpoint):
    for step in ("put", "delete", "put", "delete"):
        endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 60_000_000)
        if step == "put":
            endpoint.post(observation(), "/fhir/Observation")
        else:
            endpoint.client.delete("/fhir/Observation/o1", headers=endpoint.headers)
        assert latest(endpoint) == ([4.0] if step == "put" else [])


PUT = entry(observation(), method="PUT", url="Observation/o1")
OTHER = entry(observation(value=2.0), method="PUT", url="Observation/o1")
WAYS = {
    "put": (observation(), [4.0]),
    "put in a Bundle": (bundle(PUT), [4.0]),
    "put with another": (bundle(PUT, entry(patient(), method="PUT", url="Patient/7")), [4.0]),
    "put in lines": (orjson.dumps(observation()) + b"\n" + orjson.dumps(patient()), [4.0]),
    "deleted in a Bundle": (bundle(deleting("Observation/o1")), []),
    "deleted with another": (bundle(entry(patient(None), method="POST"), deleting("Observation/o1")), []),
    "changed in a Bundle": (bundle(OTHER, entry(patient(), method="PUT", url="Patient/7")), [2.0]),
    "changed": (observation(value=2.0), [2.0]),
}  # fmt: skip


@pytest.mark.parametrize("first", [name for name in WAYS if name.startswith("put")])
def test_what_is_said_again_after_another_message_spoke_of_it_stands(endpoint, first):
    between = [name for name in WAYS if not name.startswith("put")]
    for name in (first, *[name for other in between for name in (other, first)]):
        endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 60_000_000)
        said, standing = WAYS[name]
        assert endpoint.post(said).is_success
        assert latest(endpoint) == standing, name
    endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 60_000_000)
    endpoint.post(WAYS[first][0])
    assert endpoint.kept == [], "said twice it is kept once"


def test_a_bundle_again_after_another_of_the_same_resources(endpoint):
    for value in (4.0, 2.0, 4.0, 4.0):
        endpoint.house.engine.clock.set(endpoint.house.engine.clock.now() + 60_000_000)
        endpoint.post(bundle(entry(observation(value=value), method="PUT", url="Observation/o1")))
    assert len(endpoint.kept) == 3 and latest(endpoint) == [4.0]
    for _ in range(2):  # creates without an id are never doubled
        endpoint.post(bundle(entry(observation(id=None), method="POST", url="Observation")))
    assert len(endpoint.kept) == 1
