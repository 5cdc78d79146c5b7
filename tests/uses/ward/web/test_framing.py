"""Within whose pages the ward may be shown: nobody's, unless a setting names a record system."""

import re

import pytest
from fastapi.testclient import TestClient

from opensepsis.errors import OutputError
from opensepsis.uses.ward.config import _origins
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import NOW, PASSWORD

EHR, WARD = "https://ehr.example", "https://ward.example"


@pytest.fixture(params=[(), (EHR, "https://second.example:8443")])
def embedded(request, tmp_path):
    web = Settings(embedded_in=request.param)
    house = WardServer(WardConfig(str(tmp_path / "ward.db"), listeners=(), clock=HandClock(NOW), web=web))
    house.accounts.add("ada", PASSWORD, "nurse")
    yield request.param, house
    house.close()


def policy(answer) -> str:
    rules = answer.headers["content-security-policy"].split("; ")
    return next(rule.removeprefix("frame-ancestors ") for rule in rules if rule.startswith("frame-ancestors"))


def test_every_answer_says_who_may_frame_it(embedded):
    origins, house = embedded
    browser = TestClient(house.app, base_url=WARD, follow_redirects=False)
    answers = [
        browser.get(path) for path in ("/login", "/", "/static/ward.css", "/nowhere", "/fhir/metadata")
    ]
    answers.append(browser.post("/login", content=b"x" * 100_000))
    assert {policy(answer) for answer in answers} == {" ".join(origins) or "'none'"}
    assert {"x-frame-options" in answer.headers for answer in answers} == {not origins}


@pytest.mark.parametrize("base", [WARD, "http://ward.example"])
def test_a_framed_session_is_kept_apart_and_only_over_tls(embedded, base):
    origins, house = embedded
    browser = TestClient(house.app, base_url=base, follow_redirects=False)
    cookie = browser.post("/login", data={"name": "ada", "password": PASSWORD}).headers["set-cookie"]
    apart = bool(origins) and base == WARD
    assert ("SameSite=none" in cookie and cookie.endswith("; Partitioned")) == apart
    assert ("SameSite=strict" in cookie) != apart
    assert "HttpOnly" in cookie and ("Secure" in cookie) == (base == WARD)


@pytest.mark.parametrize("base", [WARD, "http://ward.example"])
def test_a_session_is_taken_back_as_it_was_set(embedded, base):
    _, house = embedded
    browser = TestClient(house.app, base_url=base, follow_redirects=False)
    browser.post("/login", data={"name": "ada", "password": PASSWORD})
    page = browser.get("/", headers={"accept": "text/html"}).text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    (gone,) = browser.post("/logout", data={"token": token}).headers.get_list("set-cookie")
    assert "Max-Age=0" in gone and ("; Partitioned" in gone) == (bool(embedded[0]) and base == WARD)
    assert ("Secure" in gone) == (base == WARD) and len(browser.cookies) == 0


def test_an_act_from_within_needs_the_token_of_the_session_all_the_same(embedded):
    _, house = embedded
    browser = TestClient(house.app, base_url=WARD, follow_redirects=False)
    browser.post("/login", data={"name": "ada", "password": PASSWORD})
    assert browser.post("/logout", data={"token": "forged"}).status_code == 403


@pytest.mark.parametrize("origin", [
    "https://ehr.example/", "https://ehr.example/launch", "https://*.example", "*", "'self'", "http://ehr.example", "ehr.example",
    "https://a.example https://b.example", "https://user@ehr.example", "https://ehr.example;script-src *", "https://",
])  # fmt: skip
def test_only_an_origin_that_is_encrypted_is_taken(origin):
    with pytest.raises(OutputError, match="--embedded-in"):
        _origins([origin])


def test_the_option_reaches_the_pages():
    assert _origins([EHR, "https://ehr.example:8443"]) == (EHR, "https://ehr.example:8443")
