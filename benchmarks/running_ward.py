"""A ward in a process of its own, as an installed one begins, for the benchmarks that send to it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.store import Store

PATIENCE = 60.0  # seconds until it listens


@dataclass(frozen=True)
class RunningWard:
    """Where a ward listens and what it keeps; `listening_after` so many seconds after its start. No MLLP port without one."""

    database: Path
    store: Store
    token: str  # of a feed
    port: int
    mllp: int | None
    process: subprocess.Popen
    listening_after: float

    @property
    def processor_time(self) -> float:
        """The seconds of the processor that the ward has used."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_ward(mllp: bool = False) -> Iterator[RunningWard]:
    """A ward on a new database until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as folder:
        database = Path(folder) / "ward.db"
        store = Store(database)
        token = Accounts(store.database).new_feed_token("benchmark")
        port, other = free_ports(2)
        command = [
            sys.executable,
            "-m",
            "opensepsis",
            "ward",
            "--database",
            str(database),
            "--port",
            str(port),
        ]
        command += ["--mllp", str(other) if mllp else "none"]
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=with_bytecode()
        )
        try:
            for one in (port, *((other,) if mllp else ())):
                wait_for(one, began + PATIENCE)
            took = time.monotonic() - began
            yield RunningWard(database, store, token, port, other if mllp else None, process, took)
        finally:
            process.terminate()
            process.wait()
            store.close()


def listening_after(database: Path | str) -> float:
    """How many seconds a ward on a database takes until its pages and its HL7 receiver listen; then it is killed."""
    port, mllp = free_ports(2)
    command = [sys.executable, "-m", "opensepsis", "ward", "--database", str(database), "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--mllp", str(mllp)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=with_bytecode(),
    )
    try:
        for one in (port, mllp):
            wait_for(one, began + PATIENCE)
        return time.monotonic() - began
    finally:
        process.kill()
        process.wait()


def with_bytecode() -> dict[str, str]:
    """The environment of a program that may use compiled files, as an installed package does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on."""
    held = [socket.socket() for _ in range(number)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(port: int, until: float) -> None:
    """Returns when the port answers; TimeoutError where it does not."""
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError("the ward does not listen")
