"""eICU on a PostgreSQL server, in the schema of the official build: the same stays and events as from the files."""

import gzip
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from opensepsis.data.sources.eicu import open_eicu
from opensepsis.data.sources.eicu.form import EICU
from opensepsis.data.sources.relational.finding import find_file, header
from tests.support.hospitals.eicu_demo import folder as folder
from tests.support.hospitals.eicu_demo import pytestmark as pytestmark

__all__ = ["folder", "pytestmark"]

TABLES = ("patient", "infusiondrug", "lab", "microlab", "treatment", "respiratorycare", "medication")
TYPES = {"int64": "BIGINT", "float64": "DOUBLE PRECISION", "string": "VARCHAR"}
CONCEPTS = frozenset(
    {"norepinephrine", "creatinine", "culture", "dialysis", "ventilation", "weight", "antibiotic_order"}
)
ORDER = ["patient", "concept", "time", "known", "origin", "value", "text", "end"]


def load(address: str, made: Path) -> None:
    """Some tables of the demo, copied as the official scripts do."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA eicu_crd")
        for table in TABLES:
            file = find_file(EICU, made, table)
            columns = ", ".join(f"{c} {TYPES[EICU.type_of(table, c)]}" for c in header(file))
            connection.execute(f"CREATE TABLE eicu_crd.{table} ({columns})")
            with (
                gzip.open(file) as rows,
                connection.cursor().copy(f"COPY eicu_crd.{table} FROM STDIN (FORMAT csv, HEADER)") as to,
            ):
                while block := rows.read(1 << 20):
                    to.write(block)


def _events(source) -> pl.DataFrame:
    rows = pl.concat([batch.select(ORDER) for batch in source.events(CONCEPTS)])
    return rows.with_columns(pl.col("patient", "concept").cast(pl.String)).sort(ORDER)


def test_the_same_stays_and_events_as_from_the_files(postgresql, folder: Path, tmp_path: Path) -> None:
    load(postgresql, folder)
    there = open_eicu(postgresql)
    few = tmp_path / "few"
    few.mkdir()
    for table in TABLES:
        file = find_file(EICU, folder, table)
        (few / file.name).symlink_to(file.resolve())
    here = open_eicu(few)
    assert_frame_equal(there.stays(), here.stays())
    assert here.stays().height == 4694
    assert_frame_equal(_events(there), _events(here))
    assert there.counts()["sent"] == here.counts()["sent"]
