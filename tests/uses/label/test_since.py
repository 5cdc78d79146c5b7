"""Night after night, results brought up to date are those of a whole run, cell by cell and in order, in files of many row groups."""

import random
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

import opensepsis
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.label import writer
from tests.support.nights import Night

ASKED = "sofa,news2,sepsis3,hour1,course"
COUNTED = ("found", "judged", "hours", "tasks", "course", "stays", "too_young", "too_old", "age_not_known")


def night(chance: random.Random, patients: list[str]) -> Night:
    some = chance.sample(patients, 4)
    new = {
        f"{chance.choice('amz')}{chance.randrange(1000)}": one
        for one in chance.sample(patients, chance.randrange(3))
    }
    return Night(
        {one: chance.uniform(10, 400) for one in some[:2]}, set(some[2 : 2 + chance.randrange(3)]), new
    )


def tables(results: Path) -> dict[str, pl.DataFrame]:
    files = [f for f in results.rglob("*.parquet") if f.is_file()]
    return {f.relative_to(results).as_posix(): pl.read_parquet(f, glob=False) for f in sorted(files)}


def column_places(file: Path, name: str) -> list[int]:
    """Where the pages of a column begin, by row group."""
    told = pq.read_metadata(file)
    number = told.schema.names.index(name)
    return [told.row_group(n).column(number).data_page_offset for n in range(told.num_row_groups)]


@pytest.mark.parametrize(
    ("rows", "seed"), [(30, 0), (250, 2), *(pytest.param(30, s, marks=pytest.mark.long) for s in (1, 3, 4))]
)
def test_night_after_night(rows, seed, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "ROWS_OF_GROUP", rows)
    chance = random.Random(seed)
    patients = opensepsis.open_source("csv", "examples/hospital").stays()["patient"].unique().sort().to_list()
    results, again = None, 0
    for number in range(3):
        told = night(chance, patients) if number else Night({}, set(), {})
        timeline = write_timeline(told, tmp_path / f"timeline{number}", shard_patients=8).path
        afresh = opensepsis.label("timeline", timeline, tmp_path / f"afresh{number}", definitions=ASKED)
        if results is not None:
            mine = opensepsis.label(
                "timeline", timeline, tmp_path / f"r{number}", definitions=ASKED, since=results
            )
            there, here = tables(mine.path), tables(afresh.path)
            assert there.keys() == here.keys()
            for name, rows_there in there.items():
                assert rows_there.equals(here[name]) and rows_there.schema == here[name].schema, name
            assert {n: mine.run[n] for n in COUNTED} == {n: afresh.run[n] for n in COUNTED}
            again += mine.run["since"]["patients_labelled_again"] or 0
        results = (mine if results else afresh).path
    assert 0 < again < 2 * len(patients)


def test_row_groups_of_others_keep_their_bytes_and_every_reader_reads_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "ROWS_OF_GROUP", 100)
    before = write_timeline(Night({}, set(), {}), tmp_path / "t0", shard_patients=100).path
    first = opensepsis.label("timeline", before, tmp_path / "r0", definitions="sofa").path
    patient = opensepsis.read_labels(first).scores["sofa"]["patient"][150]
    later = write_timeline(Night({patient: 15.0}, set(), {}), tmp_path / "t1", shard_patients=100).path
    opensepsis.label("timeline", later, tmp_path / "r1", definitions="sofa", since=first)
    old, new = (tmp_path / r / "scores" / "sofa.parquet" / "shard-0000.parquet" for r in ("r0", "r1"))
    places = [column_places(file, "total") for file in (old, new)]
    kept = set(places[0]) & set(places[1])
    assert 0 < len(set(places[0]) - kept) < len(kept)
    assert column_places(old, "time") == column_places(new, "time")  # its hours are those that it had
    assert column_places(old, "brain") == column_places(new, "brain")
    end = max(kept) + 1
    assert old.read_bytes()[:end] == new.read_bytes()[:end]
    afresh = opensepsis.label("timeline", later, tmp_path / "afresh", definitions="sofa").scores["sofa"]
    assert pl.from_arrow(pq.read_table(new)).equals(afresh)
    assert not pl.read_parquet(old).equals(afresh)
    totals = duckdb.sql(f"select total from '{new}'").pl()["total"]
    assert totals.equals(afresh["total"])


def test_a_file_that_grows_is_written_anew(tmp_path, monkeypatch):
    """The pages that no longer count never outweigh those that do for more than one night."""
    monkeypatch.setattr(writer, "ROWS_OF_GROUP", 100)
    patients = opensepsis.open_source("csv", "examples/hospital").stays()["patient"].unique().sort().to_list()
    results, sizes = None, []
    for number in range(9):
        told = Night({one: 400.0 - 390 * (number % 2) for one in patients}, set(), {})
        timeline = write_timeline(told, tmp_path / f"t{number}", shard_patients=100).path
        out = tmp_path / f"r{number}"
        results = opensepsis.label("timeline", timeline, out, definitions="sofa", since=results).path
        sizes.append((results / "scores" / "sofa.parquet" / "shard-0000.parquet").stat().st_size)
    assert max(sizes) < 3.5 * sizes[0] and sorted(sizes) != sizes


def test_new_patients_change_only_the_last_shards(tmp_path):
    """A timeline made again where it lies keeps everybody in his shard: a night costs what it touches."""
    timeline = write_timeline(Night({}, set(), {}), tmp_path / "t", shard_patients=4).path
    first = opensepsis.label("timeline", timeline, tmp_path / "r", definitions="sofa").path
    where = pl.concat(
        [s.select("patient", shard=n) for n, (s, _) in enumerate(read_timeline(timeline).parts())]
    ).unique()
    write_timeline(Night({}, set(), {"A0": "P02", "P000": "P03"}), timeline, shard_patients=4)
    later = pl.concat(
        [s.select("patient", shard=n) for n, (s, _) in enumerate(read_timeline(timeline).parts())]
    ).unique()
    assert (
        later.filter(pl.col("shard") < later["shard"].max())
        .join(where, on=["patient", "shard"], how="anti")
        .is_empty()
    )
    assert where.join(later, on=["patient", "shard"], how="anti").is_empty()
    run = opensepsis.label("timeline", timeline, tmp_path / "later", definitions="sofa", since=first).run
    assert run["since"]["patients_labelled_again"] == 2
    afresh = write_timeline(
        Night({}, set(), {"A0": "P02", "P000": "P03"}), tmp_path / "afresh", shard_patients=4
    )
    there, here = (
        opensepsis.label("timeline", place, tmp_path / f"of-{place.name}", definitions="sofa")
        .scores["sofa"]
        .sort("stay", "time")
        for place in (timeline, afresh.path)
    )
    assert there.equals(here)


@pytest.mark.parametrize("patients", [1, 100])
def test_shards_of_another_size_are_not_kept(patients, tmp_path):
    there = write_timeline(Night({}, set(), {}), tmp_path / "t", shard_patients=4)
    again = write_timeline(Night({}, set(), {}), tmp_path / "t", shard_patients=patients)
    assert len(again.shards) != len(there.shards)
