"""Iceberg tables by path: the rows of the present snapshot, or a refusal where files alone do not tell them."""

import json
import shutil

import polars as pl
import pyarrow as pa
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.sources.relational.lakehouse import current_files
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError
from tests.support.hospitals import as_clif
from tests.support.hospitals.as_eicu import Twenty
from tests.support.hospitals.as_iceberg import (
    as_iceberg,
    created,
    delete_by_position,
    delete_by_value,
    renamed,
)

pytest.importorskip("pyiceberg")
ROWS = pa.table({"id": [1, 2, 3], "value": [10.0, 20.0, 30.0], "unit": ["a", "b", "c"]})


def dropped(table) -> None:
    with table.update_schema() as schema:
        schema.delete_column("unit")


def dropped_and_added(table) -> None:
    """Another column of the same name, which no row has yet."""
    dropped(table)
    added(table, "unit")


def added(table, name: str) -> None:
    from pyiceberg.types import StringType

    with table.update_schema() as schema:
        schema.add_column(name, StringType())


def swapped(table) -> None:
    """What was called `value` is called `unit` now, and the other way round: by name each would be the other."""
    renamed(table, "unit", "other")
    renamed(table, "value", "unit")
    renamed(table, "other", "value")


READ = {
    "two appends": (lambda table: table.append(ROWS.slice(0, 1)), [1, 1, 2, 3]),
    "rows deleted by rewriting": (lambda table: table.delete("id = 2"), [1, 3]),
    "overwritten": (lambda table: table.overwrite(ROWS.slice(1, 1)), [2]),
    "a column added": (lambda table: added(table, "more"), [1, 2, 3]),
}
REFUSED = {
    "deleted by position": (
        lambda table: delete_by_position(table, 1),
        "deletes that lie in files of their own",
    ),
    "deleted by value": (lambda table: delete_by_value(table, "id", 2), "deletes by value"),
    "renamed": (lambda table: renamed(table, "value", "result"), "renamed or dropped"),
    "swapped": (swapped, "renamed or dropped"),
    "dropped": (dropped, "renamed or dropped"),
    "dropped and added": (dropped_and_added, "renamed or dropped"),
    "all rows deleted": (lambda table: table.delete("id > 0"), "without rows"),
}


@pytest.mark.parametrize("case", READ)
def test_the_present_snapshot_is_read(tmp_path, case):
    change, ids = READ[case]
    change(created(tmp_path / "a table, 5% of it", ROWS))
    assert (
        sorted(
            pl.concat([pl.read_parquet(file) for file in current_files(tmp_path / "a table, 5% of it")])["id"]
        )
        == ids
    )


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_files_do_not_tell_is_refused(tmp_path, case):
    change, said = REFUSED[case]
    change(created(tmp_path / "table", ROWS))
    with pytest.raises(FormatError, match=rf"{said}.*--on sail"):
        current_files(tmp_path / "table")


def test_partitions_are_read_where_their_column_is_in_the_files(tmp_path):
    created(tmp_path / "parts", ROWS, partitioned_by="unit")
    files = current_files(tmp_path / "parts")
    assert len(files) == 3 and sorted(pl.read_parquet(files)["unit"]) == ["a", "b", "c"]
    for file in files:  # as a table that was Hive's leaves it out
        pl.read_parquet(file).drop("unit").write_parquet(file)
    with pytest.raises(FormatError):
        current_files(tmp_path / "parts")


def test_which_version_is_present(tmp_path):
    """That of version-hint.text, else the last one; two that are last are two writers of whom one lost, and only a catalogue knows."""
    created(tmp_path / "table", ROWS).append(ROWS)
    metadata = tmp_path / "table" / "metadata"
    versions = sorted(metadata.glob("*.metadata.json"))
    assert len(versions) == 3 and len(current_files(tmp_path / "table")) == 2
    shutil.copy(versions[1], metadata / "v1.metadata.json")
    (metadata / "version-hint.text").write_text("1\n")
    assert len(current_files(tmp_path / "table")) == 1
    (metadata / "version-hint.text").write_text("7")
    with pytest.raises(FormatError, match="catalogue"):
        current_files(tmp_path / "table")
    (metadata / "version-hint.text").unlink()
    shutil.copy(versions[2], metadata / "00002-another.metadata.json")
    with pytest.raises(FormatError, match="catalogue"):
        current_files(tmp_path / "table")


def test_a_table_that_was_moved_or_is_damaged(tmp_path):
    """Its metadata names whole paths."""
    created(tmp_path / "table", ROWS)
    shutil.move(tmp_path / "table", tmp_path / "moved")
    with pytest.raises(FormatError, match="Was it moved"):
        current_files(tmp_path / "moved")
    shutil.move(tmp_path / "moved", tmp_path / "table")
    last = sorted((tmp_path / "table" / "metadata").glob("*.metadata.json"))[-1]
    last.write_text(json.dumps({"format-version": 9}))
    with pytest.raises(FormatError, match="cannot be read"):
        current_files(tmp_path / "table")


def test_a_hospital_as_iceberg_is_that_as_parquet(tmp_path):
    parquet = as_clif.write(tmp_path / "parquet", *Twenty().frames())
    iceberg = as_iceberg(parquet, tmp_path / "iceberg")
    here, there = (
        write_timeline(open_source("clif", place), tmp_path / f"t-{place.name}")
        for place in (parquet, iceberg)
    )
    assert there.facts == here.facts and there.counts["source"] == here.counts["source"]
    assert there.stays.equals(here.stays) and there.counts["written"] > 0
