"""Tables that an engine parted by patient give the timeline that this machine gives, to the last digit of every patient's digest."""

import subprocess
from pathlib import Path

import duckdb
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.form import DUCKDB_TYPES
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from tests.support.clusters import ROOT, environment, on_spark, python_of
from tests.support.hospitals import as_clif, as_omop
from tests.support.hospitals.as_delta import as_delta
from tests.support.hospitals.as_eicu import Twenty

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


@pytest.mark.parametrize(("engine", "kind"), [("sail", "delta"), ("spark", "delta"), ("sail", "iceberg")])
def test_tables_that_keep_earlier_versions(engine, kind, tmp_path):
    """Spark without the package of Delta reads the files of the present version."""
    hospital = omop(tmp_path / "hospital")
    into = tmp_path / kind
    into.mkdir()
    if kind == "delta":
        as_delta(hospital, into)
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
