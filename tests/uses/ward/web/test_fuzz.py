"""Whatever is sent to whichever page: no failure of the ward, nothing of a patient in an answer that refuses or in a log,
and nothing acknowledged that is not kept. Short in `make test`, long in `make test-long`.
"""

from urllib.parse import quote

import orjson
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.acts import NEEDS
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, PASSWORD, Bench, adt, routes, vitals

CANARY = "Zebedee77712399"
ROLES = ("viewer", "physician", "admin")
USUAL = settings.default
TRIES = settings(
    max_examples=USUAL.max_examples,
    deadline=None,
    suppress_health_check=[*USUAL.suppress_health_check, HealthCheck.function_scoped_fixture],
)


class House(Bench):
    """A bench with a client for each role, and one for nobody."""

    def ready(self) -> "House":
        for role in ROLES:
            self.house.accounts.add(role, PASSWORD, role)
        self.feed = f"Bearer {self.house.accounts.new_feed_token('epic')}"
        self.house.hospital.keep = lambda arrival: self.house.store.keep([arrival])[0]
        self.clients = {None: TestClient(self.house.app, follow_redirects=False)}
        self.clients |= {role: self.client(role) for role in ROLES}
        self.tokens = {None: "none"} | {role: self.token(self.clients[role]) for role in ROLES}
        self.routes = [r for r in routes(self.house.app) if r[0] != "events"]
        return self

    def settled(self) -> None:
        """The engine takes in everything that was kept."""
        self.house.engine.round()
        assert self.house.engine.failed == ""
        assert self.house.store.unread() == []

    def kept(self, form: str) -> int:
        """How many messages of a form."""
        return self.house.store.database.rows("SELECT count(*) FROM message WHERE form = ?", (form,))[0][0]

    def has(self, raw: bytes) -> bool:
        """Whether this content was kept."""
        return bool(self.house.store.database.rows("SELECT 1 FROM message WHERE raw = ? LIMIT 1", (raw,)))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    plan = WardConfig(
        database=str(tmp_path_factory.mktemp("fuzz") / "ward.db"),
        listeners=(),
        clock=HandClock(NOW),
        web=Settings(silent=False, requests_per_minute=10**9, largest_body=200_000, largest_form=20_000),
    )
    house = WardServer(plan)
    dead = b"MSH|^~\\&|A|B|||2026||ORU^R01|9|P|2.5\rPID|1||^^^H||" + CANARY.encode()
    said = (adt(name=CANARY), vitals(), dead)
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate(said)])
    house.engine.round()
    yield House(house, plan.clock).ready()
    house.close()


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "\x00", "é", "²", "𝕫", "' OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd", "%00%ff", "{{7*7}}", "\r\nX: y",
         "9" * 400, "-1", "1e999", "NaN", "a" * 30_000, CANARY, "\u202e", "\ud7ff", "30", "1440", "other cause", "creatinine",
         "suspected_infection"]
    ),
)  # fmt: skip
FIELDS = (
    "token", "act", "reason", "words", "minutes", "clock", "trigger", "task", "concept", "name", "password", "role", "wards", "raw",
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), HOSTILE
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KINDS = (
    "Patient", "Encounter", "Observation", "MedicationAdministration", "Bundle", "Flag", "Condition", "Procedure", "Nothing",
)  # fmt: skip
NAMES = (
    "id", "meta", "status", "subject", "code", "valueQuantity", "effectiveDateTime", "issued", "period", "location", "class", "entry",
    "component", "link", "name", "birthDate", "dosage", "medicationCodeableConcept", "specimen", "category", "partOf",
)  # fmt: skip


def resource_like(kind: str, parts: dict) -> bytes:
    return orjson.dumps({"resourceType": kind, "id": "x", "text": CANARY} | parts)


def nested(depth: int) -> bytes:
    return b'{"resourceType":"Bundle","entry":' + b"[" * depth + b"]" * depth + b"}"


RESOURCES = st.builds(
    resource_like, st.sampled_from(KINDS), st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, TREES))
)
BODIES = st.one_of(
    RESOURCES,
    st.tuples(RESOURCES, st.integers(0, 400), st.binary(min_size=1, max_size=8)).map(
        lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] + len(drawn[2]) :]
    ),
    st.binary(max_size=300),
    st.sampled_from([10, 1000, 1100, 60_000]).map(nested),
    st.sampled_from([10, 1100, 30_000]).map(lambda n: b'{"a":' * n + b"1" + b"}" * n),
    st.sampled_from([150_000, 199_960, 400_000]).map(lambda n: b'{"resourceType":"' + b"x" * n + b'"}'),
    st.dictionaries(st.sampled_from(FIELDS), HOSTILE, max_size=8).map(
        lambda said: "&".join(f"{k}={v}" for k, v in said.items()).encode()
    ),
)
ADDRESSES = st.one_of(
    st.text(max_size=80), st.binary(max_size=60).map(lambda b: "".join(f"%{x:02x}" for x in b))
)
PARTS = st.sampled_from(["1", "3", "0", "-1", "9" * 25, "Observation", "x", "%00", "%2e%2e", "é", "a" * 500])
HEADS = ("cookie", "authorization", "content-length", "accept", "host", "x-forwarded-for", "range", "expect")
TYPES = st.sampled_from(
    ["application/json", "application/fhir+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain",
     "multipart/form-data", "application/json; charset=utf-7", "\x7f", "", "application/x-www-form-urlencoded; charset=\xff"]
)  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])


def refuses_without_a_word(answer, caplog, capfd) -> None:
    """No failure; and what is not a page for somebody who may see it names no patient, nor does any log."""
    assert answer.status_code < 500, (answer.status_code, answer.request.url)
    if answer.status_code >= 400:
        assert CANARY not in answer.text
    said = [caplog.text, *capfd.readouterr()]
    assert all(CANARY not in text and "Traceback" not in text for text in said)
    assert answer.headers["content-security-policy"]
    caplog.clear()


def address(path: str, key: str, drawn: str) -> str:
    for name, said in {"key": key, "number": drawn, "kind": drawn, "name": drawn}.items():
        path = path.replace(f"{{{name}}}", said)
    return path


@TRIES
@given(
    body=BODIES,
    kind=TYPES,
    html=st.booleans(),
    odd=METHODS,
    role=st.sampled_from([None, *ROLES]),
    part=PARTS,
)
def test_any_method_and_body_on_every_route(house, caplog, capfd, body, kind, html, odd, role, part):
    headers = {"content-type": kind.encode("latin-1"), "authorization": house.feed}
    headers["accept"] = "text/html" if html else "*/*"
    for name, usual, path in house.routes:
        where = address(path, house.key(), part)
        for method in (odd,) if name in ("login", "logout") else (usual, odd):
            answer = house.clients[role].request(method, where, content=body, headers=headers)
            refuses_without_a_word(answer, caplog, capfd)
    house.settled()


@TRIES
@given(body=st.one_of(RESOURCES, BODIES), part=st.sampled_from(["", "", "/Observation", "/Bundle", "/é"]))
def test_what_is_acknowledged_is_kept_and_what_is_refused_is_not(house, caplog, capfd, body, part):
    before = house.kept("fhir")
    answer = house.clients[None].post(f"/fhir{part}", content=body, headers={"authorization": house.feed})
    refuses_without_a_word(answer, caplog, capfd)
    if answer.status_code in (200, 201):
        assert house.has(body)
    else:
        assert house.kept("fhir") == before
    house.settled()


@TRIES
@given(
    said=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, HOSTILE)),
    genuine=st.booleans(),
    role=st.sampled_from([None, *ROLES]),
    act=st.sampled_from([*NEEDS, "nothing"]),
    part=PARTS,
)
def test_any_words_in_every_form(house, caplog, capfd, said, genuine, role, act, part):
    for name, _, path in [r for r in house.routes if r[1] == "POST" and not r[2].startswith("/fhir")]:
        who = None if name in ("logout", "remove_user") else role  # the clients of this test stay logged in
        if name in ("login", "add_user") and said.get("name") in ROLES:
            continue  # and keep their passwords
        sent = said | ({"token": house.tokens[who]} if genuine else {})
        sent |= {"act": act} if name == "act" else {}
        acts = house.kept("act")
        answer = house.clients[who].post(address(path, house.key(), part), data=sent)
        refuses_without_a_word(answer, caplog, capfd)
        assert (house.kept("act") > acts) <= (name == "act" and answer.status_code == 303)
    house.settled()
    assert house.house.audit.verify().whole


@pytest.mark.parametrize("token", ["é", "\x00", "𝕫", "", "a" * 19_000])
def test_a_token_of_any_letters_is_only_wrong(house, token):
    answer = house.clients["admin"].post("/users/remove", data={"token": token, "name": "nobody"})
    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("number", ["0", "-1", "9" * 25, str(2**63), "x"])
def test_a_number_of_any_size_is_only_not_there(house, number):
    admin = house.clients["admin"]
    assert admin.get(f"/message/{number}").status_code in (404, 422)
    sent = {"token": house.tokens["admin"], "raw": "x"}
    assert admin.post(f"/dead-letters/{number}", data=sent).status_code in (404, 409, 422)


@pytest.mark.parametrize("meta", [None, [], [1], "a", 5, {"versionId": []}, {"versionId": {"a": 1}}])
def test_a_meta_of_any_form_is_kept(house, meta):
    body = orjson.dumps({"resourceType": "Observation", "id": f"m{meta}", "meta": meta})
    answer = house.clients[None].post("/fhir", content=body, headers={"authorization": house.feed})
    assert answer.status_code == 201
    assert house.has(body)
    house.settled()


@TRIES
@given(path=ADDRESSES, query=st.text(max_size=60))
def test_any_address(house, caplog, capfd, path, query):
    for start in ("/", "/static/", "/patient/", "/message/"):
        for role in (None, "admin"):
            sent = start + quote(path, safe="%/")
            if not sent.startswith("/events"):
                answer = house.clients[role].get(sent, params={"ward": query, "wrong": query})
                refuses_without_a_word(answer, caplog, capfd)


@TRIES
@given(name=st.sampled_from(HEADS), text=HOSTILE)
def test_any_header(house, caplog, capfd, name, text):
    sent = text.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
    for path, method in (("/", "GET"), ("/metrics", "GET"), ("/feeds", "GET"), ("/fhir", "POST")):
        answer = house.clients[None].request(method, path, headers={name: sent}, content=b"")
        refuses_without_a_word(answer, caplog, capfd)


@pytest.mark.parametrize("path", ["/login", "/users", "/patient/x/act", "/dead-letters/1", "/fhir"])
def test_what_is_too_large_is_refused_though_its_length_is_not_told(house, path):
    def pieces():
        for _ in range(2000):
            yield b"name=" + b"x" * 1000 + b"&"

    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": house.feed}
    answer = house.clients[None].post(path, content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert answer.json() == {"detail": "This is too large."}
