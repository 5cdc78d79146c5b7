"""How much may come from whom: by session, feed or address, never of health; and whose word on addresses counts."""

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from opensepsis.errors import AccountError
from opensepsis.uses.ward.security import accounts as of_accounts
from opensepsis.uses.ward.security.accounts import LOCKED_FOR, TRIES, Accounts
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.web.settings import Settings

PASSWORD = "a long enough password"


@pytest.fixture
def house(tmp_path):
    web = Settings(requests_per_minute=20, feed_requests_per_second=400, trusted_proxies=("10.0.0.0/8",))
    house = WardServer(WardConfig(database=str(tmp_path / "ward.db"), listeners=(), web=web))
    house.accounts.add("ada", PASSWORD, "admin")
    yield house
    house.close()


def test_too_many_requests_of_an_address_say_when_to_come_again(house):
    client = TestClient(house.app)
    answers = [client.get("/login") for _ in range(25)]
    refused = [a for a in answers if a.status_code == 429]
    assert refused and 1 <= int(refused[0].headers["retry-after"]) <= 60
    assert "no-store" in refused[0].headers["cache-control"]
    assert all(client.get("/healthz").status_code != 429 for _ in range(50))


def test_a_session_and_a_feed_have_limits_of_their_own(house):
    client = TestClient(house.app, follow_redirects=False)
    assert client.post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 303
    client.get("/")
    stranger = TestClient(house.app)
    assert 429 in [stranger.get("/login").status_code for _ in range(30)]
    assert client.get("/").status_code == 200, "somebody else at this address does not matter"
    token = house.accounts.new_feed_token("epic")
    send = {"headers": {"authorization": f"Bearer {token}"}}
    house.hospital.keep = lambda arrival: house.store.keep([arrival])[0]
    feed = TestClient(house.app, client=("192.0.2.9", 1))
    answers = [
        feed.post("/fhir/Observation", json={"resourceType": "Observation", "id": f"o{n}"}, **send)
        for n in range(100)
    ]
    assert {a.status_code for a in answers} == {201}
    wrong = {"headers": {"authorization": "Bearer wrong"}}
    body = {"resourceType": "Observation", "id": "x"}
    assert 429 in [stranger.post("/fhir/Observation", json=body, **wrong).status_code for _ in range(30)]


@pytest.mark.parametrize(
    ("peer", "believed"), [("10.1.2.3", True), ("127.0.0.1", False), ("192.0.2.1", False)]
)
def test_only_a_named_proxy_is_believed(house, peer, believed):
    config = house._serving()
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(peer, 1))

    async def logged_in() -> tuple[str, set[str]]:
        said = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7"}
        async with httpx.AsyncClient(transport=transport, base_url="http://ward") as client:
            answer = await client.post("/login", data={"name": "ada", "password": PASSWORD}, headers=said)
            wrong = {"name": "ada", "password": "wrong"}
            await client.post("/login", data=wrong, headers=said)
        rows = house.store.database.rows("SELECT address FROM login_failure")
        return answer.headers["set-cookie"], {address for (address,) in rows}

    import asyncio

    cookie, addresses = asyncio.run(logged_in())
    assert ("Secure" in cookie) is believed
    assert addresses == {"198.51.100.7" if believed else peer}


def test_a_lock_holds_for_the_address_that_tried(address):
    accounts = Accounts(open_database(address))
    accounts.add("ada", PASSWORD, "nurse")
    for _ in range(TRIES):
        assert accounts.log_in("ada", "wrong", 10, "192.0.2.1") is None
    assert accounts.log_in("ada", PASSWORD, 11, "192.0.2.1") is None
    assert accounts.log_in("ada", PASSWORD, 11, "192.0.2.2") is not None
    assert accounts.log_in("ada", PASSWORD, 10 + LOCKED_FOR, "192.0.2.1") is not None
    for n in range(60):
        accounts.log_in(f"nobody {n}", "wrong", 20, "192.0.2.3")
    assert accounts.log_in("ada", PASSWORD, 21, "192.0.2.3") is None, "whoever tries every name"
    accounts.database.close()


def test_passwords_are_kept_as_argon2id_at_the_cost_of_rfc_9106(monkeypatch, tmp_path):
    monkeypatch.setattr(of_accounts, "PasswordHasher", PasswordHasher)  # the other tests hash at little cost
    accounts = Accounts(open_database(str(tmp_path / "ward.db")))
    accounts.add("ada", PASSWORD, "nurse")
    ((kept,),) = accounts.database.rows("SELECT hash FROM account")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert accounts.log_in("ada", PASSWORD, 0) and not accounts.log_in("ada", PASSWORD + "!", 0)
    accounts.database.close()


def test_the_last_administrator_keeps_the_role(address):
    accounts = Accounts(open_database(address))
    accounts.add("ada", PASSWORD, "admin")
    accounts.add("ada", "another long password", "admin")
    for change in (lambda: accounts.add("ada", PASSWORD, "nurse"), lambda: accounts.remove("ada")):
        with pytest.raises(AccountError, match="last administrator"):
            change()
    accounts.add("bea", PASSWORD, "admin")
    accounts.add("ada", PASSWORD, "nurse")
    assert [(u.name, u.role.name) for u in accounts.users()] == [("ada", "NURSE"), ("bea", "ADMIN")]
    accounts.database.close()
