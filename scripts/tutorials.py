"""Runs every block of the tutorials and writes below each what it prints.

    python scripts/tutorials.py [PAGE …]

Blocks of a page run one after another in an empty folder: `sh` in a shell that knows `opensepsis`, `python` in one session. What a run
takes in seconds and MB is left as the page shows it. MIMIC-IV's demo is looked for in OPENSEPSIS_SHARED (default ../shared).
"""

import contextlib
import io
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "tutorials"
DEMO = "mimic-iv-demo"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.S)
MEASURED = re.compile(r"\d+\.\d s, [\d,]+ MB")
PORTS = ("8080", "2575")  # of a ward: free ones are taken in their place


@dataclass(frozen=True)
class Ran:
    """A block of a page: what it is, what the page shows below it, and what it printed."""

    code: str
    shown: str
    printed: str

    @property
    def is_as_shown(self) -> bool:
        """Whether it printed what the page shows, but for what was measured."""
        return MEASURED.sub("measured", self.shown) == MEASURED.sub("measured", self.printed)


def shared_demo() -> Path:
    """Where MIMIC-IV's demo lies, if it is there."""
    shared = Path(os.environ.get("OPENSEPSIS_SHARED", ROOT.parent / "shared"))
    return shared.resolve() / "data" / DEMO


def needs_demo(page: Path) -> bool:
    """Whether a page reads MIMIC-IV's demo."""
    return DEMO in page.read_text(encoding="utf-8")


def ran(page: Path, folder: Path) -> Iterator[Ran]:
    """Every block of a page, run in a folder."""
    if needs_demo(page):
        (folder / DEMO).symlink_to(shared_demo())
    session = _Session(folder)
    with contextlib.closing(session), pl.Config():  # a page's own layout of tables ends with it
        for kind, code, shown in BLOCK.findall(page.read_text(encoding="utf-8")):
            yield Ran(code, shown, session.in_shell(code) if kind == "sh" else session.in_python(code))


class _Session:
    def __init__(self, folder: Path):
        self.folder, self.names, self.groups = folder, {"__name__": "tutorial"}, []
        self.ports = {port: str(_free_port()) for port in PORTS}
        command = folder / ".bin" / "opensepsis"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opensepsis "$@"\n', encoding="utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        self.environment = {
            **os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100", "NO_COLOR": "1",
            "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb",
        }  # fmt: skip

    def in_shell(self, code: str) -> str:
        out = self.folder / ".out"  # a file: what runs on in the background keeps no pipe open
        with out.open("w", encoding="utf-8") as to:
            process = subprocess.Popen(
                ["bash", "-ec", self._with_ports(code)], cwd=self.folder, env=self.environment,
                stdout=to, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self.groups.append(process.pid)
            process.wait(300)
        return self._as_shown(out.read_text(encoding="utf-8"))

    def in_python(self, code: str) -> str:
        printed = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(printed):
            exec(compile(self._with_ports(code), "tutorial", "exec"), self.names)
        return self._as_shown(printed.getvalue())

    def close(self) -> None:
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _with_ports(self, text: str) -> str:
        for usual, free in self.ports.items():
            text = text.replace(usual, free)
        return text

    def _as_shown(self, text: str) -> str:
        for usual, free in self.ports.items():
            text = text.replace(free, usual)
        return re.sub(r"[ \t]+$", "", text, flags=re.M)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def rewrite(page: Path) -> None:
    """Puts below each block of a page what it prints."""
    text = page.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        blocks = iter(list(ran(page, Path(folder))))

    def written(found: re.Match) -> str:
        block = next(blocks)
        printed = block.shown if block.is_as_shown else block.printed
        below = f"\n```text\n{printed}```\n" if printed else ""
        return f"```{found[1]}\n{found[2]}```\n{below}"

    page.write_text(BLOCK.sub(written, text), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(PAGES.glob("*.md")):
        rewrite(Path(name).resolve())
        print(f"written to {name}")
