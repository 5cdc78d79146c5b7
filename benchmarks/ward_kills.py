"""`kill -9` of a whole ward under load, again and again, as its long test does; a row into docs/performance-ward.md.

    python benchmarks/ward_kills.py [ROUNDS] [sqlite|postgresql]

Every 50 rounds a new database, of which everything is counted at the end. With postgresql a server of the benchmark's own is killed
too, with all its processes, in every second round: before the ward, which must go on when it is back.
"""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from page_table import write_row
from running_ward import free_ports

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.support.ward.kills import kill_wards  # noqa: E402

HEADS = ("killed", "kills", "acknowledged", "kept", "lost", "doubled", "load")
ROUNDS_OF_A_DATABASE = 50


class Server:
    """A PostgreSQL server in a folder: as another user where this one is root, whom it refuses."""

    def __init__(self, folder: str):
        self.folder, self.port, self.kills = f"{folder}/data", free_ports(1)[0], 0
        self._as = {"user": "postgres"} if os.getuid() == 0 else {}
        if self._as:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        self._programs = Path(said.stdout.strip())
        made = [self._programs / "initdb", "-D", self.folder, "-A", "trust", "-U", "postgres", "-N"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **self._as)
        self.start()

    def start(self) -> None:
        """Begins the server; returns when it answers."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        while True:
            begun = [self._programs / "postgres", "-D", self.folder, "-p", str(self.port), "-k", ""]
            self._process = subprocess.Popen(begun, **quiet, **self._as)
            while self._process.poll() is None:
                asked = [self._programs / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)]
                if subprocess.run(asked, check=False, **quiet).returncode == 0:
                    return
                time.sleep(0.05)

    def kill(self) -> None:
        """Kills the server with everything that belongs to it, and begins it again."""
        every = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, every)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self.kills += 1
        self.start()

    def new_database(self, name: str) -> str:
        """The address of an empty database."""
        made = [self._programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name]
        subprocess.run(made, check=True)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def close(self) -> None:
        """Ends it at once."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()


@contextmanager
def own_server(folder: str) -> Iterator[Server]:
    """A PostgreSQL server of the benchmark's own."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


def killed(rounds: int, form: str) -> Iterator[tuple[int, int, int, int]]:
    """Blocks of one database each: rounds, kills of the server, messages acknowledged and kept, of all so far."""
    done = acknowledged = kept = 0
    with tempfile.TemporaryDirectory(prefix="opensepsis-bench-") as folder, ExitStack() as stack:
        server = stack.enter_context(own_server(folder)) if form == "postgresql" else None
        while done < rounds:
            address = server.new_database(f"kills_{done}") if server else str(Path(folder) / f"{done}.db")
            some = min(ROUNDS_OF_A_DATABASE, rounds - done)
            found = kill_wards(address, some, 3 + done, server.kill if server else None, longest=1)
            done, acknowledged, kept = done + some, acknowledged + found[0], kept + found[1]
            yield done, server.kills if server else 0, acknowledged, kept


def main() -> None:
    rounds, form = (sys.argv[1:] + ["50", "sqlite"][len(sys.argv) - 1 :])[:2]
    what = {"sqlite": "the ward, on SQLite", "postgresql": "the ward and its PostgreSQL"}[form]
    for done, servers, acknowledged, kept in killed(int(rounds), form):
        kills = f"{done}{f' and {servers}' * bool(servers)}"
        row = (what, kills, f"{acknowledged:,}", f"{kept:,}", "0", "0", f"{os.getloadavg()[0]:.1f}")
        print(" | ".join(row), flush=True)
        write_row("ward_kills", HEADS, row, f"python benchmarks/ward_kills.py {done} {form}")


if __name__ == "__main__":
    main()
