"""Tables in Delta's format: rows of earlier versions do not count; what the files alone do not tell is refused."""

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.sources.relational.lakehouse import current_files, format_of
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError
from tests.support.hospitals import as_clif
from tests.support.hospitals.as_delta import as_delta
from tests.support.hospitals.as_eicu import Twenty

deltalake = pytest.importorskip("deltalake")


def test_a_delta_table_is_its_present_version(tmp_path):
    parquet = as_clif.write(tmp_path / "parquet", *Twenty().frames())
    delta = as_delta(parquet, tmp_path / "delta")
    vitals = next(delta.glob("*vitals"))
    assert len(list(vitals.glob("*.parquet"))) == 3 and len(current_files(vitals)) == 1
    here, there = (
        write_timeline(open_source("clif", place), tmp_path / f"t-{place.name}") for place in (parquet, delta)
    )
    assert there.facts == here.facts and there.counts["source"] == here.counts["source"]
    assert there.stays.equals(here.stays) and there.counts["written"] > 0


def test_rows_that_are_deleted_and_appended(tmp_path):
    table = tmp_path / "a table, 5% of it"
    deltalake.write_deltalake(table.as_uri(), pl.DataFrame({"id": [1, 2, 3]}).to_arrow())
    deltalake.write_deltalake(table.as_uri(), pl.DataFrame({"id": [4]}).to_arrow(), mode="append")
    deltalake.DeltaTable(table.as_uri()).delete("id = 2")
    assert sorted(pl.read_parquet(current_files(table))["id"]) == [1, 3, 4]
    deltalake.DeltaTable(table.as_uri()).delete()
    with pytest.raises(FormatError, match="without rows"):
        current_files(table)


def test_what_the_files_do_not_tell_is_refused(tmp_path):
    rows = pl.DataFrame({"id": [1, 2], "site": ["a", "b"]}).to_arrow()
    deltalake.write_deltalake(tmp_path / "parts", rows, partition_by=["site"])
    with pytest.raises(FormatError, match="partitions"):
        current_files(tmp_path / "parts")
    deltalake.write_deltalake(
        tmp_path / "vectors", rows, configuration={"delta.enableDeletionVectors": "true"}
    )
    with pytest.raises(FormatError, match=r"deletionVectors.*--on sail, or with --on spark"):
        current_files(tmp_path / "vectors")
    (tmp_path / "broken" / "_delta_log").mkdir(parents=True)
    (tmp_path / "broken" / "_delta_log" / f"{0:020}.json").write_text("{")
    with pytest.raises(FormatError, match="damaged"):
        current_files(tmp_path / "broken")


def test_a_folder_of_parquet_is_all_of_its_files(tmp_path):
    for name in ("b", "a"):
        pl.DataFrame({"id": [name]}).write_parquet(tmp_path / f"{name}.parquet")
    assert [file.name for file in current_files(tmp_path)] == ["a.parquet", "b.parquet"]
    assert format_of(tmp_path) == "parquet"
