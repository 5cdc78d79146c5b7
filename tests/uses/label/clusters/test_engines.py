"""Spark, a standalone cluster and Sail give the files that this machine gives, byte by byte, whatever dies meanwhile."""

import os
import random
import shutil
import signal
import time
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

import opensepsis
from opensepsis.data.timeline.writer import write_timeline
from tests.support.clusters import ended, label, on_spark, standalone

pytestmark = pytest.mark.services
ASKED = ("--definitions", "sofa,sepsis3,hour1,course")
SHARDS = 7


@pytest.fixture(scope="module")
def timeline(tmp_path_factory) -> Path:
    """The example hospital, two patients a shard."""
    out = tmp_path_factory.mktemp("timeline") / "timeline"
    write_timeline(opensepsis.open_source("csv", "examples/hospital"), out, shard_patients=2)
    return out


@pytest.fixture(scope="module")
def local(timeline, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("local") / "results"
    return opensepsis.label("timeline", timeline, out, definitions=ASKED[1]).path


def tables(results: Path) -> dict[str, bytes]:
    files = [f for f in results.rglob("*.parquet") if f.is_file()]
    assert files
    return {file.relative_to(results).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize(
    ("engine", "on", "variables"),
    [("spark", "spark", on_spark("local[2]")), ("sail", "sail", {})],
)
def test_an_engine_gives_what_this_machine_gives(timeline, local, tmp_path, engine, on, variables):
    ended(label(engine, on, timeline, tmp_path / "r", *ASKED, **variables))
    assert tables(tmp_path / "r") == tables(local)
    assert opensepsis.read_labels(tmp_path / "r").run["on"] == on


def test_a_standalone_cluster_of_two_workers(timeline, local, tmp_path):
    with standalone(2, tmp_path) as master:
        ended(label("spark", "spark", timeline, tmp_path / "r", *ASKED, **on_spark(master)))
    assert tables(tmp_path / "r") == tables(local)


def test_a_damaged_shard_is_named_by_an_engine_and_the_others_are_whole(timeline, local, tmp_path):
    mine = Path(shutil.copytree(timeline, tmp_path / "timeline"))
    part = next((mine / "events" / "shard-0003").iterdir())
    good = part.read_bytes()
    part.write_bytes(good[:-8] + bytes(8))
    run = label("sail", "sail", mine, tmp_path / "r", *ASKED)
    said, _ = run.communicate(timeout=600)
    assert run.returncode and "shards: 3. The others are whole" in said and "--resume" in said
    part.write_bytes(good)
    ended(label("sail", "sail", mine, tmp_path / "r", *ASKED, "--resume"))
    assert tables(tmp_path / "r") == tables(local)


def pythons_of(run: int, cluster: Path) -> list[list[int]]:
    """The Python processes of a run itself, and those that executors began, which lie in the cluster's folder."""
    own, workers = [], []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"python" not in (folder / "cmdline").read_bytes().split(b"\0")[0]:
                continue
            if os.getsid(int(folder.name)) == run:
                own.append(int(folder.name))
            elif Path(os.readlink(folder / "cwd")).is_relative_to(cluster):
                workers.append(int(folder.name))
        except OSError:
            continue
    return [some for some in (own, workers, workers) if some]  # a worker twice as likely, where there is one


@pytest.mark.long
@pytest.mark.parametrize(("on", "kills"), [("local", 30), ("spark", 20), ("sail", 10)])
def test_kills_at_random_lose_and_change_nothing(timeline, local, tmp_path, on, kills):
    """SIGKILL to any Python process of a run: a worker of the cluster is tried again, the run itself is gone on with."""
    chance, sent = random.Random(20), 0
    with standalone(2, tmp_path) if on == "spark" else nullcontext("") as master:
        variables = on_spark(master) if on == "spark" else {"PYTHONUNBUFFERED": "1"}
        while sent < kills:
            out = tmp_path / f"r{sent}"
            while not (out / "run.json").exists():
                run = label(
                    "sail" if on == "sail" else "spark", on, timeline, out, *ASKED, "--resume", **variables
                )
                time.sleep(chance.uniform(0, 25 if on == "spark" else 8))
                if sent < kills and run.poll() is None:
                    some = chance.choice(pythons_of(run.pid, tmp_path) or [[run.pid]])
                    with suppress(ProcessLookupError):
                        os.kill(chance.choice(some), signal.SIGKILL)
                        sent += 1
                run.communicate(timeout=600)
            assert tables(out) == tables(local)
            assert [p.name for p in tmp_path.glob(".*.unfinished-*")] == []
            shutil.rmtree(out)
