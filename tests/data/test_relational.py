"""Tables of any form: found in any case, read where they lie, exact to the last digit."""

import gzip

import duckdb
import ibis
import polars as pl
import pytest

from opensepsis.data.sources.relational.address import is_address, without_password
from opensepsis.data.sources.relational.form import Form, Table, columns, tables
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.errors import FormatError, MissingError

FORM = Form(
    title="made-up",
    layout="It is made up.",
    repair="Copy it again.",
    absent="Give another folder.",
    schemas=("cdm",),
    tables=tables(
        Table(
            "person",
            columns(whole="person_id", number="weight", time="seen", text="name"),
            other_names=("clif_person",),
            renamed={"name": ("full_name",)},
            optional=frozenset({"weight"}),
        ),
    ),
)
LARGE = 2**53 + 1
ROWS = pl.DataFrame(
    {"person_id": [LARGE, 2], "weight": pl.Series([0.1, 70.2], dtype=pl.Float32), "name": ["a", None]}
)


def fetched(place, *names):
    opened = open_tables(FORM, place)
    return opened.fetch(opened.get("person", *names), "person").sort("person_id")


@pytest.mark.parametrize(
    "name", ["PERSON.CSV", "Person.csv.gz", "person.parquet", "CLIF_Person.Parquet", "person"]
)
def test_a_table_is_found_by_its_name_in_any_case_and_of_any_version(tmp_path, name):
    if name.lower().endswith(("csv", "gz")):
        text = ROWS.write_csv().encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    elif name == "person":
        (tmp_path / name).mkdir()
        ROWS.write_parquet(tmp_path / name / "part-0.parquet")
    else:
        ROWS.write_parquet(tmp_path / name)
    assert fetched(tmp_path, "person_id", "weight").rows() == [(2, 70.2), (LARGE, 0.1)]


def as_duckdb(path, schema="main"):
    with duckdb.connect(str(path)) as native:
        native.execute(f"create schema if not exists {schema}")
        native.register("rows_given", ROWS)
        native.execute(f'create table {schema}."PERSON" as select * from rows_given').fetchall()
    return path


@pytest.mark.parametrize("schema", ["main", "cdm"])
def test_a_duckdb_file_is_read_and_not_written(tmp_path, schema):
    file = as_duckdb(tmp_path / "hospital.duckdb", schema)
    before = file.read_bytes()
    assert fetched(file, "person_id", "weight").rows() == [(2, 70.2), (LARGE, 0.1)]
    opened = open_tables(FORM, file)
    codes = opened.lookup(pl.DataFrame({"person_id": [2]}))
    assert opened.fetch(opened.get("person", "person_id").join(codes, "person_id"), "person").height == 1
    assert file.read_bytes() == before


def test_32_bit_numbers_are_widened_where_the_data_live(tmp_path):
    opened = open_tables(FORM, as_duckdb(tmp_path / "hospital.duckdb"))
    rows = opened.get("person", "person_id", "weight")
    assert opened.fetch(rows.filter(rows.weight <= 0.1), "person").height == 1
    polars = open_tables(FORM, ibis.polars.connect({"person": ROWS}))
    assert polars.fetch(polars.get("person", "weight"), "person")["weight"].to_list() == [0.1, 70.2]


FILES = {
    "whole numbers first": ([{"weight": 2}], [{"weight": 1.7}]),
    "decimals first": ([{"weight": 1.7}], [{"weight": 2}]),
    "nothing first": ([{"weight": None}], [{"weight": 1.7}]),
    "a column was added": ([{"name": "a"}], [{"name": "b", "weight": 1.7}]),
    "a column is no longer sent": ([{"name": "b", "weight": 1.7}], [{"name": "a"}]),
    "another order of columns": ([{"weight": 1.7, "name": "a"}], [{"name": "b", "weight": 2.0}]),
}


@pytest.mark.parametrize("case", FILES)
def test_files_of_one_table_are_read_by_their_own_columns_and_types(tmp_path, case):
    """A writer that chooses types by what it sees gives whole numbers another type: of DuckDB's defaults 1.7 would be 2."""
    (tmp_path / "person").mkdir()
    rows = [{"name": None} | row | {"person_id": number} for number, (row,) in enumerate(FILES[case])]
    for row in rows:
        pl.DataFrame([row]).write_parquet(tmp_path / "person" / f"{row['person_id']}.parquet")
    found = fetched(tmp_path, "person_id", "weight", "name")
    assert found["weight"].to_list() == [row.get("weight") for row in rows]
    assert found["name"].to_list() == [row.get("name") for row in rows]
    opened = open_tables(FORM, tmp_path)
    of_codes = pl.concat(opened.of_codes("person", "person_id", pl.Series([0, 1]), "weight")).sort(
        "person_id"
    )
    assert of_codes["weight"].to_list() == [row.get("weight") for row in rows]


NAN = pl.DataFrame({"person_id": [1, 2, 3], "weight": [float("nan"), 70.2, None], "name": ["a", "b", "c"]})


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64, pl.String])
@pytest.mark.parametrize("ending", ["parquet", "csv", "duckdb"])
def test_a_number_that_is_nan_is_an_empty_cell(tmp_path, kind, ending):
    rows = NAN.cast({"weight": kind})
    place = tmp_path
    if ending == "duckdb":
        place = tmp_path / "hospital.duckdb"
        with duckdb.connect(str(place)) as native:
            native.register("given", rows)
            native.execute("create table person as select * from given").fetchall()
    elif ending == "csv":
        rows.write_csv(tmp_path / "person.csv")
    else:
        rows.write_parquet(tmp_path / "person.parquet")
    opened = open_tables(FORM, place)
    person = opened.get("person", "person_id", "weight")
    for asked in (person, person.filter(person.weight.notnull() | (person.person_id == 1))):
        told = opened.fetch(asked, "person").sort("person_id")
        assert dict(told.iter_rows())[1] is None and dict(told.iter_rows())[2] == 70.2
    assert opened.fetch(person.filter(person.weight.notnull()), "person")["person_id"].to_list() == [2]
    of_codes = pl.concat(opened.of_codes("person", "name", pl.Series(["a", "b"]), "weight"))
    assert of_codes["weight"].to_list() == [None, 70.2]


def test_what_another_version_calls_otherwise_or_lacks(tmp_path):
    ROWS.select("person_id", full_name="name").write_parquet(tmp_path / "person.parquet")
    assert fetched(tmp_path, "person_id", "name", "weight").rows() == [(2, None, None), (LARGE, "a", None)]
    with pytest.raises(MissingError, match="no column 'seen'"):
        fetched(tmp_path, "person_id", "seen")


def test_identifiers_that_went_through_floating_point_are_refused_where_digits_are_lost(tmp_path):
    file = tmp_path / "person.parquet"
    ROWS.with_columns(pl.col("person_id").cast(pl.Float64)).write_parquet(file)
    with pytest.raises(FormatError, match=r"2\^53 or more") as caught:
        fetched(tmp_path, "person_id")
    assert str(LARGE - 1) not in str(caught.value)
    pl.DataFrame({"person_id": [2.0, None]}).write_parquet(file)
    assert fetched(tmp_path, "person_id")["person_id"].to_list() == [None, 2]


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look like a file of one" * 200)
    with pytest.raises(FormatError, match="cannot be opened as a DuckDB file"):
        open_tables(FORM, tmp_path / "notes.txt")


def test_a_folder_one_level_too_high(tmp_path):
    (tmp_path / "cdm").mkdir()
    ROWS.write_csv(tmp_path / "cdm" / "person.csv")
    with pytest.raises(MissingError, match=r"holds no table person. Give .*cdm instead"):
        open_tables(FORM, tmp_path)


def test_a_password_is_never_shown():
    address = "postgresql://ward:s3cret@127.0.0.1:1/none?password=s3cret"
    assert is_address(address) and "s3cret" not in without_password(address)
    with pytest.raises(MissingError, match=r"127\.0\.0\.1:1/none") as caught:
        open_tables(FORM, address)
    assert "s3cret" not in str(caught.value) and caught.value.__suppress_context__


def test_a_database_on_a_server_is_read_by_its_address(postgresql):
    import psycopg

    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(
            "create schema cdm; create table cdm.person (person_id bigint, weight real, name text)"
        )
        connection.cursor().executemany("insert into cdm.person values (%s, %s, %s)", ROWS.rows())
        connection.execute("insert into cdm.person values (3, 'NaN', 'b')")
    rows = [(2, 70.2, None), (3, None, "b"), (LARGE, 0.1, "a")]
    assert fetched(postgresql, "person_id", "weight", "name").rows() == rows


def test_text_in_a_column_of_numbers_on_a_server_is_no_part_of_the_message(postgresql):
    import psycopg

    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(
            "create table person (person_id text, name text); insert into person values ('canary', 'a')"
        )
    with pytest.raises(FormatError, match="Table person") as caught:
        fetched(postgresql, "person_id")
    assert "canary" not in str(caught.value)
