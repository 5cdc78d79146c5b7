"""Which format a table has is told by one rule, in a folder and in a store; a place that cannot be replaced is refused before any work."""

from itertools import combinations
from pathlib import Path

import pytest

from opensepsis.data.io.object_store import ObjectFolder
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.lakehouse import format_by_names, format_of
from opensepsis.data.timeline.in_store import send_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.convert import convert_by_engine, convert_into_store
from opensepsis.uses.convert.engine_tables import tables_of
from tests.support.nights import Night

LOG, METADATA, ROWS = "_delta_log/00000.json", "metadata/v1.metadata.json", "part-0.parquet"
OTHER = ("data/part-0.parquet", "metadata/snap.avro", "deep/metadata/v1.metadata.json", "rows.csv")


class OnDisk(ObjectFolder):
    """A store whose objects are the files of a folder here."""

    def names(self, below: str = "") -> dict[str, int]:
        folder = Path(self.address)
        files = [file for file in folder.rglob("*") if file.is_file()]
        return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}

    def read(self, name: str) -> bytes:
        return (Path(self.address) / name).read_bytes()


def written(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return folder


def told_by(names: set[str]) -> str:
    """Delta before Iceberg before Parquet."""
    return next((k for k, n in (("delta", LOG), ("iceberg", METADATA), ("parquet", ROWS)) if n in names), "")


@pytest.mark.parametrize("number", range(4))
def test_a_folder_and_a_store_tell_the_same_format(number, tmp_path):
    for at, marks in enumerate(combinations((LOG, METADATA, ROWS), number)):
        table = written(tmp_path / str(at) / "person", *marks, *OTHER)
        names = [file.relative_to(table).as_posix() for file in table.rglob("*") if file.is_file()]
        expected = told_by(set(marks))
        assert format_of(table) == format_by_names(names) == format_by_names(reversed(names)) == expected
        for place in (table.parent, OnDisk(str(table.parent))):
            if not expected:
                with pytest.raises(MissingError, match="person"):
                    tables_of(None, OMOP, place)
                continue
            found = tables_of(None, OMOP, place)["person"]
            assert (found.place, found.kind) == (str(table), expected)


@pytest.mark.parametrize("name", ["PERSON.parquet", "person.PARQUET", "Person/part-0.parquet"])
def test_names_in_any_case_are_found_in_both(name, tmp_path):
    written(tmp_path, name)
    here, there = (tables_of(None, OMOP, place)["person"] for place in (tmp_path, OnDisk(str(tmp_path))))
    assert (here.place, here.kind) == (there.place, there.kind)
    assert here.place == str(tmp_path / name).removesuffix("/part-0.parquet")


@pytest.mark.parametrize("of_store", [False, True])
def test_a_place_that_holds_something_else_is_refused_before_anything_is_read(of_store, tmp_path):
    """The data are not there, and no engine either: neither is asked for."""
    mine = written(tmp_path / "mine", "notes.txt")
    out = OnDisk(str(mine)) if of_store else mine
    for convert in (
        lambda: convert_by_engine("omop", tmp_path / "nothing", out, "sail"),
        lambda: convert_into_store("omop", tmp_path / "nothing", out),
    ):
        with pytest.raises(OutputError, match=r"not of a timeline|not an earlier output"):
            convert()
    assert (mine / "notes.txt").read_text() == "{}"


def test_what_lies_beside_a_timeline_in_a_store_is_not_deleted(tmp_path):
    made = write_timeline(Night({}, set(), {}), tmp_path / "t").path
    written(made, "raw/person.parquet")
    with pytest.raises(OutputError, match=r"no run wrote: raw/person\.parquet"):
        convert_into_store("omop", tmp_path / "nothing", OnDisk(str(made)))
    with pytest.raises(OutputError, match="no run wrote"):
        send_timeline(made, OnDisk(str(made)))
    assert (made / "raw" / "person.parquet").exists() and (made / "timeline.json").exists()


def test_the_data_do_not_lie_in_the_place_of_the_timeline(tmp_path):
    written(tmp_path / "t" / "omop", "person.parquet")
    with pytest.raises(OutputError, match="lies in the output folder"):
        convert_by_engine("omop", tmp_path / "t" / "omop", tmp_path / "t", "sail")
