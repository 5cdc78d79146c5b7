"""Engines that are not part of these tests' environment: Pythons with pyspark or pysail in OPENSEPSIS_CLUSTERS, as .ci/run makes them."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python_of(engine: str) -> Path:
    """The Python that has this engine; the test is skipped, with a word, where there is none."""
    folder = os.environ.get("OPENSEPSIS_CLUSTERS")
    python = Path(folder or "") / engine / "bin" / "python"
    if folder is None or not python.exists():
        pytest.skip(f"no {engine}: OPENSEPSIS_CLUSTERS names no folder with {engine}/bin/python")
    return python


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return (
        kept
        | {"PYTHONPATH": str(ROOT / "src"), "POLARS_MAX_THREADS": "1", "SPARK_LOCAL_IP": "127.0.0.1"}
        | more
    )


def label(
    engine: str, on: str, timeline: Path, out: Path, *options: str, **variables: str
) -> subprocess.Popen:
    """`opensepsis label` in the Python of an engine, begun."""
    command = [python_of(engine), "-m", "opensepsis.cli", "label", "timeline", timeline, "--out", out]
    command += ["--on", on, "--quiet", *options]
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def on_spark(master: str) -> dict[str, str]:
    """What tells Spark where to run."""
    return {"PYSPARK_SUBMIT_ARGS": f"--master {master} --conf spark.ui.enabled=false pyspark-shell"}


def ended(process: subprocess.Popen) -> str:
    """What a run printed; it must have gone well."""
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said[-3000:]
    return said


@contextmanager
def standalone(workers: int, folder: Path) -> Iterator[str]:
    """A standalone cluster of Spark: a master and so many workers as processes, each with one core."""
    python = python_of("spark")
    home = subprocess.run(
        [python, "-c", "import pyspark, os; print(os.path.dirname(pyspark.__file__))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    port = 17077 + os.getpid() % 1000
    deploy, host = "org.apache.spark.deploy", "127.0.0.1"
    commands = [[f"{deploy}.master.Master", "--host", host, "--port", str(port), "--webui-port", "0"]]
    for number in range(workers):
        own = ["--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0"]
        own += ["--work-dir", str(folder / f"worker-{number}"), f"spark://{host}:{port}"]
        commands.append([f"{deploy}.worker.Worker", *own])
    variables = environment(SPARK_HOME=home, PYSPARK_PYTHON=str(python))
    begun = [
        subprocess.Popen(
            [f"{home}/bin/spark-class", *command], env=variables,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for command in commands
    ]  # fmt: skip
    try:
        yield f"spark://{host}:{port}"
    finally:
        for process in reversed(begun):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def object_store(*buckets: str) -> Iterator[dict[str, str]]:
    """A server that speaks like S3, with these buckets; comes with the environment that names it."""
    port = 15500 + os.getpid() % 1000
    address = f"http://127.0.0.1:{port}"
    command = [python_of("moto").parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with suppress(OSError), urllib.request.urlopen(address, timeout=5):
                break
            time.sleep(0.2)
        for bucket in buckets:
            urllib.request.urlopen(
                urllib.request.Request(f"{address}/{bucket}", method="PUT"), timeout=5
            ).close()
        yield {
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true",
        }  # fmt: skip
    finally:
        server.kill()
        server.wait()
