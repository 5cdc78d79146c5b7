"""Tables that an engine parted by patient give the timeline that this machine gives, to the last digit of every patient's digest."""

import shutil
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.io.object_store import ObjectFolder, as_folder
from opensepsis.data.sources import open_source
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.form import DUCKDB_TYPES
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from tests.support.clusters import ROOT, environment, object_store, on_spark, python_of
from tests.support.hospitals import as_clif, as_omop, csv_tables
from tests.support.hospitals.as_delta import as_delta
from tests.support.hospitals.as_eicu import Twenty
from tests.support.hospitals.as_iceberg import as_iceberg, created, delete_by_position, renamed

pytestmark = pytest.mark.services


def clif(folder: Path) -> Path:
    return as_clif.write(folder, *Twenty().frames())


def omop(folder: Path) -> Path:
    """The tables of OMOP as Parquet, with the types of the form."""
    written, into = as_omop.write(folder / "csv", *Twenty().frames()), folder / "parquet"
    into.mkdir()
    for file in sorted(written.glob("*.csv*")):
        name = file.name.split(".")[0]
        columns = duckdb.read_csv(str(file), all_varchar=True).columns
        types = {column: DUCKDB_TYPES[OMOP.tables[name].type_of(column)] for column in columns}
        duckdb.read_csv(str(file), dtype=types).write_parquet(str(into / f"{name}.parquet"))
    return into


EVERYTHING = RejectionLimits(rows_share=1)
_IN_THREE_PARTS = """
import sys
from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.uses.convert import convert_by_engine
convert_by_engine(*sys.argv[1:], parts=3, limits=RejectionLimits(rows_share=1))
"""


@pytest.mark.parametrize("engine", ["sail", "spark"])
def test_an_engine_converts_tables_of_csv_as_this_machine(engine, tmp_path):
    hospital = csv_tables.write(tmp_path / "hospital")
    (script := tmp_path / "convert.py").write_text(_IN_THREE_PARTS)
    done = _run(engine, script, "csv", hospital, tmp_path / "t", engine)
    assert done.returncode == 0, done.stderr[-3000:]
    there, here = (
        read_timeline(tmp_path / "t"),
        write_timeline(open_source("csv", hospital), tmp_path / "here", limits=EVERYTHING),
    )
    csv_tables.assert_alike(there, here)


@pytest.mark.parametrize("engine", ["sail", "spark"])
@pytest.mark.parametrize("form", [clif, omop])
def test_an_engine_converts_as_this_machine(form, engine, tmp_path):
    source, hospital = form.__name__, form(tmp_path / "hospital")
    command = [
        python_of(engine),
        "-m",
        "opensepsis.cli",
        "convert",
        source,
        hospital,
        "--out",
        tmp_path / "t",
    ]
    done = subprocess.run(
        [str(part) for part in [*command, "--on", engine, "--quiet"]], env=environment(**on_spark("local[2]")),
        cwd=ROOT, capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    there, here = (
        read_timeline(tmp_path / "t"),
        write_timeline(open_source(source, hospital), tmp_path / "here"),
    )
    assert there.facts == here.facts
    assert there.stays.sort("stay").equals(here.stays.sort("stay"))
    for name in ("read", "written", "rejected", "without_stay", "patients"):
        assert there.counts[name] == here.counts[name], name
    assert there.counts["source"]["mapped"] == here.counts["source"]["mapped"]
    assert not (tmp_path / "t" / "staged").exists() and not (tmp_path / "t" / "parts").exists()


_AS_ICEBERG = """
import sys
from pathlib import Path
from opensepsis.data.io.engines import session
parquet, into = map(Path, sys.argv[1:])
with session("sail") as spark:
    for file in parquet.glob("*.parquet"):
        rows = spark.read.parquet(str(file))
        rows.union(rows).write.format("iceberg").save(str(into / file.stem))
        rows.write.format("iceberg").mode("overwrite").save(str(into / file.stem))
"""


@pytest.mark.parametrize("engine", ["sail", "spark"])
@pytest.mark.parametrize("kind", ["delta", "iceberg", "iceberg by sail"])
def test_tables_that_keep_earlier_versions(engine, kind, tmp_path):
    """Workers read the files of the present version, whether or not the engine knows the format."""
    hospital = omop(tmp_path / "hospital")
    into = tmp_path / kind.replace(" ", "-")
    into.mkdir()
    if kind == "delta":
        as_delta(hospital, into)
    elif kind == "iceberg":
        as_iceberg(hospital, into)
    else:
        (script := tmp_path / "as_iceberg.py").write_text(_AS_ICEBERG)
        command = [python_of("sail"), script, hospital, into]
        made = subprocess.run(
            [str(word) for word in command],
            env=environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert made.returncode == 0, made.stderr[-3000:]
    command = [
        python_of(engine),
        "-m",
        "opensepsis.cli",
        "convert",
        "omop",
        into,
        "--out",
        tmp_path / "t",
        "--on",
        engine,
        "--quiet",
    ]
    done = subprocess.run(
        [str(part) for part in command],
        env=environment(**on_spark("local[2]")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    there, here = (
        read_timeline(tmp_path / "t"),
        write_timeline(open_source("omop", hospital), tmp_path / "here"),
    )
    assert there.facts == here.facts and there.counts["source"]["mapped"] == here.counts["source"]["mapped"]
    assert there.stays.sort("stay").equals(here.stays.sort("stay"))


def test_iceberg_whose_files_do_not_tell_its_rows(tmp_path):
    """Deleted by position, and a column that was renamed: Sail reads them, Spark without its package says why it does not."""
    hospital, into = omop(tmp_path / "hospital"), tmp_path / "iceberg"
    as_iceberg(hospital, into)
    for name in ("measurement", "person"):
        shutil.rmtree(into / name)
    rows = pq.read_table(hospital / "measurement.parquet")
    delete_by_position(
        created(into / "measurement", pa.concat_tables([rows, rows.slice(0, 1)])), rows.num_rows
    )
    people = pq.read_table(hospital / "person.parquet")
    called = people.column_names
    older = people.rename_columns(
        [{"year_of_birth": "born", "person_id": "of"}.get(name, name) for name in called]
    )
    table = created(into / "person", older)
    renamed(table, "born", "year_of_birth")
    renamed(table, "of", "person_id")
    words = ("-m", "opensepsis.cli", "convert", "omop", into, "--quiet", "--out")
    done = _run("sail", *words, tmp_path / "t", "--on", "sail")
    assert done.returncode == 0, done.stderr[-3000:]
    _is_the_same(tmp_path / "t", hospital, tmp_path)
    refused = _run("spark", *words, tmp_path / "t2", "--on", "spark")
    said = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode and "renamed or dropped after rows were written" in said, said[-3000:]
    assert not (tmp_path / "t2").exists()


def _is_the_same(made: Path, hospital: Path, tmp_path: Path) -> None:
    there, here = read_timeline(made), write_timeline(open_source("omop", hospital), tmp_path / "here")
    assert there.facts == here.facts and there.counts["source"]["mapped"] == here.counts["source"]["mapped"]
    assert there.stays.sort("stay").equals(here.stays.sort("stay"))


def _run(engine: str, *words: object, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in (python_of(engine), *words)],
        env=environment(**on_spark("local[2]"), **variables),
        cwd=ROOT, capture_output=True, text=True, timeout=1200,
    )  # fmt: skip


_FROM_CATALOGUE = """
import os, sys
from pathlib import Path
os.environ["PYSPARK_PYTHON"] = sys.executable
from pyspark.sql import SparkSession
from opensepsis.errors import MissingError
from opensepsis.uses.convert import convert_by_engine
parquet, warehouse, schema, out = sys.argv[1:]
spark = SparkSession.builder.config("spark.sql.warehouse.dir", warehouse).getOrCreate()
if schema:
    spark.sql(f"create database {schema}")
for file in Path(parquet).glob("*.parquet"):
    rows = spark.read.parquet(str(file))
    if schema:
        rows.write.saveAsTable(f"{schema}.{file.stem}")
    else:
        rows.createOrReplaceTempView(file.stem.upper())
convert_by_engine("omop", f"table:{schema}", out, "spark")
try:
    convert_by_engine("omop", "table:nobody", out + "-2", "spark")
except MissingError as problem:
    print(problem)
"""


@pytest.mark.parametrize("schema", ["", "hospital"])
def test_tables_of_a_catalogue_by_name(schema, tmp_path):
    """Views of the session, and tables of a schema that nobody gave a folder for."""
    hospital = omop(tmp_path / "hospital")
    (script := tmp_path / "from_catalogue.py").write_text(_FROM_CATALOGUE)
    done = _run("spark", script, hospital, tmp_path / "warehouse", schema, tmp_path / "t")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "no schema nobody" in done.stdout
    _is_the_same(tmp_path / "t", hospital, tmp_path)


def test_from_a_store_and_into_it(tmp_path, monkeypatch):
    """Sail reads a store itself; Spark needs Hadoop's package for that, and sends what it made as Sail does."""
    hospital = omop(tmp_path / "hospital")
    with object_store("hospital") as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        ObjectFolder("s3://hospital/omop").send(hospital, "~")
        words = ("-m", "opensepsis.cli", "convert", "omop")
        for given, out, engine in (
            ("s3://hospital/omop", "s3://hospital/t1", "sail"),
            ("s3://hospital/omop", tmp_path / "t2", "sail"),
            (hospital, "s3://hospital/t3", "spark"),
        ):
            done = _run(engine, *words, given, "--out", out, "--on", engine, "--quiet", **variables)
            assert done.returncode == 0, done.stderr[-3000:]
            made = as_folder(out)
            if isinstance(made, ObjectFolder):
                made.fetch(made.names(), tmp_path / out.rpartition("/")[2])
            _is_the_same(tmp_path / str(out).rpartition("/")[2], hospital, tmp_path)
        refused = _run(
            "spark", *words, "s3://hospital/omop", "--out", tmp_path / "t4", "--on", "spark", **variables
        )
        assert refused.returncode and "spark failed" in " ".join((refused.stdout + refused.stderr).split())
        assert not (tmp_path / "t4").exists()
        nothing = _run(
            "sail", *words, "s3://hospital/nothing", "--out", tmp_path / "t5", "--on", "sail", **variables
        )
        assert nothing.returncode and "holds no table" in " ".join((nothing.stdout + nothing.stderr).split())
