"""A ward under load that is killed again and again."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count

from opensepsis.uses.ward.ingest.mllp_client import answer_code
from opensepsis.uses.ward.ingest.mllp_server import END, START
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store

WARD = """
import asyncio, sys
from opensepsis.uses.ward.ingest.mllp_server import Limits, Listener
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.service import processor
from opensepsis.uses.ward.web.settings import Settings
processor.FIRST_SNAPSHOT = processor.SNAPSHOT_EVERY = 0.2
mllp, port = int(sys.argv[2]), int(sys.argv[3])
listener = Listener("lab", port=mllp, limits=Limits(rate=1e9))
house = WardServer(WardConfig(sys.argv[1], listeners=(listener,), web=Settings(port=port)))
asyncio.run(house.run(lambda: print("listening", flush=True)))
"""
PATIENTS = 8
VALUES = 3


def free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]


def message(number: int) -> bytes:
    stamp = f"202603020{8 + number // 3600 % 2}{number // 60 % 60:02d}{number % 60:02d}+0000"
    rows = "".join(
        f"OBX|{i}|NM|{code}^x^LN||{70 + number % 30}|{unit}|||||F|||{stamp}\r"
        for i, (code, unit) in enumerate((("8867-4", "/min"), ("9279-1", "/min"), ("8480-6", "mm[Hg]")), 1)
    )
    head = f"MSH|^~\\&|MON|H|||{stamp}||ORU^R01|{number}|P|2.5.1\rPID|1||P{number % PATIENTS}^^^H^MR\r"
    return START + f"{head}OBR|1||{number}|x|||{stamp}\r{rows}".encode() + END


async def send(
    port: int, numbers, open_: list[int], acknowledged: set[int], may_refuse: bool = False
) -> None:
    """Until the connection breaks, or the ward refuses because its database is away; what had no answer is sent again first."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in open_:
            writer.write(message(number))
        while True:
            while len(open_) < 5:
                open_.append(next(numbers))
                writer.write(message(open_[-1]))
            code, control = answer_code((await reader.readuntil(END))[1:])
            if code == "AE" and may_refuse:
                return writer.close()
            assert code == "AA" and int(control) == open_[0]
            acknowledged.add(open_.pop(0))
            await asyncio.sleep(0.01)
    except (OSError, EOFError):
        return


def check(address: str, acknowledged: set[int]) -> int:
    with closing(Store(address)) as store:
        keys = [key for (key,) in store.database.rows("SELECT key FROM message")]
        assert len(keys) == len(set(keys)), "none doubled"
        kept = {int(key.rpartition("|")[2]) for key in keys}
        assert acknowledged <= kept, f"{len(acknowledged - kept)} are lost"
        unread = {number for (number,) in store.database.rows("SELECT number FROM unread")}
        entries = dict(store.database.rows("SELECT message, count(*) FROM entry GROUP BY message"))
        numbers = {number for (number,) in store.database.rows("SELECT number FROM message")}
        assert set(entries.values()) <= {VALUES} and entries.keys() == numbers - unread
        ward = Ward(watched(), AlertPolicy())
        again = [*ward.take(store.log()), *ward.run_timers(store.horizon())]
        assert [t.name for t in again] == [t.name for t in store.transitions()]
        return len(kept)


def killed(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def kill_wards(
    address: str, rounds: int, seed: int, database: Callable[[], None] | None = None, longest: float = 2
) -> tuple[int, int]:
    """Kills as many wards; how many messages were acknowledged, and how many kept: none lost, none doubled.

    `database` kills the database's server and starts it again: by turns with the ward, or before it.
    """
    random_, numbers, open_, acknowledged = random.Random(seed), count(1), [], set()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(rounds):
        mllp, port = free_ports()
        command = [sys.executable, "-c", WARD, address, str(mllp), str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout.readline() == "listening\n"

            async def one_round(process=process, mllp=mllp) -> None:
                sending = asyncio.create_task(send(mllp, numbers, open_, acknowledged, database is not None))
                await asyncio.sleep(random_.uniform(0, longest))
                if database is not None and random_.random() < 0.5:
                    await asyncio.to_thread(database)
                    await asyncio.wait_for(sending, 30)
                    sending = asyncio.create_task(send(mllp, numbers, open_, acknowledged, True))
                    await asyncio.sleep(random_.uniform(0, longest))
                await asyncio.to_thread(killed, process)
                await asyncio.wait_for(sending, 30)

            asyncio.run(one_round())
    kept = check(address, acknowledged)
    assert len(acknowledged) > rounds, "there was load"
    print(f"{rounds} rounds: {len(acknowledged):,} acknowledged, {kept:,} kept, 0 lost, 0 doubled")
    return len(acknowledged), kept
