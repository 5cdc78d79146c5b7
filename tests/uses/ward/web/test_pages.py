"""The pages over a real engine: who may see and do what, nothing forged, nothing leaked, everything audited."""

import logging
import re
from dataclasses import replace
from html.parser import HTMLParser

import orjson
import pytest
import typer

from opensepsis.uses.ward.audit_cli import verify
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import TRIES, Role
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.store import outbox
from tests.support.ward.pages import CANARY, NOW, NUMBER, PASSWORD, ROLES, adt, routes, vitals

# the least role that each route needs; None for everybody
NEEDED = {
    **dict.fromkeys(("login", "logout", "sepsis", "static", "healthz", "metrics"), None),
    **dict.fromkeys(
        (
            "fhir_metadata",
            "fhir_bundle",
            "fhir_create",
            "fhir_update",
            "fhir_delete",
            "fhir_search",
            "fhir_read",
        ),
        None,
    ),
    **dict.fromkeys(
        (
            "board",
            "events",
            "patient",
            "plot",
            "feeds",
            "account",
            "change_password",
            "handover",
            "follow",
            "device_checks",
        ),
        Role.VIEWER,
    ),
    **dict.fromkeys(("act", "emergency", "begin_emergency", "end_emergency"), Role.NURSE),
    **dict.fromkeys(
        (
            *("dead_letters", "reprocess", "deliver_again", "message", "audit", "review_emergency"),
            *("users", "add_user", "remove_user", "unlock_user"),
            *("rules", "propose_rules", "decide_rules"),
        ),
        Role.ADMIN,
    ),
}


def test_every_route_needs_the_role_that_this_table_says(bench):
    found = routes(bench.house.app)
    assert {name for name, _, _ in found} == set(NEEDED) - {"static"}
    clients = {None: bench.client(), **{role: bench.client(role) for role in ROLES}}
    for name, method, path in found:
        needed = NEEDED[name]
        if needed is None or name == "events":
            continue
        address = path.format(key=bench.key(), number=1, kind="Observation", name="x", outlet="x")
        for role, client in clients.items():
            allowed = role is not None and Role[role.upper()] >= needed
            form = {
                "token": "wrong",
                "act": "acknowledge",
                "raw": "x",
                "name": "x",
                "password": "y" * 12,
                "role": "nurse",
                "new": "z" * 12,
                "again": "z" * 12,
                "reason": "somebody needs help",
                "mine": "true",
            }
            answer = client.request(method, address, data=form if method == "POST" else None)
            if not allowed:
                assert answer.status_code == (401 if role is None else 403), (name, role)
            else:
                assert answer.status_code == (403 if method == "POST" else 200), (
                    name,
                    role,
                )  # the token is wrong


def test_an_act_without_the_token_of_the_session_is_refused(bench):
    client = bench.client("nurse")
    address = f"/patient/{bench.key()}/act"
    assert client.post(address, data={"act": "acknowledge", "token": "forged"}).status_code == 403
    assert client.post(address, data={"act": "acknowledge"}).status_code == 422
    assert client.post(address, data={"act": "acknowledge", "token": bench.token(client)}).status_code == 303


def test_an_alert_is_raised_answered_and_audited(bench):
    client = bench.client("nurse")
    bed = next(bed for bed in bench.house.hospital.board(None) if CANARY in bed.name)
    assert bed.alert.state == "alert"
    client.post(
        f"/patient/{bed.key}/act",
        data={"act": "snooze", "minutes": "60", "reason": "scan first", "token": bench.token(client)},
    )
    bench.house.engine.round()
    bed = next(bed for bed in bench.house.hospital.board(None) if CANARY in bed.name)
    assert bed.alert.state == "snoozed"
    assert bed.alert.until == NOW + 3_600_000_000
    assert bench.house.audit.latest()[0][3] == "snooze"


@pytest.mark.parametrize(
    ("act", "more"),
    [("dismiss", {"reason": "other cause"}), ("start", {"trigger": "suspected_infection"})],
)
def test_what_only_physicians_may_do(bench, act, more):
    for role, expected in (("nurse", 403), ("physician", 303)):
        client = bench.client(role)
        data = {"act": act, "token": bench.token(client), **more}
        assert client.post(f"/patient/{bench.key()}/act", data=data).status_code == expected


def test_a_user_sees_only_their_wards(bench):
    client = bench.client("upstairs")
    page = client.get("/").text
    assert "Other" in page
    assert CANARY not in page
    assert client.get(f"/patient/{bench.key()}").status_code == 404
    assert client.get(f"/patient/{bench.key()}/plot").status_code == 404
    data = {"act": "acknowledge", "token": bench.token(client)}
    assert client.post(f"/patient/{bench.key()}/act", data=data).status_code == 404


def test_too_many_wrong_passwords_lock_the_account(bench):
    client = bench.client()
    for _ in range(TRIES):
        assert client.post("/login", data={"name": "nurse", "password": "wrong"}).status_code == 401
    assert client.post("/login", data={"name": "nurse", "password": PASSWORD}).status_code == 401


def test_a_session_ends_when_nobody_is_there(bench, monkeypatch):
    client = bench.client("viewer")
    assert client.get("/").status_code == 200
    later = bench.house.app
    assert later
    monkeypatch.setattr("opensepsis.uses.ward.web.guard.Guard.now", lambda guard: 10**18)
    assert client.get("/").status_code == 401


def test_no_patient_in_addresses_logs_metrics_and_errors(bench, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    client = bench.client("admin")
    page = client.get("/").text
    addresses = re.findall(r'(?:href|src|action)="([^"]+)"', page)
    key = bench.key()
    told = [client.get(f"/patient/{key}x").text, client.get("/metrics").text, client.get("/healthz").text]
    client.post(f"/patient/{key}/act", data={"act": "acknowledge", "token": bench.token(client)})
    bench.house.store.keep([Arrival("hl7", "hl7", "bad", adt()[:40] + b"\xff" + CANARY.encode(), NOW)])
    bench.house.engine.round()
    told += [*addresses, caplog.text, *capfd.readouterr(), key]
    for text in told:
        assert CANARY not in text
        assert NUMBER not in text


class Links(HTMLParser):
    """The addresses that a page loads or leads to."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        self.found += [said[n] for n in ("href", "src", "action") if said.get(n)]
        self.inline += (
            "style" in said
            or any(n.startswith("on") for n in said)
            or (tag == "script" and "src" not in said)
        )


def test_nothing_from_outside_is_loaded_and_nothing_is_inline(bench):
    client = bench.client("admin")
    for path in (
        "/",
        f"/patient/{bench.key()}",
        "/feeds",
        "/dead-letters",
        "/users",
        "/audit",
        "/sepsis",
        "/message/1",
    ):
        answer = client.get(path)
        links = Links()
        links.feed(answer.text)
        assert answer.status_code == 200
        assert all(link.startswith(("/", "#", "data:,")) for link in links.found), path
        assert links.inline == 0, path
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "not a medical device" in answer.text


def test_fhir_is_kept_before_it_is_answered(bench):
    token = bench.house.accounts.new_feed_token("epic")
    client = bench.client()
    made = {"resourceType": "Observation", "id": "o1", "status": "final"}
    send = {"headers": {"authorization": f"Bearer {token}"}}
    assert client.post("/fhir/Observation", json=made).status_code == 401
    assert client.post("/fhir/Observation", content=b"{", **send).status_code == 400
    assert client.post("/fhir/Patient", json=made, **send).status_code == 400
    bench.house.hospital.keep = lambda arrival: bench.house.store.keep([arrival])[0]
    assert client.post("/fhir/Observation", json=made, **send).status_code == 201
    assert client.post("/fhir/Observation", json=made, **send).status_code == 200
    assert [m.key for m in bench.house.store.unread()] == ["Observation/o1/"]


def test_what_is_too_large_is_refused(bench):
    token = bench.house.accounts.new_feed_token("epic")
    answer = bench.client().post(
        "/fhir", content=b"x" * (17 * 2**20), headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit SET what = 'saw nothing' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "UPDATE audit SET number = CASE number WHEN 2 THEN 3 WHEN 3 THEN 2 ELSE number END WHERE number > 100",
        "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)",
    ],
    ids=["edit", "delete", "nothing", "truncate"],
)
def test_the_audit_shows_what_was_tampered_with(bench, tamper):
    client = bench.client("viewer")
    client.get("/")
    client.get(f"/patient/{bench.key()}")
    anchor = bench.house.audit.anchor()
    assert bench.house.audit.verify([anchor]).whole
    with bench.house.store.database.transaction() as run:
        run(tamper)
    assert Audit(bench.house.store.database).verify([anchor]).whole is ("> 100" in tamper)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            "UPDATE audit SET what = 'saw nothing' WHERE number = 2",
            "entry 2 (changed); the first 1 entry is intact",
        ),
        ("DELETE FROM audit WHERE number = 3", "entry 3 (missing); the first 2 entries are intact"),
    ],
)
def test_verifying_the_audit_says_where_it_failed(bench, address, tamper, said, capsys):
    for role in ROLES:
        bench.client(role).get("/")
    with bench.house.store.database.transaction() as run:
        run(tamper)
    with pytest.raises(typer.Exit) as ended:
        verify(address)
    printed = " ".join(capsys.readouterr().out.split())
    assert ended.value.exit_code == 1
    assert printed == f"Audit log verification FAILED at {said}."


def test_a_dead_letter_is_seen_mended_and_sent_again(bench):
    store = bench.house.store
    store.keep(
        [Arrival("hl7", "hl7", "dead", b"MSH|^~\\&|A|B|||20260302110000||ORU^R01|9|P|2.5.1\rPID|1\r", NOW)]
    )
    bench.house.engine.round()
    client = bench.client("admin")
    number = store.dead_letters()[0][0].number
    assert "the patient cannot be identified" in client.get("/dead-letters").text
    mended = vitals(rate="12", pressure="140").decode()
    client.post(f"/dead-letters/{number}", data={"raw": mended, "token": bench.token(client)})
    assert store.dead_letters() == []
    bench.house.engine.round()
    assert orjson.dumps([m.number for m in store.unread()]) == b"[]"


def test_an_alert_that_could_not_be_delivered_is_seen_and_sent_again(bench):
    store = bench.house.store
    with store.database.transaction() as run:
        run("INSERT INTO outbox VALUES (1, 'webhook', 'waiting', 0, 0, '')")
    letter = outbox.due(store.database, "webhook", NOW)[0]
    outbox.failed(store.database, letter, "answered 503", None)
    client = bench.client("admin")
    assert "1 tries, the last: answered 503" in client.get("/dead-letters").text
    path = f"/undelivered/webhook/{letter.number}"
    assert client.post(path, data={"token": "wrong"}).status_code == 403
    assert client.post(path, data={"token": bench.token(client)}).status_code == 303
    assert client.post(path, data={"token": bench.token(client)}).status_code == 404
    assert outbox.undelivered(store.database) == []
    assert outbox.waiting(store.database) == {"webhook": 1}


def test_a_dead_letter_is_mended_in_the_letters_of_its_header(bench):
    store = bench.house.store
    head = "MSH|^~\\&|A|B|||20260302110000||ORU^R01|9|P|2.5.1||||||8859/1\r"
    store.keep([Arrival("hl7", "hl7", "dead", (head + "PID|1||||Müller\r").encode("latin-1"), NOW)])
    bench.house.engine.round()
    client = bench.client("admin")
    assert "Müller" in client.get("/dead-letters").text
    mended = head + "PID|1||9^^^H^MR||Müller^Änne\r"
    number = store.dead_letters()[0][0].number
    client.post(f"/dead-letters/{number}", data={"raw": mended, "token": bench.token(client)})
    kept = store.unread()[0].raw
    assert kept == mended.encode("latin-1")


def test_the_page_of_feeds_names_those_that_share_numbers(bench):
    words = "share numbers of patients that come without an issuer"
    client, hospital = bench.client("admin"), bench.house.hospital
    assert words not in client.get("/feeds").text
    hospital.site = replace(hospital.site, shared_feeds=frozenset({"lab", "icu"}))
    assert f"<b>icu, lab</b> {words}" in client.get("/feeds").text
