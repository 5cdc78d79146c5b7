"""The same CDM from files, a DuckDB file, PostgreSQL and an Ibis connection: the same stays and events."""

import duckdb
import ibis
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import opensepsis
from opensepsis.data.sources.omop import open_omop
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.form import DUCKDB_TYPES
from tests.support.hospitals.small_omop import at, dose, lab, read_all, rows_of, write

TABLES = {
    "measurement": [
        lab(3024929, value_as_number=90, unit_concept_id=8848),
        lab(3024929, "13:00", value_as_number=70, unit_concept_id=8848, operator_concept_id=4171756),
        lab(0, "14:00", measurement_source_value="2160-0", value_as_number=1.3, unit_source_value="mg/dL"),
        lab(3027315, "15:00", value_as_number=61, unit_source_value="mm[Hg]"),
        lab(40769406, "15:00", value_source_value="ART."),
    ],
    "drug_exposure": [dose(1707687, 32818, route_concept_id=4171047), dose(1707687, 32838, "16:00", route_source_value="IV")],
    "condition_occurrence": [{"condition_source_value": "N179", "condition_start_date": "2021-03-01"}],
    "procedure_occurrence": [
        {"procedure_concept_id": 4097246, "procedure_date": "2021-03-01", "procedure_datetime": at("10:00")}
    ],
    "death": [{"death_date": "2021-03-09", "death_datetime": at("12:00", 9)}],
    "concept": [{"concept_id": 8848, "concept_name": "thousand", "vocabulary_id": "UCUM", "concept_code": "10*3/uL"}],
}  # fmt: skip


def parquet(folder, path):
    """The tables with their types, as a database writes them."""
    path.mkdir()
    for name, (columns, _) in rows_of(**TABLES).items():
        types = ", ".join(f"'{c}': '{DUCKDB_TYPES[OMOP.type_of(name, c)]}'" for c in columns)
        source = f"read_csv('{folder / name}.csv', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{types}}})"
        duckdb.sql(f"copy (select * from {source}) to '{path / name}.parquet'")
    return path


def duckdb_file(folder, file, schema="main"):
    with duckdb.connect(str(file)) as native:
        native.execute(f"create schema if not exists {schema}")
        for table in folder.glob("*.parquet"):
            native.execute(f"create table {schema}.{table.stem.upper()} as select * from '{table}'")
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("csv"), **TABLES)


@pytest.fixture(scope="module")
def typed(folder, tmp_path_factory):
    """The same tables as Parquet."""
    return parquet(folder, tmp_path_factory.mktemp("typed") / "parquet")


@pytest.fixture(scope="module")
def expected(folder):
    """The stays and all events of the files."""
    return open_omop(folder).stays(), read_all(folder)


def same(place, expected):
    stays, events = expected
    assert_frame_equal(open_omop(place).stays(), stays)
    found = read_all(place)
    assert found.height == events.height == 8
    assert_frame_equal(found, events)


def test_parquet(typed, expected):
    same(typed, expected)


@pytest.mark.parametrize("schema", ["main", "cdm"])
def test_a_duckdb_file(typed, expected, tmp_path, schema):
    same(duckdb_file(typed, tmp_path / "omop.duckdb", schema), expected)


def test_an_ibis_connection(typed, expected):
    same(ibis.polars.connect({f.stem: pl.read_parquet(f) for f in typed.glob("*.parquet")}), expected)


def load(address: str) -> None:
    """The tables in a schema of their own, with the types of the CDM's scripts."""
    import psycopg

    types = {"int64": "bigint", "float64": "numeric", "timestamp(6)": "timestamp", "string": "varchar"}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create schema omop")
        for name, (columns, rows) in rows_of(**TABLES).items():
            listed = ", ".join(
                f"{c} {'date' if c.endswith('_date') else types[OMOP.type_of(name, c)]}" for c in columns
            )
            connection.execute(f"create table omop.{name} ({listed})")
            places = ", ".join(["%s"] * len(columns))
            cells = [[row.get(c) for c in columns] for row in rows]
            if cells:
                connection.cursor().executemany(f"insert into omop.{name} values ({places})", cells)


def test_a_postgresql_database(folder, expected, tmp_path, postgresql):
    load(postgresql)
    same(postgresql, expected)
    there = opensepsis.label("omop", postgresql, tmp_path / "there", definitions="sofa")
    here = opensepsis.label("omop", folder, tmp_path / "here", definitions="sofa")
    assert_frame_equal(there.scores["sofa"], here.scores["sofa"])
    assert there.run["source"]["path"].startswith("postgresql://")


def test_the_command_reads_a_duckdb_file(folder, tmp_path):
    from typer.testing import CliRunner

    from opensepsis.cli import app

    file = duckdb_file(parquet(folder, tmp_path / "parquet"), tmp_path / "omop.duckdb")
    command = [
        "label",
        "omop",
        str(file),
        "--out",
        str(tmp_path / "out"),
        "--definitions",
        "sofa",
        "--stay-kind",
        "icu",
    ]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    counts = opensepsis.read_labels(tmp_path / "out").run["counts"]["source"]
    assert counts["mapped_rows"]["measurement"] == 4 and counts["drug_types"] == {"given": 1, "ordered": 1}
    assert counts["found_by"]["measurement"] == {"standard concept": 3, "source code": 1}


def test_the_command_says_that_nothing_was_given(tmp_path):
    from typer.testing import CliRunner

    from opensepsis.cli import app

    folder = write(tmp_path / "cdm", drug_exposure=[dose(1707687, 32838)])
    command = ["label", "omop", str(folder), "--out", str(tmp_path / "out"), "--definitions", "sepsis3"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "sepsis3:orders" in " ".join(done.output.split())
