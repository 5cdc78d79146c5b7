"""Schemathesis over the ward's OpenAPI description, as nobody, each role, a feed and a reader: no failure, no patient, a whole audit.

The command is `schemathesis` (PyPI), in an environment of its own: OPENSEPSIS_SCHEMATHESIS names it where it is not on the path.
"""

import json
import os
import re
import shutil
import subprocess

import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.security.audit import Audit
from tests.support.ward.browser import running
from tests.support.ward.pages import PASSWORD

COMMAND = os.environ.get("OPENSEPSIS_SCHEMATHESIS") or shutil.which("schemathesis")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        COMMAND is None, reason="there is no `schemathesis` (PyPI) here: OPENSEPSIS_SCHEMATHESIS names it"
    ),
]
NAME = {
    "name": "kind",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["Observation", "Flag", "Encounter", "x"]},
}
OWN = {
    "name": "own",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 20},
}
BODY = {
    "required": True,
    "content": {"application/fhir+json": {"schema": {"type": "object", "properties": {
        "resourceType": {"type": "string", "enum": ["Observation", "Bundle", "Patient", "Subscription"]}, "id": {"type": "string"},
        "status": {"type": "string"}, "meta": {}, "code": {}, "subject": {}, "entry": {"type": "array"}, "valueQuantity": {},
    }}}},
}  # fmt: skip
ANY = {"responses": {"default": {"description": "any answer"}}}
FHIR = {
    "/fhir": {"post": {**ANY, "requestBody": BODY}},
    "/fhir/metadata": {"get": ANY},
    "/fhir/{kind}": {"parameters": [NAME], "get": ANY, "post": {**ANY, "requestBody": BODY}},
    "/fhir/{kind}/{own}": {
        "parameters": [NAME, OWN], "get": ANY, "put": {**ANY, "requestBody": BODY}, "delete": ANY,
    },
}  # fmt: skip
ENDLESS = ("/events",)  # a stream that does not end
CALLERS = ("nobody", "viewer", "physician", "admin", "feed", "reader")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("schemathesis")) as (place, base):
        yield place, base


def headers(place, caller: str) -> list[str]:
    """What proves who calls: a session's cookie, or a token."""
    if caller == "nobody":
        return []
    if caller in ("feed", "reader"):
        new = place.accounts.new_feed_token if caller == "feed" else place.accounts.new_reader_token
        return ["--header", f"Authorization: Bearer {new('schemathesis')}"]
    browser = TestClient(place.app, follow_redirects=False)
    browser.post("/login", data={"name": caller, "password": PASSWORD})
    (cookie,) = browser.cookies.items()
    return ["--header", f"Cookie: {cookie[0]}={cookie[1]}"]


@pytest.mark.parametrize("caller", CALLERS)
def test_no_call_makes_the_ward_fail(house, tmp_path, caller):
    place, base = house
    told = place.app.openapi()
    told["paths"] = {path: said for path, said in {**told["paths"], **FHIR}.items() if path not in ENDLESS}
    for said in told["paths"].values():
        for method in said.values():
            if isinstance(method, dict):
                method["responses"] = ANY["responses"]
    (tmp_path / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    words = [
        "run",
        str(tmp_path / "openapi.json"),
        "--url",
        base,
        "--checks",
        "not_a_server_error",
        "--max-examples",
        "12",
    ]
    words += [
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "19",
        "--rate-limit",
        "1000/m",
        *headers(place, caller),
    ]
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=900, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    assert not re.search(r"Quill|Ada\b", said)
    assert place.engine.failed == "" and Audit(place.store.database).verify().whole
