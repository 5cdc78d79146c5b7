"""From a message to a changed board: a ward of many patients under a steady stream of vital signs over MLLP.

    python benchmarks/ward_live.py [--patients 2000] [--observations 1000] [--seconds 30] [--write]

Prints the command, the machine and what was seen; with --write also into docs/performance-ward.md.
"""

import argparse
import asyncio
import os
import platform
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target
from opensepsis.uses.ward.ingest.mllp_server import Listener, MLLPServer
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance-ward.md"
PER_MESSAGE = 5
CODES = (
    ("9279-1", "/min", 14),
    ("8480-6", "mm[Hg]", 118),
    ("8867-4", "/min", 80),
    ("59408-5", "%", 95),
    ("8310-5", "Cel", 37),
)
BEGIN, END = "<!-- ward_live -->\n", "<!-- /ward_live -->\n"


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M%S+0000")


def admission(patient: int) -> bytes:
    at = stamp(time.time() - 3600)
    return (
        f"MSH|^~\\&|ADT|H|||{at}||ADT^A01|a{patient}|P|2.5.1\rEVN|A01|{at}\rPID|1||{patient}^^^H^MR||N^N||19500101|F\r"
        f"PV1|1|I|W{patient % 40}^^{patient}||||||||||||||||V{patient}\r"
    ).encode()


def vitals(patient: int, number: int) -> bytes:
    at = stamp(time.time())
    rows = "\r".join(
        f"OBX|{i}|NM|{c}^x^LN||{v + number % 3}|{u}|||||F|||{at}" for i, (c, u, v) in enumerate(CODES, 1)
    )
    head = f"MSH|^~\\&|MON|H|||{at}||ORU^R01|v{number}|P|2.5.1\rPID|1||{patient}^^^H^MR\r"
    return f"{head}OBR|1||o{number}|x|||{at}\r{rows}\r".encode()


async def stream(house: WardServer, port: int, patients: int, rate: float, seconds: int) -> int:
    """Sends so many messages a second over eight connections; how many were acknowledged."""
    senders = [MLLPSender(Target("127.0.0.1", port)) for _ in range(8)]
    sent, started = 0, time.monotonic()

    async def one(sender: MLLPSender, first: int) -> None:
        nonlocal sent
        number = first
        while time.monotonic() - started < seconds:
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await sender.send(vitals(number * 7919 % patients, number))
            sent += 1
            number += len(senders)

    await asyncio.gather(*(one(sender, i) for i, sender in enumerate(senders)))
    return sent


async def measured(patients: int, observations: int, seconds: int) -> dict:
    folder = tempfile.mkdtemp(prefix="opensepsis-bench-")
    house = WardServer(WardConfig(database=f"{folder}/ward.db", listeners=()))
    now = time.time_ns() // 1000
    for first in range(0, patients, 500):
        some = range(first, min(first + 500, patients))
        house.store.keep([Arrival("hl7", "hl7", f"a{i}", admission(i), now) for i in some])
    house.engine.round()
    house.hospital.board(None)
    waits: list[float] = []
    settle = house.store.settle

    def settling(settled):
        settle(settled)
        done = time.time_ns() // 1000
        waits.extend((done - e.received) / 1000 for e in {e.message: e for e in settled.entries}.values())

    house.store.settle = settling
    house.engine.start()
    server = await MLLPServer(Listener(port=0), house.committer).start()
    cpu, boards = time.process_time(), []
    sending = asyncio.create_task(stream(house, server.port, patients, observations / PER_MESSAGE, seconds))
    while not sending.done():
        await asyncio.sleep(0.5)
        began = time.perf_counter()
        await asyncio.to_thread(house.hospital.board, None)
        boards.append((time.perf_counter() - began) * 1000)
    sent = await sending
    while house.store.unread(1):
        await asyncio.sleep(0.05)
    used = time.process_time() - cpu
    await server.close()
    house.close()
    return {
        "messages": sent, "observations/s": sent * PER_MESSAGE / seconds, "cpu": used / seconds, "median": median(waits),
        "p99": quantiles(waits, n=100)[98], "board": median(boards), "board p99": max(boards),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--observations", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    seen = asyncio.run(measured(asked.patients, asked.observations, asked.seconds))
    load = os.getloadavg()[0]
    text = (
        f"`python benchmarks/{Path(sys.argv[0]).name} --patients {asked.patients} --observations {asked.observations} "
        f"--seconds {asked.seconds}` on {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"load of the machine at the end {load:.1f}. One process for receiving, reducing and drawing.\n\n"
        "| patients | observations/s taken | kept to settled, median ms | 99 % within ms | board drawn, median ms | longest ms "
        "| processors used | memory MB |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        f"| {asked.patients:,} | {seen['observations/s']:,.0f} | {seen['median']:.0f} | {seen['p99']:.0f} | {seen['board']:.0f} "
        f"| {seen['board p99']:.0f} | {seen['cpu']:.2f} | {seen['memory']} |\n\nSettled: state, log and alerts are written. "
        "Drawing is of all beds at once; the board looks for changes every 250 ms.\n"
    )
    print(text)
    if asked.write:
        page = PAGE.read_text(encoding="utf-8")
        if BEGIN not in page:
            page += f"\n## From a message to the board\n\n{BEGIN}{END}"
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(before + BEGIN + text + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
