"""The ward within a record system's page, in a real Chromium: shown to the origins that are named, and to no other."""

import ssl
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.uses.ward.model.clock import SECOND, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.smart import SmartServer
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ports import free_port
from tests.support.ward.browser import CHROMIUM, OPTIONS, said, served
from tests.support.ward.provider import CLIENT, hostile

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
)
SYSTEM = "https://ids.example.org/mrn"
NAMES = ("ward.test", "record.test", "stranger.test")  # each a site of its own, all on this machine
BLOCKED = "chrome-error://chromewebdata/"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    made = f"req -x509 -newkey rsa:2048 -nodes -keyout {folder}/key.pem -out {folder}/own.pem -days 2 -subj /CN=ward.test"
    subprocess.run(["openssl", *made.split()], check=True, capture_output=True)
    return folder / "own.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    where = f"--host-resolver-rules={', '.join(f'MAP {name} 127.0.0.1' for name in NAMES)}"
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, where])
    yield made
    made.close()
    playwright.stop()


@contextmanager
def framing(certificate, address: str):
    """The port of pages, over TLS, that hold nothing but a frame with an address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f'<!doctype html><title>Record</title><iframe src="{address}" width="900" height="600"></iframe>'.encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def record():
    """A record system that launches the ward for one patient; the ward's pages are framed by another server of it."""
    with hostile(WallClock().now() // SECOND) as found:
        found.metadata = {"code_challenge_methods_supported": ["S256"], "issuer": found.base}
        number = [{"system": SYSTEM, "value": "1"}]
        found.patient = {
            "resourceType": "Patient",
            "id": "p1",
            "birthDate": "1950-01-01",
            "identifier": number,
        }
        found.more = {"patient": "p1"}
        found.claims = {"fhirUser": f"{found.base}/Practitioner/7", "preferred_username": None}
        yield found


@contextmanager
def launching(tmp_path, certificate, record, is_named: bool):
    """A ward that is launched for a patient, and the page of the record within which that happens: its port, and that of the ward."""
    port = free_port()
    with framing(
        certificate, f"https://ward.test:{port}/smart/launch?iss={record.base}&launch=h1"
    ) as framed_at:
        site = read_site()
        site.feeds["ehr"] = Feed(authority="H", identifier_system=SYSTEM)
        smart = SmartServer(
            record.base, CLIENT, "ehr", role=Role.NURSE, client_secret="a secret that is long"
        )
        web = Settings(
            port=port, address=f"https://ward.test:{port}", smart=(smart,), certificate=certificate[0], key=certificate[1],
            embedded_in=(f"https://record.test:{framed_at}",) if is_named else (),
        )  # fmt: skip
        house = WardServer(WardConfig(str(tmp_path / "ward.db"), site, listeners=(), web=web))
        now = WallClock().now()
        house.store.keep(
            [Arrival("hl7", "hl7", str(i), raw, now) for i, raw in enumerate(said(1, "Ada", 27, now))]
        )
        house.engine.round()
        with served(house):
            yield framed_at, port
        site.feeds.pop("ehr")


@contextmanager
def opened(browser, address: str):
    """A page in a browser of its own, and what the browser complains of."""
    context = browser.new_context(ignore_https_errors=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda line: complaints.append(line.text))
    page.goto(address)
    yield page, complaints
    context.close()


def test_a_launch_within_the_record_opens_the_patient_and_keeps_the_session_apart(
    browser, tmp_path, certificate, record
):
    with (
        launching(tmp_path, certificate, record, True) as (framed_at, port),
        opened(browser, f"https://record.test:{framed_at}/") as (page, complaints),
    ):
        shown = page.frame_locator("iframe")
        shown.get_by_text("Ada Quill").first.wait_for()
        assert "/patient/" in page.frames[1].url
        shown.get_by_role("button", name="Acknowledge").first.wait_for()
        (session,) = [one for one in page.context.cookies() if one["name"].startswith("__Host-")]
        assert (session["sameSite"], session["secure"], session["httpOnly"]) == ("None", True, True)
        assert session["partitionKey"] == "https://record.test"
        page.goto(f"https://ward.test:{port}/")
        page.wait_for_selector("[name=password]")
        assert "/login" in page.url, "the session within the record is none outside it"
        assert not [one for one in complaints if "frame-ancestors" in one]


def test_somebody_who_was_let_in_within_the_record_acts_there(browser, tmp_path, certificate, record):
    with (
        launching(tmp_path, certificate, record, True) as (framed_at, _),
        opened(browser, f"https://record.test:{framed_at}/") as (page, _),
    ):
        shown = page.frame_locator("iframe")
        shown.get_by_role("button", name="Acknowledge").first.click()
        shown.get_by_text("acknowledged").first.wait_for()


@pytest.mark.parametrize(("is_named", "host"), [(True, "stranger.test"), (False, "record.test")])
def test_a_page_that_is_not_named_shows_nothing_of_the_ward(
    browser, tmp_path, certificate, record, is_named, host
):
    with (
        launching(tmp_path, certificate, record, is_named) as (framed_at, _),
        opened(browser, f"https://{host}:{framed_at}/") as (page, complaints),
    ):
        for _ in range(100):
            if (
                any("frame-ancestors" in one or "X-Frame-Options" in one for one in complaints)
                and page.frames[1].url == BLOCKED
            ):
                break
            page.wait_for_timeout(100)
        assert page.frames[1].url == BLOCKED
        assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in complaints), complaints
        assert "Quill" not in page.frames[1].content()
