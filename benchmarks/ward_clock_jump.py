"""The machine's clock jumps under a ward at work: two hours ahead, right again, two hours back, right again.

    python benchmarks/ward_clock_jump.py [SECONDS]

A ward in a process of its own listens for MLLP and calls a pager by webhook, with a rota of one person for this hour and others before
and after. Its clock of the day is shifted by a small library that is loaded before all others (`clock_shift.c`; Linux and a C compiler).
In each phase of so many seconds patients are admitted, every fourth of them ill; the senders' clocks are right. Printed into
docs/performance-ward.md: who was called, when, by whose rota, and what the ward said of itself.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection

import orjson
from page_table import write_row
from running_ward import PATIENCE, free_ports, wait_for, with_bytecode

from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.notify.webhook import is_genuine
from opensepsis.uses.ward.store import Store

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.support.ward.receiving import SECRET, Receiver, receiving  # noqa: E402

HOURS = {"right": 0, "2 h ahead": 2, "right again": 0, "2 h back": -2, "right at last": 0}
ON_CALL = "on call now"
WELL, ILL = (
    (("8867-4", 76), ("9279-1", 15), ("8480-6", 124)),
    (("8867-4", 134), ("9279-1", 31), ("8480-6", 84)),
)
HEADS = (
    "clock", "messages kept / sent", "ill, called", "others called", "escalated", "called to the wrong person", "signed at a wrong time",
    "furthest stamp from the right time, s", "/healthz", "load",
)  # fmt: skip
WARD = """
import asyncio, sys
from pathlib import Path
from opensepsis.uses.ward.ingest.mllp_server import Limits, Listener
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
database, mllp, web, url, secret, rota = sys.argv[1:]
plan = WardConfig(
    database, policy=AlertPolicy(silent=False), listeners=(Listener("hl7", port=int(mllp), limits=Limits(rate=1e9)),),
    web=Settings(port=int(web), silent=False), channels=(Webhook("pager", url, secret.encode()),), rota=Path(rota),
)
asyncio.run(WardServer(plan).run())
"""


@dataclass
class Phase:
    """What was sent while the clock was so, and what the ward said of itself."""

    ill: set[str] = field(default_factory=set)
    well: set[str] = field(default_factory=set)
    sent: int = 0
    health: str = ""
    began: float = 0.0


def shifted(folder: Path) -> tuple[dict[str, str], Path]:
    """The environment of a process whose clock can be shifted, and the file that says by how many seconds."""
    library, shift = folder / "clock_shift.so", folder / "shift"
    source = Path(__file__).with_name("clock_shift.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    set_clock(shift, 0)
    return with_bytecode() | {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(shift)}, shift


def set_clock(shift: Path, hours: int) -> None:
    """Shifts the clock of whoever has the file in memory."""
    with shift.open("r+b" if shift.exists() else "wb") as file:
        file.write((hours * 3600).to_bytes(8, "little", signed=True))


def rota(folder: Path) -> Path:
    """Others than the right one are on call before and after this hour."""
    now, path = datetime.now(UTC), folder / "rota.csv"
    turns = ((-9, -1, "on call before"), (-1, 1, ON_CALL), (1, 9, "on call later"))
    rows = [
        f"*,{now + timedelta(hours=begin):%Y-%m-%d %H:%M},{now + timedelta(hours=end):%Y-%m-%d %H:%M},{step},{name},x"
        for begin, end, name in turns
        for step in (1, 2)
    ]
    path.write_text("ward,from,until,step,name,contact\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def messages(patient: str, ill: bool) -> list[bytes]:
    """An admission and one set of vital signs, stamped by a clock that is right."""
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    head = (
        f"MSH|^~\\&|MON|H|||{stamp}||{{}}|{patient}{{}}|P|2.5.1\rPID|1||{patient}^^^H^MR||Doe^J||19500101|F\r"
    )
    rows = "".join(
        f"OBX|{n}|NM|{code}^x^LN||{value}|{'mm[Hg]' if code == '8480-6' else '/min'}|||||F|||{stamp}\r"
        for n, (code, value) in enumerate(ILL if ill else WELL, 1)
    )
    admitted = (
        head.format("ADT^A01", "a")
        + f"PV1|1|I|3B^1^{patient}||||||||||||||||V{patient}|||||||||||||||||||||||||{stamp}\r"
    )
    return [
        admitted.encode(),
        (head.format("ORU^R01", "v") + f"OBR|1||{patient}|x|||{stamp}\r{rows}").encode(),
    ]


def send(port: int, raw: bytes) -> bool:
    """Whether a message was acknowledged."""
    with create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"\x0b" + raw + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            answer += connection.recv(65536)
    return b"|AA|" in answer


def health(port: int) -> str:
    """What the ward says of itself."""
    try:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)
        status, said = answer.status, answer.read()
    except urllib.error.HTTPError as problem:
        status, said = problem.code, problem.read()
    return f"{status} {orjson.loads(said)['status']}"


def play(seconds: float, mllp: int, web: int, shift: Path) -> dict[str, Phase]:
    """All phases one after the other; a patient a second."""
    phases = {}
    for number, (name, hours) in enumerate(HOURS.items()):
        set_clock(shift, hours)
        phase = phases[name] = Phase(began=time.time())
        for n in range(int(seconds)):
            patient, ill = f"P{number}{n:03d}", n % 4 == 0
            (phase.ill if ill else phase.well).add(patient)
            for raw in messages(patient, ill):
                assert send(mllp, raw), "a message was refused"
                phase.sent += 1
            time.sleep(1)
        phase.health = health(web)
    return phases


def told(name: str, phase: Phase, until: float, database: str, calls: list[Mapping]) -> tuple[str, ...]:
    """The row of a phase: from the store, and from what the pager was sent."""
    with closing(sqlite3.connect(database)) as store:
        kept = store.execute("SELECT key, received FROM message").fetchall()
    mine = phase.ill | phase.well
    received = [stamp / 1e6 for key, stamp in kept if any(f"{p}{kind}" in key for p in mine for kind in "av")]
    with closing(Store(database)) as store:
        changes = [one for one in store.transitions() if one.patient.rpartition("|")[2] in mine]
    called = {one.patient.rpartition("|")[2] for one in changes if one.state is AlertState.ALERT}
    escalated = sum(one.state is AlertState.ESCALATED for one in changes)
    off = [max(phase.began - at, at - until, 0.0) for at in (*received, *(one.time / 1e6 for one in changes))]
    paged = [one for one in calls if one["patient"].rpartition("|")[2] in mine]
    right = {one["patient"].rpartition("|")[2] for one in paged if one["genuine"]}
    wrong = sum([who["name"] for who in one["call"]] != [ON_CALL] for one in paged)
    return (
        name, f"{len(received)} / {phase.sent}", f"{len(phase.ill)}, {len(called & phase.ill & right)}", str(len(called - phase.ill)),
        str(escalated), str(wrong), str(sum(not one["genuine"] for one in paged)), f"{max(off, default=0.0):.1f}", phase.health,
        f"{os.getloadavg()[0]:.1f}",
    )  # fmt: skip


def paged(receiver: Receiver) -> list[Mapping]:
    """What the pager was sent, each with whether it is signed at the right time."""
    found = []
    for headers, body in receiver.taken:
        titled = {name.title(): value for name, value in headers.items()}
        said = orjson.loads(body)
        if "call" in said:
            found.append(said | {"genuine": is_genuine(SECRET, titled, body, time.time(), within=900.0)})
    return found


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as name, receiving() as receiver:
        folder, (mllp, web) = Path(name), free_ports(2)
        environment, shift = shifted(folder)
        database = str(folder / "ward.db")
        command = [
            sys.executable,
            "-c",
            WARD,
            database,
            str(mllp),
            str(web),
            receiver.url,
            SECRET.decode(),
            str(rota(folder)),
        ]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            for port in (mllp, web):
                wait_for(port, time.monotonic() + PATIENCE)
            phases = play(seconds, mllp, web, shift)
            time.sleep(10)  # what was called last is sent
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        calls, ends = paged(receiver), [*[one.began for one in phases.values()][1:], time.time()]
        for (phase_name, phase), until in zip(phases.items(), ends, strict=True):
            row = told(phase_name, phase, until, database, calls)
            print(" | ".join(row))
            write_row("ward_clock_jump", HEADS, row, f"python benchmarks/ward_clock_jump.py {seconds:.0f}")


if __name__ == "__main__":
    main()
