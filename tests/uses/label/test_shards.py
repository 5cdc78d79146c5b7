"""A shard is a job: whoever runs it, in whatever order and however often, the tables are the same; what is whole stays whole."""

import errno
import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

import opensepsis
from opensepsis.data.io.stale_folders import unfinished_folder
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import DefinitionError, FormatError, MissingError, OutputError, SourceError
from opensepsis.uses.label import shard_job
from opensepsis.uses.label.runners import local

ASKED = "sofa,sepsis3,hour1,course"


@pytest.fixture(scope="module")
def timeline(tmp_path_factory) -> Path:
    """The example hospital in four shards."""
    out = tmp_path_factory.mktemp("timeline") / "timeline"
    write_timeline(opensepsis.open_source("csv", "examples/hospital"), out, shard_patients=4)
    assert len(read_timeline(out).shards) == 4
    return out


@pytest.fixture(scope="module")
def whole(timeline, tmp_path_factory) -> Path:
    return label(timeline, tmp_path_factory.mktemp("whole") / "results")


def label(timeline: Path, out: Path, asked: str = ASKED, **options) -> Path:
    return opensepsis.label("timeline", timeline, out, definitions=asked, **options).path


def tables(results: Path) -> dict[str, bytes]:
    """Every file of every table."""
    files = [f for f in results.rglob("*.parquet") if f.is_file() and "shards" not in f.parts]
    return {file.relative_to(results).as_posix(): file.read_bytes() for file in files}


def rows(results: Path) -> dict[str, list[tuple]]:
    """What stands in them: of files that were brought up to date the bytes may be others."""
    return {name: pl.read_parquet(content).rows() for name, content in tables(results).items()}


def test_any_order_and_twice_gives_the_same_files(timeline, whole, tmp_path):
    for number in (2, 0, 3, 1, 2):
        told = opensepsis.label_shard(timeline, number, tmp_path / "r", definitions=ASKED)
        assert told["shard"] == number and told["rows"]["stays"] == told["stays"]
    assert tables(tmp_path / "r") == tables(whole)
    assert not (tmp_path / "r" / "run.json").exists()
    finished = opensepsis.label("timeline", timeline, tmp_path / "r", definitions=ASKED, resume=True)
    before = opensepsis.read_labels(whole).run
    volatile = ("seconds", "cpu_seconds", "peak_memory_mb", "files")
    assert {k: v for k, v in finished.run.items() if k not in volatile} == {
        k: v for k, v in before.items() if k not in volatile
    }
    assert finished.run["files"] == before["files"]


def test_a_shard_that_there_is_not(timeline, tmp_path):
    with pytest.raises(DefinitionError, match=r"no shard 4.*0 to 3"):
        opensepsis.label_shard(timeline, 4, tmp_path / "r", definitions="sofa")


def test_shards_of_two_runs_do_not_mix(timeline, whole, tmp_path):
    opensepsis.label_shard(timeline, 0, tmp_path / "r", definitions="sofa")
    for definitions, resume in (("qsofa", False), ("qsofa", True)):
        with pytest.raises(OutputError, match=r"definitions|not an earlier output"):
            label(timeline, tmp_path / "r", definitions, resume=resume)
    with pytest.raises(OutputError, match="another definitions"):
        opensepsis.label_shard(timeline, 1, tmp_path / "r", definitions="qsofa")
    with pytest.raises(OutputError, match="another kind of stay"):
        opensepsis.label_shard(timeline, 1, whole, definitions=ASKED, stay_kind="icu")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not shards of a run"):
        opensepsis.label_shard(timeline, 1, tmp_path / "mine", definitions="sofa")


def test_every_reader_reads_a_table_as_one(whole):
    labels = opensepsis.read_labels(whole)
    assert labels.stays.height == 14
    for name in ("stays", "episodes", "scores/sofa"):
        table = whole / f"{name}.parquet"
        ours = labels.frames()[name]
        assert len(list(table.iterdir())) == 4
        assert pl.read_parquet(table).equals(ours)
        assert duckdb.read_parquet(f"{table}/*.parquet").pl().height == ours.height
        assert duckdb.sql(f"from '{table}'").pl().height == ours.height


def test_a_file_of_a_shard_that_is_gone_is_told(whole, tmp_path):
    mine = Path(shutil.copytree(whole, tmp_path / "r"))
    (mine / "episodes.parquet" / "shard-0002.parquet").unlink()
    with pytest.raises(MissingError, match=r"shard-0002\.parquet is missing"):
        _ = opensepsis.read_labels(mine).episodes


def test_results_of_one_file_for_a_table_are_read_as_ever(whole, tmp_path):
    mine, labels = tmp_path / "r", opensepsis.read_labels(whole)
    (mine / "scores").mkdir(parents=True)
    run = {k: v for k, v in labels.run.items() if k not in ("shards", "asked", "job")}
    (mine / "run.json").write_text(json.dumps(run))
    for name, frame in labels.frames().items():
        frame.write_parquet(mine / f"{name}.parquet")
    for name, frame in opensepsis.read_labels(mine).frames().items():
        assert frame.equals(labels.frames()[name]), name


def test_a_timeline_of_version_2_gives_the_same(timeline, whole, tmp_path):
    mine = Path(shutil.copytree(timeline, tmp_path / "timeline"))
    parts = sorted((mine / "stays.parquet").iterdir())
    stays = [pl.read_parquet(part).with_columns(shard=pl.lit(n, pl.UInt32)) for n, part in enumerate(parts)]
    shutil.rmtree(mine / "stays.parquet")
    shutil.rmtree(mine / "digests.parquet")
    pl.concat(stays).write_parquet(mine / "stays.parquet")
    about = json.loads((mine / "timeline.json").read_text())
    kept = {k: v for k, v in about.items() if k not in ("charted", "outcomes", "shifted_dates", "digest")}
    (mine / "timeline.json").write_text(json.dumps(kept | {"version": 2}))
    assert tables(label(mine, tmp_path / "r")) == tables(whole)


class Failing:
    """Labels shards, but not these."""

    def __init__(self, numbers: set[int], problem: Exception):
        self.numbers, self.problem, self.asked = numbers, problem, []

    def __call__(self, job, number, *rest):
        self.asked.append(number)
        if number in self.numbers:
            raise self.problem
        return shard_job.run_job(job, number, *rest)


@pytest.mark.parametrize(
    ("problem", "attempts"),
    [(MemoryError(), 3), (FormatError("part-0000.parquet is damaged."), 1)],
)
def test_a_shard_that_fails_is_tried_again_then_named_and_the_run_goes_on(
    timeline, whole, tmp_path, monkeypatch, problem, attempts
):
    failing = Failing({2}, problem)
    monkeypatch.setattr(local, "run_job", failing)
    with pytest.raises(type(problem)) as told:
        label(timeline, tmp_path / "r")
    assert failing.asked.count(2) == attempts and failing.asked.count(0) == 1
    assert any("shards: 2. The others are whole" in note for note in told.value.__notes__)
    assert any("--resume" in note for note in told.value.__notes__)
    assert not (tmp_path / "r").exists()
    again = Failing(set(), problem)
    monkeypatch.setattr(local, "run_job", again)
    label(timeline, tmp_path / "r", resume=True)
    assert again.asked == [2]
    assert tables(tmp_path / "r") == tables(whole)
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_a_run_that_is_whole_is_not_made_again(timeline, whole, monkeypatch):
    monkeypatch.setattr(local, "run_job", Failing({0, 1, 2, 3}, AssertionError()))
    assert opensepsis.label("timeline", timeline, whole, definitions=ASKED, resume=True).stays.height == 14


def test_what_is_not_resumed_is_cleared(timeline, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "run_job", Failing({1}, FormatError("damaged")))
    with pytest.raises(FormatError):
        label(timeline, tmp_path / "r")
    monkeypatch.undo()
    label(timeline, tmp_path / "r")
    assert tables(tmp_path / "r") == tables(whole) and [p.name for p in tmp_path.iterdir()] == ["r"]


def test_a_full_disk_stops_the_run_and_what_is_whole_stays(timeline, whole, tmp_path, monkeypatch):
    full = Failing({3}, OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(local, "run_job", full)
    with pytest.raises(OutputError, match="disk is full") as told:
        label(timeline, tmp_path / "r")
    assert any("--resume" in note for note in told.value.__notes__)
    monkeypatch.undo()
    assert tables(label(timeline, tmp_path / "r", resume=True)) == tables(whole)


def test_a_file_that_was_cut_is_made_again(timeline, whole, tmp_path):
    for number in range(4):
        opensepsis.label_shard(timeline, number, tmp_path / "r", definitions=ASKED)
    file = tmp_path / "r" / "scores" / "sofa.parquet" / "shard-0001.parquet"
    file.write_bytes(file.read_bytes()[:100])
    assert tables(label(timeline, tmp_path / "r", resume=True)) == tables(whole)


def test_two_runs_into_one_folder_are_an_error(timeline, tmp_path):
    with (
        unfinished_folder(tmp_path / "r"),
        pytest.raises(OutputError, match="Another run is writing"),
    ):
        label(timeline, tmp_path / "r", "qsofa")
    label(timeline, tmp_path / "r", "qsofa")


def test_data_that_changed_meanwhile_are_not_gone_on_with(timeline, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "run_job", Failing({1}, FormatError("damaged")))
    with pytest.raises(FormatError):
        label(timeline, tmp_path / "r")
    other = changed(timeline, tmp_path / "changed")
    with pytest.raises(OutputError, match="data that changed since"):
        label(other, tmp_path / "r", resume=True)


def test_only_files_are_gone_on_with(tmp_path):
    stays = pl.read_csv("examples/hospital/stays.csv")
    with pytest.raises(OutputError, match="opensepsis convert"):
        opensepsis.label(
            stays=stays, wide=None, events=pl.DataFrame({"patient": []}), out=tmp_path, resume=True
        )
    with pytest.raises(OutputError, match="Name the folder"):
        opensepsis.label("csv", "examples/hospital", resume=True)


def changed(timeline: Path, into: Path) -> Path:
    """The same hospital, a night later: one patient has one more value, and one is new."""
    source = opensepsis.open_source("timeline", timeline)
    first = source.stays()["patient"].sort()[0]

    class Later:
        name = "timeline"

        def stays(self):
            new = source.stays().head(1).with_columns(patient=pl.lit("zz"), stay=pl.lit("zz"))
            return pl.concat([source.stays(), new])

        def events(self, concepts):
            yield from source.events(concepts)
            every = pl.concat(source.events(concepts))
            mine = every.filter((pl.col("patient") == first) & (pl.col("concept") == "platelets")).head(1)
            yield mine.with_columns(pl.col("time") + pl.duration(minutes=1), value=pl.lit(15.0), known=None)

        def counts(self):
            return source.counts()

    write_timeline(Later(), into, shard_patients=4)
    return into


def test_only_changed_patients_are_labelled_again(timeline, whole, tmp_path, monkeypatch):
    later = changed(timeline, tmp_path / "later")
    afresh = label(later, tmp_path / "afresh")
    mine = label(later, tmp_path / "r", since=whole)
    assert rows(mine) == rows(afresh)
    run = opensepsis.read_labels(mine).run
    assert run["since"]["patients_labelled_again"] == 2 and run["since"]["all_because"] is None
    for name in ("found", "judged", "hours", "tasks", "course", "stays"):
        assert run[name] == opensepsis.read_labels(afresh).run[name]
    same = "stays.parquet/shard-0001.parquet"  # of which nobody changed: not written again
    assert (mine / same).stat().st_ino == (whole / same).stat().st_ino
    other = "scores/sofa.parquet/shard-0000.parquet"
    assert (mine / other).stat().st_ino != (whole / other).stat().st_ino


def test_earlier_results_are_replaced_where_no_folder_is_named(timeline, whole, tmp_path):
    later, mine = changed(timeline, tmp_path / "later"), Path(shutil.copytree(whole, tmp_path / "r"))
    afresh = label(later, tmp_path / "afresh")
    assert opensepsis.label("timeline", later, definitions=ASKED, since=mine).path == mine
    assert rows(mine) == rows(afresh)


def test_results_of_another_question_are_not_brought_up_to_date(timeline, whole, tmp_path):
    with pytest.raises(OutputError, match="other choices \\(definitions\\)"):
        label(timeline, tmp_path / "r", "qsofa", since=whole)
    with pytest.raises(SourceError, match="convert"):
        opensepsis.label("csv", "examples/hospital", tmp_path / "r", definitions=ASKED, since=whole)
    broken = Path(shutil.copytree(whole, tmp_path / "broken"))
    (broken / "episodes.parquet" / "shard-0001.parquet").unlink()
    with pytest.raises(MissingError, match="not whole"):
        label(timeline, tmp_path / "r", since=broken)


def test_a_run_that_would_end_alike_again_leaves_nothing(timeline, tmp_path):
    with pytest.raises(MissingError, match="no observation stay"):
        label(timeline, tmp_path / "results", stay_kind="observation")
    assert list(tmp_path.iterdir()) == []
