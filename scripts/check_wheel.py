"""Installs the wheel in empty environments, as somebody new does, and runs the first commands there.

    python scripts/check_wheel.py [--lowest] [--demo]

`--lowest` installs the lowest versions that pyproject.toml allows; `--demo` adds the extras `ward` and `simulate` and waits for the
board of `opensepsis ward --demo`. Without a package registry in reach nothing is checked, and the last line says so.
"""

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST_BOARD_WITHIN = 5.0  # seconds, on a machine that does nothing else
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]


def run(*command, fails: int = 0) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != fails:
        raise SystemExit(
            f"{' '.join(map(str, command))} returned {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout + done.stderr


def registry_in_reach(python: Path, folder: Path) -> bool:
    command = [python, *PIP, "download", "--no-deps", "--dest", folder, "mdurl"]
    return subprocess.run(command, capture_output=True).returncode == 0


def check_core(python: Path, folder: Path) -> None:
    """The example hospital is written, labelled and explained; a database is not there and is asked for by its extra."""
    command = python.with_name("opensepsis")
    installed = run(python, *PIP, "list").lower()
    assert "duckdb" not in installed and "ibis" not in installed, installed
    run(command, "example", "--out", folder / "hospital")
    run(command, "label", "csv", folder / "hospital", "--out", folder / "results", "--quiet")
    found = json.loads((folder / "results" / "run.json").read_text(encoding="utf-8"))["found"]
    assert found["sepsis3"] > 0 and found["septic_shock"] > 0, found
    assert "Sepsis-3" in run(command, "why", folder / "results", "--stay", "S01")
    needing = {
        "mimic": ("label", "mimic-iv", folder, "--out", folder / "mimic"),
        "simulate": ("simulate", "--patients", "5", "--out", folder / "simulated"),
        "ward": ("ward",),
    }
    for extra, words in needing.items():
        said = run(command, *words, fails=3)
        assert f"extra `{extra}`" in " ".join(said.split()), said
    print(f"wheel: installed, the example hospital labelled ({found['sepsis3']} stays with Sepsis-3)")


def check_demo(python: Path) -> None:
    """The first board of the demonstration that shows beds, and its time."""
    port, mllp = free_port(), free_port()
    words = [python.with_name("opensepsis"), "ward", "--demo", "--port", port, "--mllp", mllp]
    start = time.perf_counter()
    ward = subprocess.Popen(
        [str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        file = password_file(ward)
        page = log_in(f"http://127.0.0.1:{port}", Path(file).read_text(encoding="utf-8").strip())
        while "/patient/" not in page():
            if time.perf_counter() - start > 120:
                raise SystemExit("the demonstration shows no bed within two minutes")
            time.sleep(0.1)
        seconds = time.perf_counter() - start
    finally:
        ward.send_signal(signal.SIGINT)
        ward.wait(30)
    late = (
        "" if seconds <= FIRST_BOARD_WITHIN else f" (more than {FIRST_BOARD_WITHIN:.0f} s: a busy machine?)"
    )
    print(f"demonstration: first board with beds after {seconds:.1f} s{late}")


def password_file(ward: subprocess.Popen) -> str:
    said = ""
    for line in ward.stdout:
        said += line
        if found := re.search(r"password in (\S+)", said):
            return found[1]
    raise SystemExit(f"the demonstration ended:\n{said}")


def log_in(address: str, password: str) -> Callable[[], str]:
    """The board of somebody who has logged in, as it is at each call."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = urllib.parse.urlencode({"name": "admin", "password": password}).encode()
    opener.open(f"{address}/login", form, timeout=30).close()

    def page() -> str:
        with opener.open(f"{address}/", timeout=30) as answer:
            return answer.read().decode()

    return page


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lowest", action="store_true")
    parser.add_argument("--demo", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        venv.create(folder / "environment", with_pip=True)
        python = folder / "environment" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        if not registry_in_reach(python, folder / "reach"):
            print("wheel: SKIPPED, no package registry in reach")
            return
        run(python, *PIP, "wheel", "--no-deps", "--wheel-dir", folder / "dist", ROOT)
        wheel = next((folder / "dist").glob("*.whl"))
        lowest = ["--constraint", ROOT / "requirements-lowest.txt"] if asked.lowest else []
        run(python, *PIP, "install", wheel, *lowest)
        check_core(python, folder)
        if asked.demo:
            run(python, *PIP, "install", f"{wheel}[ward,simulate]")
            check_demo(python)


if __name__ == "__main__":
    main()
