"""A quiet month: so many beds over real MLLP with restarts, a failover, an upgrade, corrupt feeds and the night of the clocks.

    python benchmarks/ward_month.py [DAYS] [BEDS] [--minutes N] [--from COMMIT] [--write]

The ward is a process of its own on SQLite; its clock is one that this script moves on, so that a month passes as fast as it can be
worked out. It begins with an earlier commit of this repository and is upgraded on the way. At the end every acknowledged message is
looked for in the store. Values are made up (`month_of_beds.py`): alarms say how many such values call, not how many of a hospital's would.
"""

import argparse
import asyncio
import mmap
import os
import platform
import random
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from month_of_beds import Beds, Sent, begin_of
from page_table import write_part
from running_ward import free_ports, wait_for, with_bytecode

from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target

ROOT = Path(__file__).resolve().parents[1]
STEP = timedelta(minutes=15)
CONNECTIONS = 4
BEHIND, CAUGHT_UP = 3_000, 300  # messages not read: then the hospital waits until there are fewer
EARLIER = "a07465a~1"  # schema 3
WARD = """
import asyncio, mmap, os, sys
from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.ingest.mllp_server import Limits, Listener
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.service.stand_by import stand_by
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease
from opensepsis.uses.ward.web.settings import Settings

class GivenClock:
    def __init__(self, path):
        self.given = mmap.mmap(os.open(path, os.O_RDONLY), 8, prot=mmap.PROT_READ)
    def now(self):
        return int.from_bytes(self.given[:8], "little")
    def jump(self):
        return 0
    async def until(self, moment):
        while self.now() < moment:
            await asyncio.sleep(0.01)

database, clock, web, *ports = sys.argv[1:]
limits = Limits(rate=1e9)
plan = WardConfig(
    database, read_site(None, "Europe/Berlin"), policy=AlertPolicy(silent=False), clock=GivenClock(clock), web=Settings(port=int(web)),
    listeners=tuple(Listener(name, port=int(port), limits=limits) for name, port in zip(("hl7", "frames", "values"), ports)),
)
async def run():
    sys.setswitchinterval(0.001)
    lease = Lease(open_database(database))
    if not lease.try_take():
        print("standby", flush=True)
        if not await stand_by(lease, plan.web):
            return
    await WardServer(plan, lease).run(lambda: print("listening", flush=True))
asyncio.run(run())
"""


@dataclass
class Seen:
    """What was seen, day by day, and what happened."""

    days: list[tuple] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter = field(default_factory=Counter)
    longest: int = 0  # messages that waited
    waited: float = 0.0  # seconds in which the hospital was ahead of the ward


class House:
    """The ward's processes on one database."""

    def __init__(self, folder: Path, source: Path):
        self.folder, self.source = folder, source
        self.database = folder / "ward.db"
        self.ports = free_ports(4)
        (folder / "clock").write_bytes(bytes(8))
        self._given = mmap.mmap(os.open(folder / "clock", os.O_RDWR), 8)
        self.used, self.process = 0.0, self.started()

    def set_clock(self, now: datetime) -> None:
        self._given[:8] = int(now.timestamp() * 1e6).to_bytes(8, "little")

    def started(self, port: int | None = None) -> subprocess.Popen:
        """A process of the ward; it stands by where another is at work."""
        ports = [str(one) for one in (port or self.ports[0], *self.ports[1:])]
        command = [sys.executable, "-c", WARD, str(self.database), str(self.folder / "clock"), *ports]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=with_bytecode() | {"PYTHONPATH": str(self.source)}
        )  # fmt: skip

    def listening(self, process: subprocess.Popen) -> float:
        """How many seconds until it listens."""
        began = time.monotonic()
        while (line := process.stdout.readline()) != "listening\n":
            assert line, "the ward has ended"
        wait_for(self.ports[1], time.monotonic() + 60)
        return time.monotonic() - began

    def ended(self, how: int) -> None:
        self.used += processor_time(self.process.pid)
        self.process.send_signal(how)
        self.process.wait()

    def again(self, how: int, source: Path | None = None) -> float:
        """Ends the ward and begins it again."""
        self.ended(how)
        self.source = source or self.source
        self.process = self.started()
        return self.listening(self.process)

    def fail_over(self) -> float:
        """Kills the ward while another stands by; how many seconds until that one listens."""
        other = self.started(free_ports(1)[0])
        assert other.stdout.readline() == "standby\n"
        time.sleep(3)
        self.ended(signal.SIGKILL)
        self.process = other
        return self.listening(other)

    def unread(self) -> int:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute("SELECT count(*) FROM unread").fetchone()[0]

    def memory(self) -> int:
        """MiB that the ward has in memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


def processor_time(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def earlier_source(commit: str, folder: Path) -> Path:
    """The source of an earlier commit."""
    packed = subprocess.run(
        ["git", "-C", ROOT, "archive", commit, "src"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


async def send_step(senders: list[MLLPSender], messages: list[Sent], seen: Seen) -> None:
    """Each patient's messages in their order over one connection."""

    async def over(sender: MLLPSender, some: list[Sent]) -> None:
        for one in some:
            seen.answers[await sender.send(one.raw)] += 1
            seen.acknowledged.add(one.control)

    shares: list[list[Sent]] = [[] for _ in senders]
    for one in messages:
        shares[one.patient % len(senders)].append(one)
    await asyncio.gather(*(over(sender, some) for sender, some in zip(senders, shares, strict=True)))


async def broken_frames(port: int, chosen: random.Random) -> None:
    """A sender that writes what is no message, or half of one."""
    raw = b"\x0bMSH|^~\\&|DEV|H|||2026||ORU^R01|x|P|2.5\rPID|1||7^^^H^MR\rOBX|1|NM|8867-4^x^LN||200|/min|||||F\r\x1c\r"
    bad = (
        bytes(chosen.randrange(256) for _ in range(300)),
        raw[: chosen.randrange(5, 60)],
        b"\x0b\x1c\r",
        raw.replace(b"MSH", b"XXX"),
    )
    for one in bad:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(one)
            await writer.drain()
            writer.close()
        except OSError:
            pass


def broken_values(number: int, beds: Beds, now: datetime) -> list[Sent]:
    """Well-formed messages of real patients with what cannot be: their scores must not move."""
    stay = beds.stays[number % len(beds.stays)]
    far = (now + timedelta(days=4000)).strftime("%Y%m%d%H%M%S")
    here = now.strftime("%Y%m%d%H%M%S+0000")
    rows = (
        ("8867-4", "ERR", "/min", here),
        ("8480-6", "9999", "mm[Hg]", here),
        ("2524-7", "12", "furlong", here),
        ("9279-1", "44", "/min", far),
    )
    found = []
    for place, (code, value, unit, at) in enumerate(rows):
        control = f"b{number}-{place}"
        head = f"MSH|^~\\&|DEV|H|||{here}||ORU^R01|{control}|P|2.5.1\rPID|1||{stay.number}^^^H^MR\rOBR|1||{control}|x|||{at}\r"
        found.append(
            Sent(control, stay.number, f"{head}OBX|1|NM|{code}^x^LN||{value}|{unit}|||||F|||{at}\r".encode())
        )
    return found


def plan_of(days: int) -> dict[int, str]:
    """What happens at which step: spread over the days."""
    named = (
        "upgrade",
        "kill",
        "frames on",
        "frames off",
        "stop",
        "values on",
        "values off",
        "fail over",
        "kill",
    )
    return {int((place + 1) * days * 96 / (len(named) + 1)): what for place, what in enumerate(named)}


async def month(house: House, beds: Beds, begin: datetime, days: int, seconds: float) -> Seen:
    """The month, step by step; ended early, with a day, after so many seconds."""
    end = time.monotonic() + seconds
    seen, happens, chosen = Seen(), plan_of(days), random.Random(7)
    senders = [MLLPSender(Target(port=house.ports[1], patience=60)) for _ in range(CONNECTIONS)]
    device, broken = MLLPSender(Target(port=house.ports[3], patience=60)), set()
    for number in range(1, days * 96 + 1):
        now = begin + number * STEP
        house.set_clock(now)
        if what := happens.get(number):
            took = await asyncio.to_thread(happen, what, house, broken, seen)
            seen.events.append(
                f"{now:%d %b %H:%M}: {what}{f', listening again after {took:.1f} s' if took else ''}"
            )
            print(seen.events[-1], flush=True)
        await send_step(senders, list(beds.step(now, STEP)), seen)
        if "frames" in broken:
            await broken_frames(house.ports[2], chosen)
        if "values" in broken:
            await send_step([device], broken_values(number, beds, now), seen)
        if (waiting := house.unread()) > BEHIND:
            await caught_up(house, seen)
        seen.longest = max(seen.longest, waiting)
        if number % 96 == 0:
            seen.days.append(
                (number // 96, beds.messages, house.memory(), os.path.getsize(house.database) >> 20)
            )
            print(*seen.days[-1], f"{waiting} wait", flush=True)
            if time.monotonic() > end:
                break
    while house.unread():
        await asyncio.sleep(0.1)
    await asyncio.gather(*(sender.close() for sender in (*senders, device)))
    return seen


async def caught_up(house: House, seen: Seen) -> None:
    began = time.monotonic()
    while house.unread() > CAUGHT_UP:
        await asyncio.sleep(0.1)
    seen.waited += time.monotonic() - began


def happen(what: str, house: House, broken: set[str], seen: Seen) -> float:
    """What a hospital does to a ward; how many seconds it did not listen."""
    if what.endswith((" on", " off")):
        name, _, way = what.partition(" ")
        (broken.add if way == "on" else broken.discard)(name)
        return 0.0
    if what == "upgrade":
        return house.again(signal.SIGTERM, ROOT / "src")
    if what == "fail over":
        return house.fail_over()
    return house.again(signal.SIGKILL if what == "kill" else signal.SIGTERM)


def counted(house: House, seen: Seen) -> dict[str, object]:
    """What the store has at the end; AssertionError where something is lost or doubled."""
    from opensepsis.uses.ward.store import Store

    with closing(Store(house.database)) as store:
        keys = [key.rpartition("|")[2] for (key,) in store.database.rows("SELECT key FROM message")]
        lost = len(seen.acknowledged - set(keys))
        doubled = len(keys) - len(set(keys))
        states = Counter(change.state.value for change in store.transitions() if change.spoken)
        letters = store.database.rows("SELECT count(DISTINCT message) FROM problem WHERE kind = 'dead'")[0][0]
        refused = store.database.rows("SELECT count(*) FROM problem WHERE kind IN ('value', 'unit', 'time')")[
            0
        ][0]
        entries = store.database.rows("SELECT count(*) FROM entry")[0][0]
    return {"kept": len(keys), "lost": lost, "doubled": doubled, "alarms": states["alert"], "escalated": states["escalated"],
            "dead": letters, "refused": refused, "entries": entries}  # fmt: skip


def text_of(command: str, seen: Seen, used: float, found: dict, beds: int, took: float) -> str:
    """What goes into the page."""
    days, kept = len(seen.days), found["kept"]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    load = f"load of the machine at the end {os.getloadavg()[0]:.1f}"
    marked = [one for one in seen.days if one[0] % max(1, days // 10) == 0]
    return f"""`{command}` on {datetime.now(UTC):%Y-%m-%d}; {machine}; {load}.
{days} days of {beds} beds: {kept:,} messages over MLLP ({kept / days / beds:.1f} a bed and day), {found["entries"]:,} entries of the log,
in {took / 60:.0f} min. The ward used {used / 60:.1f} min of a processor, {1e6 * used / kept:,.0f} µs a message: hours, pages, restarts and
snapshots included.

Acknowledged {len(seen.acknowledged):,}; **lost {found["lost"]}, doubled {found["doubled"]}**. Alarms {found["alarms"]:,}
({1000 * found["alarms"] / days / beds:.1f} in 1,000 bed days), steps of escalation {found["escalated"]:,}. Of the corrupt feeds
{found["dead"]:,} dead letters and {found["refused"]:,} values refused. At most {seen.longest:,} messages waited to be read at the end
of a quarter of an hour.

{chr(10).join(f"* {event}" for event in seen.events)}

| day | messages so far | memory MiB | database MiB |
| --- | --- | --- | --- |
{chr(10).join(f"| {day} | {messages:,} | {memory:,} | {size:,} |" for day, messages, memory, size in marked)}
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("days", type=int, nargs="?", default=30)
    parser.add_argument("beds", type=int, nargs="?", default=400)
    parser.add_argument("--minutes", type=float, default=1e9, help="end with the day that is then over")
    parser.add_argument("--from", dest="earlier", default=EARLIER)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as name:
        folder = Path(name)
        begin = begin_of(asked.days)
        house = House(folder, earlier_source(asked.earlier, folder))
        house.set_clock(begin)
        house.listening(house.process)
        began = time.monotonic()
        seen = asyncio.run(month(house, Beds(asked.beds, begin), begin, asked.days, asked.minutes * 60))
        took = time.monotonic() - began
        house.ended(signal.SIGTERM)
        found = counted(house, seen)
        command = f"python benchmarks/ward_month.py {asked.days} {asked.beds}"
        text = text_of(command, seen, house.used, found, asked.beds, took)
    print(text)
    if asked.write:
        write_part("ward_month", text)
    assert not found["lost"] and not found["doubled"]


if __name__ == "__main__":
    main()
