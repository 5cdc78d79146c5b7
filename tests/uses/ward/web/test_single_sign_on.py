"""Signing on at the hospital's provider: what proves who somebody is, what does not, and what their groups may do here."""

import os
import re
import shutil
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.clock import SECOND, HandClock, WallClock
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.openid import GroupRole, OpenID, SignOnRefused
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ports import free_port
from tests.support.ward.provider import CLIENT, hostile

WARD = "https://ward.example.org"
PASSWORD = "a long enough password"
GROUPS = (
    GroupRole("icu-nurses", Role.NURSE, frozenset(["ICU"])),
    GroupRole("staff", Role.VIEWER),
    GroupRole("informatics", Role.ADMIN),
)


def openid(issuer: str, **other) -> OpenID:
    said = {
        "client_id": CLIENT,
        "address": WARD,
        "groups": GROUPS,
        "client_secret": "a secret of the ward that is long",
    }
    return OpenID(issuer, **said | other)


@contextmanager
def ward(tmp_path, provider: OpenID):
    """A ward and a browser on it."""
    plan = WardConfig(
        database=str(tmp_path / "ward.db"), listeners=(), clock=HandClock(0), web=Settings(openid=provider)
    )
    house = WardServer(plan)
    house.accounts.add("root", PASSWORD, "admin")
    yield house, TestClient(house.app, base_url=WARD, follow_redirects=False, headers={"accept": "text/html"})
    house.close()


@pytest.fixture
def provider():
    with hostile(WallClock().now() // SECOND) as found:
        yield found


@pytest.fixture
def place(tmp_path, provider):
    with ward(tmp_path, openid(provider.base)) as (house, browser):
        yield house, browser


def begun(browser, provider) -> dict[str, str]:
    """The parameters with which a browser is sent to the provider."""
    answer = browser.get("/login/openid")
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"{provider.base}/authorize?")
    return provider.sent_to(answer.headers["location"])


def come_back(browser, state: str, **other):
    return browser.get("/login/openid/answer", params={"code": "c", "state": state} | other)


def sign_on(browser, provider):
    return come_back(browser, begun(browser, provider)["state"])


def lines(house) -> list[tuple[str, str, str]]:
    return [(who, what, detail) for _, _, who, what, _, detail in house.audit.latest()]


def test_who_is_in_a_group_comes_in_with_its_role_and_wards(place, provider):
    house, browser = place
    said = begun(browser, provider)
    assert said["response_type"] == "code" and said["code_challenge_method"] == "S256"
    assert said["redirect_uri"] == f"{WARD}/login/openid/answer" and said["scope"] == "openid profile"
    answer = come_back(browser, said["state"])
    assert answer.status_code == 200 and 'content="0; url=/"' in answer.text
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-opensepsis_ward="))
    assert all(word in cookie for word in ("HttpOnly", "Secure", "Path=/", "SameSite=strict"))
    assert "Domain" not in cookie and "max-age=31536000" in answer.headers["strict-transport-security"]
    board = browser.get("/")
    assert board.status_code == 200 and "ada, nurse" in board.text
    account = next(a for a in house.accounts.accounts(0) if a.user.name == "ada")
    assert (account.user.role, account.user.wards, account.issuer) == (
        Role.NURSE,
        frozenset(["ICU"]),
        provider.base,
    )
    assert lines(house)[1] == ("ada", "logged in", "single sign-on, nurse")
    assert "opaque" not in str(house.audit.latest())


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"iss": "https://elsewhere.example.org"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client"]}, "aud"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "azp"),
        ({"nonce": "of another sign-on"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1_000_000_000}, "exp"),
        ({"exp": None}, "exp"),
        ({"nbf": 4_000_000_000}, "nbf"),
        ({"iat": 4_000_000_000}, "iat"),
        ({"sub": None}, "sub"),
        ({"at_hash": "of another token"}, "at_hash"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_claim_that_does_not_hold_lets_nobody_in(place, provider, claims, what):
    house, browser = place
    provider.claims = claims
    answer = sign_on(browser, provider)
    assert answer.status_code == 403 and what in answer.text and "Log in" in answer.text
    assert browser.get("/").status_code == 303, "no session"
    assert lines(house)[0][:2] == ("somebody unknown", "failed to log in")


def test_a_token_that_another_key_signed_lets_nobody_in(place, provider):
    _, browser = place
    provider.published = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
    assert sign_on(browser, provider).status_code == 403


def test_a_new_key_of_the_provider_is_asked_for(place, provider, monkeypatch):
    _, browser = place
    assert sign_on(browser, provider).status_code == 200
    monkeypatch.setattr("opensepsis.uses.ward.security.published_keys.KEYS_AGAIN", 0.0)
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.published = [provider.key]
    assert sign_on(browser, provider).status_code == 200
    assert provider.asked.count("/jwks") == 2


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_signature_of_a_key_pair_lets_nobody_in(place, provider, algorithm):
    _, browser = place
    parts = (b'{"alg":"%s","kid":"one"}' % algorithm.encode(), b'{"sub":"s-1"}', b"x")
    provider.raw_token = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert sign_on(browser, provider).status_code == 403


def test_an_answer_is_taken_once_by_the_browser_that_began_in_time(place, provider):
    house, browser = place
    state = begun(browser, provider)["state"]
    other = TestClient(house.app, base_url=WARD, follow_redirects=False, headers={"accept": "text/html"})
    assert come_back(other, state).status_code == 403, "another browser has nothing of it"
    assert come_back(browser, state).status_code == 403, "and it is over then"
    state = begun(browser, provider)["state"]
    assert come_back(browser, state).status_code == 200
    assert come_back(browser, state).status_code == 403, "replayed"
    assert come_back(browser, "made up").status_code == 403


def test_an_answer_of_another_provider_or_with_an_error_is_refused(place, provider):
    _, browser = place
    state = begun(browser, provider)["state"]
    assert come_back(browser, state, iss="https://elsewhere.example.org").status_code == 403
    state = begun(browser, provider)["state"]
    assert come_back(browser, state, iss=provider.base).status_code == 200
    state = begun(browser, provider)["state"]
    answer = browser.get("/login/openid/answer", params={"error": "access_denied", "state": state})
    assert answer.status_code == 403 and "did not sign you on" in answer.text
    provider.challenge = "of another sign-on"
    begun(browser, provider)
    state, provider.challenge = begun(browser, provider)["state"], "of another sign-on"
    assert come_back(browser, state).status_code == 403, "the code is bound to what began it"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example.org"},
        {"token_endpoint": "http://login.example.org/token"},
        {"jwks_uri": ""},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(place, provider, metadata):
    _, browser = place
    provider.metadata = metadata
    answer = browser.get("/login/openid")
    assert answer.status_code == 502 and "location" not in answer.headers


def test_a_provider_that_is_away_is_said_and_passwords_still_work(tmp_path):
    with ward(tmp_path, openid("http://127.0.0.1:9")) as (_, browser):
        answer = browser.get("/login/openid")
        assert answer.status_code == 502 and "Try again" in answer.text
        assert browser.post("/login", data={"name": "root", "password": PASSWORD}).status_code == 303


def test_groups_are_read_anew_at_each_sign_on(place, provider):
    house, browser = place
    provider.claims = {"groups": ["informatics", "staff"]}
    assert sign_on(browser, provider).status_code == 200
    assert browser.get("/users").status_code == 200
    provider.claims = {"groups": "staff", "preferred_username": "ada.renamed"}
    assert sign_on(browser, provider).status_code == 200
    assert browser.get("/users").status_code == 403
    users = {u.name: (u.role, u.wards) for u in house.accounts.users()}
    assert users == {"ada": (Role.VIEWER, None), "root": (Role.ADMIN, None)}, (
        "one account, under its first name"
    )
    provider.claims = {"groups": ["catering"]}
    answer = sign_on(browser, provider)
    assert answer.status_code == 403 and "none of your groups" in answer.text


def test_groups_that_only_the_user_info_names_are_read_there(place, provider):
    _, browser = place
    provider.claims = {"groups": None}
    provider.user_info = {"sub": "s-1", "groups": ["icu-nurses"]}
    assert sign_on(browser, provider).status_code == 200
    provider.user_info = {"sub": "somebody else", "groups": ["informatics"]}
    assert sign_on(browser, provider).status_code == 403


def test_nobody_takes_the_account_of_somebody_with_a_password(place, provider):
    house, browser = place
    provider.claims = {"preferred_username": "root", "groups": ["informatics"]}
    answer = sign_on(browser, provider)
    assert answer.status_code == 403 and "has your name" in answer.text
    assert browser.get("/").status_code == 303
    provider.claims = {}
    assert sign_on(browser, provider).status_code == 200
    assert (
        house.accounts.log_in("ada", "", 0) is None
        and house.accounts.log_in("ada", "signs on elsewhere", 0) is None
    )


def test_an_administrator_of_the_provider_is_not_the_last_one(place, provider):
    _house, browser = place
    provider.claims = {"groups": ["informatics"]}
    assert sign_on(browser, provider).status_code == 200
    page = browser.get("/users").text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    assert browser.post("/users/remove", data={"token": token, "name": "root"}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "http://login.example.org"}, {"address": "ftp://x"}, {"groups": ()}, {"client_id": ""}],
    ids=str,
)
def test_settings_that_cannot_be_safe_are_refused(wrong):
    with pytest.raises(OutputError):
        OpenID(
            **{"issuer": "https://i.example.org", "client_id": "w", "address": WARD, "groups": GROUPS} | wrong
        )


def test_the_secret_is_not_shown():
    assert "a secret" not in repr(openid("https://i.example.org")) and issubclass(SignOnRefused, Exception)


INSTALLED = Path(os.environ.get("OPENSEPSIS_NODE_CLIENTS", "/nowhere"))
HERE = Path(__file__).parent / "providers"


def through_forms(visitor: httpx.Client, address: str, base: str, answers: dict) -> str:
    """Follows a provider's pages, filling in their forms, until it sends the browser back to the ward; that address."""
    answer = visitor.get(address)
    for _ in range(12):
        while answer.is_redirect:
            to = str(answer.next_request.url)
            if to.startswith(WARD):
                return to
            answer = visitor.get(to)
        form = re.search(r"<form[^>]*>.*?</form>", answer.text, re.S)[0]
        action = re.search(r'action="([^"]*)"', form)
        fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form)) | answers
        where = httpx.URL(str(answer.url)).join(action[1].replace("&amp;", "&")) if action else answer.url
        answer = visitor.post(where, data=fields)
    raise AssertionError("the provider did not lead back")


@contextmanager
def running(command: list, environment: dict, base: str):
    """A provider as a process of its own that answers."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(200):
            try:
                httpx.get(f"{base}/.well-known/openid-configuration", timeout=1.0)
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the provider ended"
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.services
def test_signing_on_at_oidc_provider_of_node(tmp_path):
    if not shutil.which("node") or not (INSTALLED / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(
            "oidc-provider is not installed: npm install of providers/package.json, OPENSEPSIS_NODE_CLIENTS names it"
        )
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "OPENSEPSIS_NODE_CLIENTS": str(INSTALLED)}
    command = ["node", HERE / "serve.mjs", str(port), f"{WARD}/login/openid/answer", "ada"]
    with running(command, environment, base), ward(tmp_path, openid(base)) as (house, browser):
        for name, status in (("ada", 200), ("cook", 403)):
            address = browser.get("/login/openid").headers["location"]
            with httpx.Client() as visitor:
                back = through_forms(visitor, address, base, {"login": name, "password": "x"})
            assert browser.get(back).status_code == status
            assert browser.get(back).status_code == 403, "replayed"
        assert [(u.name, u.role) for u in house.accounts.users()] == [
            ("ada", Role.NURSE),
            ("root", Role.ADMIN),
        ]


@pytest.mark.services
def test_signing_on_at_oidc_provider_mock_of_python(tmp_path):
    pytest.importorskip("importlib.metadata").version("oidc-provider-mock")
    port = free_port()
    base = f"http://localhost:{port}"
    users = '{"sub": "ada", "groups": ["icu-nurses"], "preferred_username": "ada"}'
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--user-claims",
        users,
    ]
    with running(command, dict(os.environ), base), ward(tmp_path, openid(base)) as (house, browser):
        address = browser.get("/login/openid").headers["location"]
        with httpx.Client() as visitor:
            back = through_forms(visitor, address, base, {"sub": "ada"})
        answer = browser.get(back)
        assert answer.status_code == 200, answer.text
        assert browser.get(back).status_code == 403, "replayed"
        assert {u.name for u in house.accounts.users()} == {"ada", "root"}
