"""Timelines and results in an object store: the tables that this machine writes, byte by byte, and the same care for what is not whole."""

import io
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

import opensepsis
from opensepsis.data.io.object_store import ObjectFolder, as_folder
from opensepsis.data.timeline.in_store import send_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError, OutputError
from tests.support.clusters import ROOT, ended, label, object_store, on_spark
from tests.support.nights import Night

pytestmark = pytest.mark.services
ASKED = "sofa,sepsis3,hour1,course"


@pytest.fixture(scope="module", autouse=True)
def environment():
    with object_store("hospital", "other") as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


def command(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "opensepsis.cli", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def timeline(environment) -> str:
    done = command("convert", "csv", "examples/hospital", "--out", "s3://hospital/timeline")
    assert done.returncode == 0 and "Written to" in done.stdout, done.stderr
    return "s3://hospital/timeline"


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    assert command("convert", "csv", "examples/hospital", "--out", folder / "t").returncode == 0
    return opensepsis.label("timeline", folder / "t", folder / "r", definitions=ASKED).path


def same(out: str, local: Path) -> None:
    folder = as_folder(out)
    there = {name for name in folder.names() if name.endswith(".parquet")}
    assert there == {f.relative_to(local).as_posix() for f in local.rglob("*.parquet") if f.is_file()}
    for name in there:
        assert folder.read(name) == (local / name).read_bytes(), name


@pytest.mark.parametrize("on", ["local", "spark", "sail"])
def test_results_in_a_store_are_those_of_this_machine(on, timeline, local, environment):
    out = f"s3://hospital/results-{on}"
    if on == "local":
        done = command("label", "timeline", timeline, "--out", out, "--definitions", ASKED)
        assert done.returncode == 0, done.stderr
    else:
        more = environment | (on_spark("local[2]") if on == "spark" else {})
        ended(label(on, on, timeline, out, "--definitions", ASKED, **more))
    same(out, local)
    told = as_folder(out)
    assert "asked.json" not in told.names() and json.loads(told.read("run.json"))["on"] == on
    read, here = opensepsis.read_labels(out), opensepsis.read_labels(local)
    assert read.run["found"] == here.run["found"] and read.run["timeline"] == timeline
    assert read.stays.equals(here.stays) and read.scores["sofa"].equals(here.scores["sofa"])
    assert {name: frame.shape for name, frame in read.frames().items()} == {
        n: f.shape for n, f in here.frames().items()
    }


def test_a_run_is_gone_on_with_and_another_is_refused(timeline, local):
    out = "s3://hospital/begun"
    told = opensepsis.label_shard(timeline, 0, out, definitions=ASKED)
    assert told["shard"] == 0 and "run.json" not in as_folder(out).names()
    with pytest.raises(MissingError, match=r"no run\.json"):
        opensepsis.read_labels(out)
    with pytest.raises(OutputError, match="is not empty"):
        opensepsis.label("timeline", timeline, out, definitions=ASKED)
    with pytest.raises(OutputError, match="another definitions"):
        opensepsis.label("timeline", timeline, out, definitions="sofa", resume=True)
    folder = as_folder(out)
    folder.delete(["scores/sofa.parquet/shard-0000.parquet"])  # it is made again
    opensepsis.label("timeline", timeline, out, definitions=ASKED, resume=True)
    same(out, local)
    opensepsis.label("timeline", timeline, out, definitions=ASKED, resume=True)
    as_folder("s3://hospital/mine").write("notes.txt", b"mine")
    with pytest.raises(OutputError, match="not shards of a run"):
        opensepsis.label("timeline", timeline, "s3://hospital/mine", definitions=ASKED, resume=True)
    done = command("convert", "csv", "examples/hospital", "--out", "s3://hospital/mine")
    assert done.returncode and "not of a timeline" in done.stderr + done.stdout
    assert as_folder("s3://hospital/mine").read("notes.txt") == b"mine"


def test_data_are_read_from_a_store_and_a_timeline_there_is_replaced(timeline, local, tmp_path):
    data = as_folder("s3://hospital/data")
    assert isinstance(data, ObjectFolder)
    data.send(ROOT / "examples" / "hospital", "site.toml")
    for out in (tmp_path / "t", "s3://hospital/timeline-2", "s3://hospital/timeline-2"):
        done = command("convert", "csv", "s3://hospital/data", "--out", out)
        assert done.returncode == 0, done.stderr
        results = opensepsis.label(
            "timeline", out, tmp_path / f"r{len(list(tmp_path.iterdir()))}", definitions="sofa"
        )
        assert results.scores["sofa"].equals(opensepsis.read_labels(local).scores["sofa"])


def test_every_reader_reads_a_table_in_a_store(timeline, local, environment):
    out = "s3://hospital/readers"
    labels = opensepsis.label("timeline", timeline, out, definitions=ASKED)
    options = {"aws_endpoint_url": environment["AWS_ENDPOINT_URL"], "aws_allow_http": "true"}
    there = pl.read_parquet(f"{out}/stays.parquet/*.parquet", storage_options=options)
    assert there.equals(labels.stays)
    content = as_folder(out).read("stays.parquet/shard-0000.parquet")
    assert pl.read_parquet(io.BytesIO(content)).height and duckdb.__version__


@pytest.fixture(scope="module")
def nights(environment, tmp_path_factory) -> Path:
    """The timelines of two nights, here and in the store: a value more and somebody new; most shards stay as they were."""
    here = tmp_path_factory.mktemp("nights")
    for number, night in enumerate((Night({}, set(), {}), Night({"P03": 12.0}, set(), {"zz": "P05"}))):
        send_timeline(
            write_timeline(night, here / f"t{number}", shard_patients=2).path,
            ObjectFolder(f"s3://hospital/t{number}"),
        )
    opensepsis.label("timeline", here / "t0", here / "r0", definitions=ASKED)
    opensepsis.label("timeline", "s3://hospital/t0", "s3://hospital/r0", definitions=ASKED)
    opensepsis.label("timeline", here / "t1", here / "afresh", definitions=ASKED)
    return here


@pytest.mark.parametrize("place", ["store", "another bucket", "here", "from here"])
def test_results_are_brought_up_to_date_where_they_lie(place, nights, tmp_path):
    told = {
        "store": ("s3://hospital/r0", "s3://hospital/r1"),
        "another bucket": ("s3://hospital/r0", "s3://other/r1"),
        "here": ("s3://hospital/r0", tmp_path / "r1"),
        "from here": (nights / "r0", "s3://hospital/r1-from-here"),
    }
    since, out = told[place]
    mine = opensepsis.label("timeline", "s3://hospital/t1", out, definitions=ASKED, since=since)
    afresh = opensepsis.read_labels(nights / "afresh")
    assert mine.run["since"] == {"results": str(since), "all_because": None, "patients_labelled_again": 2}
    assert {n: mine.run[n] for n in ("found", "judged", "hours", "tasks", "course", "stays")} == {
        n: afresh.run[n] for n in ("found", "judged", "hours", "tasks", "course", "stays")
    }
    there, here = mine.frames(), afresh.frames()
    assert there.keys() == here.keys() and all(there[name].equals(here[name]) for name in here)
    before = opensepsis.read_labels("s3://hospital/r0")
    assert before.frames()["stays"].equals(opensepsis.read_labels(nights / "r0").stays)
    again = opensepsis.label("timeline", "s3://hospital/t1", tmp_path / "r2", definitions=ASKED, since=out)
    assert again.run["since"]["patients_labelled_again"] == 0 and again.stays.equals(mine.stays)


def test_a_night_that_was_broken_off_is_gone_on_with(nights):
    out = "s3://hospital/r1-broken-off"
    opensepsis.label("timeline", "s3://hospital/t1", out, definitions=ASKED, since="s3://hospital/r0")
    folder = as_folder(out)
    run = json.loads(folder.read("run.json"))
    folder.delete(["run.json", "shards/shard-0001.json", "stays.parquet/shard-0003.parquet"])
    folder.write("asked.json", json.dumps(run["asked"]).encode())
    with pytest.raises(OutputError, match="is not empty"):
        opensepsis.label("timeline", "s3://hospital/t1", out, definitions=ASKED, since="s3://hospital/r0")
    mine = opensepsis.label(
        "timeline", "s3://hospital/t1", out, definitions=ASKED, since="s3://hospital/r0", resume=True
    )
    assert mine.stays.equals(opensepsis.read_labels(nights / "afresh").stays)
    assert mine.run["since"]["patients_labelled_again"] == 2


def test_what_cannot_be(timeline, tmp_path):
    for words, said in (
        (
            ("label", "timeline", "s3://hospital/nothing", "--out", tmp_path / "r"),
            "There is no timeline at s3://hospital/nothing",
        ),
        (("label", "csv", "examples/hospital", "--out", "s3://hospital/x"), "convert the data first"),
        (("label", "timeline", timeline, "--out", "s3://nobody/x"), "s3://nobody/x cannot be reached"),
        (
            ("label", "timeline", timeline, "--since", "s3://hospital/results"),
            "name another folder for the new results with --out",
        ),
        (
            (
                "label",
                "timeline",
                timeline,
                "--since",
                "s3://hospital/no-results",
                "--out",
                "s3://hospital/y",
            ),
            "There is no s3://hospital/no-results/run.json",
        ),
        (("convert", "csv", "s3://hospital/nothing", "--out", tmp_path / "t"), "There is nothing at"),
    ):
        done = command(*words)
        told = " ".join((done.stdout + done.stderr).replace("│", " ").split())
        assert done.returncode and said in told, told
        assert "Traceback" not in told and "test" not in told.split("Look")[0].split()
