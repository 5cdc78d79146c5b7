"""Cohorts of the OMOP CDM 5.4 fit its tables in DuckDB; tables come out as CSV and DuckDB with every row."""

import json
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.errors import DefinitionError, MissingError, OutputError
from opensepsis.uses.export import export_csv, export_duckdb, export_omop

START = datetime(2026, 3, 2, 23, tzinfo=UTC)
# the two tables as OHDSI's files for the CDM 5.4 declare them; where identifiers pass 32 bits, sites declare bigint
COHORT = (
    "create table cohort (cohort_definition_id integer not null, subject_id {} not null, "
    "cohort_start_date date not null, cohort_end_date date not null)"
)
COHORT_DEFINITION = (
    "create table cohort_definition (cohort_definition_id integer not null, cohort_definition_name varchar(255) not null, "
    "cohort_definition_description text, definition_type_concept_id integer not null, cohort_definition_syntax text, "
    "subject_concept_id integer not null, cohort_initiation_date date)"
)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Patient 9007199254740993, beyond what a float holds, has Sepsis-3 from 01:00 on; patient 7 has it not."""
    folder = tmp_path_factory.mktemp("export") / "results"
    names = ["9007199254740993", "7"]
    stays = pl.DataFrame(
        {"patient": names, "stay": ["s", "t"], "admitted": hour(0), "discharged": hour(50), "age": 70}
    )
    rows = [
        (names[0], "platelets", hour(3), 40.0, None),
        (names[0], "antibiotic", hour(2), None, "ceftriaxone|iv"),
    ]
    rows += [(names[0], "culture", hour(2), None, "blood"), (names[1], "platelets", hour(3), 220.0, None)]
    events = pl.DataFrame(rows, schema=["patient", "concept", "time", "value", "text"], orient="row")
    opensepsis.label(stays=stays, events=events, definitions="sofa,suspected_infection,sepsis3", out=folder)
    return folder


def test_cohorts_fit_the_tables_of_the_cdm(results, tmp_path):
    written = export_omop(results, tmp_path / "omop")
    with duckdb.connect() as database:
        kind = json.loads((tmp_path / "omop" / "export.json").read_text())["subject_id"]
        for name, table in (("cohort", COHORT.format(kind)), ("cohort_definition", COHORT_DEFINITION)):
            database.execute(table)
            database.execute(f"copy {name} from '{tmp_path / 'omop' / f'{name}.csv'}' (header)")
        asked = (
            "select subject_id, cohort_start_date::varchar, cohort_end_date::varchar from cohort "
            "join cohort_definition using (cohort_definition_id) where cohort_definition_name = 'sepsis3'"
        )
        assert database.execute(asked).fetchall() == [(9007199254740993, "2026-03-03", "2026-03-05")]
        named = database.execute(
            "select cohort_definition_name, cohort_definition_description from cohort_definition"
        ).fetchall()
    assert [name for name, _ in named] == ["suspected_infection", "sepsis3"] and "Version" in named[1][1]
    assert written.rows == {"cohort": 2, "cohort_definition": 2}


def test_cohorts_fit_the_tables_of_the_cdm_in_postgresql(tmp_path, postgresql):
    import psycopg

    opensepsis.label("csv", "examples/hospital", tmp_path / "r", definitions="suspected_infection,sepsis3")
    written = export_omop(tmp_path / "r", tmp_path / "omop").rows
    with psycopg.connect(postgresql) as database:
        for name, table in (("cohort", COHORT.format("integer")), ("cohort_definition", COHORT_DEFINITION)):
            database.execute(table)
            with database.cursor().copy(f"copy {name} from stdin (format csv, header)") as copy:
                copy.write((tmp_path / "omop" / f"{name}.csv").read_bytes())
            assert database.execute(f"select count(*) from {name}").fetchone() == (written[name],)
        overlapping = (
            "select count(*) from cohort a join cohort b using (cohort_definition_id, subject_id) where a.ctid <> b.ctid "
            "and a.cohort_start_date <= b.cohort_end_date and b.cohort_start_date <= a.cohort_end_date"
        )
        assert database.execute(overlapping).fetchone() == (0,)
        found = database.execute(
            "select subject_id, cohort_start_date from cohort join cohort_definition using (cohort_definition_id) "
            "where cohort_definition_name = 'sepsis3'"
        ).fetchall()
    subjects = pl.read_parquet(tmp_path / "omop" / "subjects.parquet")
    episodes = opensepsis.read_labels(tmp_path / "r").episodes.join(subjects, on="patient")
    mine = episodes.filter(pl.col("definition").cast(pl.String) == "sepsis3")
    first = mine.group_by("subject_id").agg(pl.col("onset").min().dt.date())
    assert set(first.iter_rows()) <= set(found)


def test_a_subject_is_in_a_cohort_once_at_a_time(tmp_path):
    stays = pl.DataFrame(
        {"patient": "7", "stay": "s", "admitted": [hour(0)], "discharged": hour(300), "age": 70}
    )
    rows = [
        ("7", name, hour(at), value, text)
        for at in (2, 150)
        for name, value, text in (("antibiotic", None, "ceftriaxone|iv"), ("culture", None, "blood"))
    ]
    events = pl.DataFrame(rows, schema=["patient", "concept", "time", "value", "text"], orient="row")
    folder = tmp_path / "results"
    labels = opensepsis.label(stays=stays, events=events, definitions="suspected_infection", out=folder)
    assert labels.episodes.height == 2
    export_omop(folder, tmp_path / "omop")
    cohort = pl.read_csv(tmp_path / "omop" / "cohort.csv", try_parse_dates=True)
    assert cohort.select("cohort_start_date", "cohort_end_date").rows() == [
        (hour(2).date(), hour(300).date())
    ]


def test_one_phenotype_keeps_its_number(results, tmp_path):
    export_omop(results, tmp_path / "all")
    export_omop(results, tmp_path / "one", "sepsis3")
    both = [pl.read_csv(tmp_path / name / "cohort_definition.csv") for name in ("all", "one")]
    numbers = [
        frame.filter(cohort_definition_name="sepsis3")["cohort_definition_id"].item() for frame in both
    ]
    assert numbers[0] == numbers[1] and both[1].height == 1


def test_every_row_comes_out_as_csv_and_as_duckdb(results, tmp_path):
    labels = opensepsis.read_labels(results)
    told = export_csv(results, tmp_path / "csv").rows
    assert told["stays"] == 2 and told["scores/sofa"] == labels.scores["sofa"].height
    back = pl.read_csv(tmp_path / "csv" / "episodes.csv", try_parse_dates=True)
    assert back["onset"].to_list() == labels.episodes["onset"].to_list()
    export_duckdb(results, tmp_path / "run.duckdb")
    with duckdb.connect(str(tmp_path / "run.duckdb"), read_only=True) as database:
        total = [
            row[0] for row in database.execute("select total from score_sofa order by stay, time").fetchall()
        ]
        assert total == labels.scores["sofa"].sort("stay", "time")["total"].to_list()
        assert database.execute("select count(*) from stays where sepsis3").fetchone() == (1,)


def test_nothing_is_overwritten_and_nothing_is_left_half(results, tmp_path):
    (tmp_path / "there.duckdb").write_bytes(b"mine")
    with pytest.raises(OutputError, match="already"):
        export_duckdb(results, tmp_path / "there.duckdb")
    assert (tmp_path / "there.duckdb").read_bytes() == b"mine"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for export in (export_csv, export_omop):
        with pytest.raises(OutputError):
            export(results, tmp_path / "mine")
        with pytest.raises(MissingError):
            export(tmp_path / "nowhere", tmp_path / "new")
    assert not (tmp_path / "new").exists() and (tmp_path / "mine" / "thesis.txt").exists()


def test_the_command(results, tmp_path):
    run = CliRunner()
    done = run.invoke(app, ["export", str(results), "--to", "omop", "--out", str(tmp_path / "omop")])
    assert done.exit_code == 0 and "2 tables, 4 rows" in done.stdout
    for words, match in ((["--to", "omap"], "Did you mean 'omop'"), (["--to", "meds"], "--definition")):
        with pytest.raises(DefinitionError, match=match):
            run.invoke(
                app, ["export", str(results), *words, "--out", str(tmp_path / "x")], catch_exceptions=False
            )
