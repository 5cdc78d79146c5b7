"""A ward whose pages are served, for a real browser or another reader."""

import asyncio
import shutil
from contextlib import contextmanager
from threading import Thread
from time import sleep

import uvicorn

from opensepsis.uses.ward.model.clock import WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ports import free_port
from tests.support.ward.pages import PASSWORD

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {
    "wide": (1440, 900, "light"),
    "light": (1280, 800, "light"),
    "dark": (1280, 800, "dark"),
    "phone": (390, 844, "light"),
    "phone, dark": (390, 844, "dark"),
}


def said(number: int, name: str, rate: int, now: int) -> list[bytes]:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(now / 1e6 - 60, UTC).strftime("%Y%m%d%H%M%S+0000")
    person = f"PID|1||{number}^^^H^MR||Quill^{name}||19500101|F\r"
    adt = f"MSH|^~\\&|ADT|H|||{at}||ADT^A01|a{number}{rate}|P|2.5.1\rEVN|A01|{at}\r{person}PV1|1|I|3B^1^{number}||||||||||||||||V{number}\r"
    values = {
        "9279-1": (rate, "/min"),
        "8480-6": (88, "mm[Hg]"),
        "8867-4": (126, "/min"),
        "59408-5": (91, "%"),
        "2524-7": (5.1, "mmol/L"),
        "2160-0": (3.9, "mg/dL"),
        "777-3": (60, "10*3/uL"),
    }
    rows = "\r".join(
        f"OBX|{i}|NM|{c}^x^LN||{v}|{u}|||||F|||{at}" for i, (c, (v, u)) in enumerate(values.items(), 1)
    )
    oru = f"MSH|^~\\&|MON|H|||{at}||ORU^R01|o{number}{rate}|P|2.5.1\r{person}OBR|1||o1|x|||{at}\r{rows}\r"
    taken = f"OBR|1||b1|600-7^x^LN|||{at}\rOBX|1|ST|600-7^x^LN||||||||P\r"
    culture = f"MSH|^~\\&|LAB|H|||{at}||ORU^R01|c{number}{rate}|P|2.5.1\r{person}{taken}"
    drug = f"RXA|0|1|{at}||ceftriaxone|2|g|||||||||||||CP|A\rRXR|IV\r"  # starts the clocks
    dose = f"MSH|^~\\&|RX|H|||{at}||RAS^O17|d{number}{rate}|P|2.5.1\r{person}ORC|RE||d1\r{drug}"
    return [adt.encode(), oru.encode(), culture.encode(), dose.encode()]


@contextmanager
def running(path, zone: str = "UTC", kept=None):
    """A ward whose pages are served on a free port; `kept` gives what it was told before, at a moment."""
    port = free_port()
    web = Settings(port=port, silent=False, frozen_after=3, zone=zone)
    house = WardServer(
        WardConfig(
            database=str(path / "ward.db"),
            policy=AlertPolicy(silent=False),
            listeners=(),
            clock=WallClock(),
            web=web,
        )
    )
    for role in ("viewer", "nurse", "physician", "admin"):
        house.accounts.add(role, PASSWORD, role)
    if kept:
        now = WallClock().now()
        house.store.keep([Arrival("hl7", "hl7", str(i), raw, now) for i, raw in enumerate(kept(now))])
    else:
        keep(house, 1, "Ada", 27)
    house.engine.round()
    with served(house):
        yield house, f"http://127.0.0.1:{port}"


@contextmanager
def served(house: WardServer):
    """The pages of a ward at their port, and its engine at work."""
    house.engine.start()
    server = uvicorn.Server(house._serving())
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        sleep(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        house.close()


def keep(house: WardServer, number: int, name: str, rate: int) -> None:
    now = WallClock().now()
    for i, raw in enumerate(said(number, name, rate, now)):
        house.committer.keep_now(Arrival("hl7", "hl7", f"{number}-{rate}-{i}", raw, now))
    house.engine.wake()


def logged_in(browser, base: str, size: str = "light", who: str = "nurse"):
    wide, high, scheme = SIZES[size]
    page = browser.new_context(viewport={"width": wide, "height": high}, color_scheme=scheme).new_page()
    page.faults = []
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    page.on("console", lambda line: page.faults.append(line.text) if line.type == "error" else None)
    page.goto(base + "/login")
    page.fill("[name=name]", who)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".bed")
    return page
