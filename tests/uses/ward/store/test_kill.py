"""kill -9 at random moments under load: every acknowledged message is there once, and so is all that came of it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opensepsis.uses.ward.ingest.mllp_client import answer_code
from opensepsis.uses.ward.ingest.mllp_server import END, START
from opensepsis.uses.ward.store import Store

SERVED = Path(__file__).with_name("served.py")
SENDERS = 8
IN_FLIGHT = 10


class Sender:
    """Sends numbered messages, several before it waits; what was not acknowledged goes out again, under the same name."""

    def __init__(self, name: str):
        self.name = name
        self.next = 0
        self.open: list[str] = []
        self.acknowledged: set[str] = set()

    def _new(self) -> str:
        self.next += 1
        self.open.append(f"{self.name}.{self.next}")
        return self.open[-1]

    def _framed(self, control: str) -> bytes:
        text = f"MSH|^~\\&|LAB|H|W|W|2026||ORU^R01|{control}|P|2.5\rPID|1||{control}^^^A\r" + "OBX|x\r" * 20
        return START + text.encode() + END

    async def run(self, port: int) -> None:
        """Until the connection breaks."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            for control in self.open:
                writer.write(self._framed(control))
            while True:
                while len(self.open) < IN_FLIGHT:
                    writer.write(self._framed(self._new()))
                code, control = answer_code((await reader.readuntil(END))[1:])
                assert code == "AA" and control.decode() == self.open[0], "in order, none left out"
                self.acknowledged.add(self.open.pop(0))
        except (OSError, EOFError):
            writer.close()


async def one_round(address: str, senders: list[Sender], random_: random.Random) -> None:
    """Starts the process, sends, kills it after a while."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, SERVED, address], stdout=subprocess.PIPE, text=True, env=environment
    )
    with process:
        port = int(await asyncio.to_thread(process.stdout.readline))
        sending = [asyncio.create_task(sender.run(port)) for sender in senders]
        await asyncio.sleep(random_.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        await asyncio.wait_for(asyncio.gather(*sending), 30)


def check(address: str, senders: list[Sender]) -> int:
    """Everything acknowledged is kept once, everything settled is there once; answers how many are kept."""
    store = Store(address)
    keys = [key for (key,) in store.database.rows("SELECT key FROM message ORDER BY number")]
    numbers = [number for (number,) in store.database.rows("SELECT number FROM message ORDER BY number")]
    kept = {key.removeprefix("LAB|H|") for key in keys}
    assert len(kept) == len(keys), "none twice"
    assert numbers == list(range(1, len(numbers) + 1))
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    assert acknowledged <= kept, f"{len(acknowledged - kept)} acknowledged messages are missing"
    unread = {number for (number,) in store.database.rows("SELECT number FROM unread")}
    logged = [message for (message,) in store.database.rows("SELECT message FROM entry ORDER BY number")]
    assert (
        len(set(logged)) == len(logged) and set(logged) | unread == set(numbers) and not set(logged) & unread
    )
    names = [transition.name for transition in store.transitions()]
    assert sorted(names) == sorted({f"alert {message // 10}" for message in logged})
    assert store.database.rows("SELECT count(*) FROM outbox") == [(len(names),)]
    if not address.startswith("postgresql"):
        assert store.database.rows("PRAGMA integrity_check") == [("ok",)]
    store.close()
    return len(kept)


def kill_again_and_again(address: str, rounds: int, seed: int, check_every: int) -> None:
    senders = [Sender(f"s{n}") for n in range(SENDERS)]
    random_ = random.Random(seed)
    for number in range(1, rounds + 1):
        asyncio.run(one_round(address, senders, random_))
        if number % check_every == 0 or number == rounds:
            kept = check(address, senders)
            print(f"round {number}: {kept} kept, {sum(len(s.acknowledged) for s in senders)} acknowledged")
    assert sum(len(sender.acknowledged) for sender in senders) > rounds, "there was load"


def test_killed_twelve_times(address):
    kill_again_and_again(address, rounds=12, seed=1, check_every=3)


@pytest.mark.long
def test_killed_a_thousand_times(address):
    kill_again_and_again(address, rounds=1000, seed=2, check_every=100)
