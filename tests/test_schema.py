"""What is written is what `opensepsis.schema` says: every table, its columns in their order, and their types."""

import shutil

import polars as pl
import pytest

import opensepsis
from opensepsis import schema
from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.errors import DefinitionError
from opensepsis.uses.compare import between
from tests.support.hospitals.example import HOSPITAL, labelled


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """All that is written: of all definitions with their variants what `label` writes, of a few what compares them."""
    folder = tmp_path_factory.mktemp("schema")
    out = shutil.copytree(labelled(tmp_path_factory), folder / "out")
    few = opensepsis.label(
        "csv", HOSPITAL, folder / "few", definitions="sepsis3,sepsis2,septic_shock,sofa,sofa2"
    ).path
    opensepsis.compare(few, resamples=100)
    between(few, "sofa", "sofa2", resamples=100)
    for file in few.glob("*.*"):
        if not (out / file.name).exists():
            shutil.copy(file, out)
    return out


def test_every_file_is_described(out):
    written = {p.name for p in out.glob("*.parquet")}
    assert written == {
        t.file for t in schema.TABLES.values() if t.file.endswith(".parquet") and "/" not in t.file
    }


@pytest.mark.parametrize("name", [n for n, t in schema.TABLES.items() if "/" not in t.file])
def test_tables(out, name):
    written = pl.read_parquet(out / schema.TABLES[name].file).schema
    assert written == schema.TABLES[name].dtypes(SCORES, PHENOTYPES)
    assert list(written) == list(schema.TABLES[name].dtypes(SCORES, PHENOTYPES))


def test_scores(out):
    for name in SCORES:
        written = pl.read_parquet(out / "scores" / f"{name.replace(':', '-')}.parquet").schema
        assert list(written.items()) == list(schema.score_columns(name).items())


def test_events(out):
    written = opensepsis.read_labels(out).events().schema
    assert list(written) == list(schema.EVENTS.dtypes())


def test_every_column_says_what_it_means():
    for table in schema.TABLES.values():
        for column in table.columns:
            assert column.meaning and column.type
            if column.dtype == pl.Datetime("us", "UTC"):
                assert column.unit == "UTC"


def test_points_that_may_be_missing_say_when(out):
    """A column that is empty anywhere says when it is."""
    for name, table in schema.TABLES.items():
        if "/" in table.file:
            continue
        frame = pl.read_parquet(out / table.file)
        for column in table.columns:
            if column.name in frame.columns and frame[column.name].null_count():
                assert column.empty, (name, column.name)


def test_an_unknown_column():
    with pytest.raises(DefinitionError, match="Did you mean 'onset'"):
        schema.TABLES["episodes"].column("onsett")
