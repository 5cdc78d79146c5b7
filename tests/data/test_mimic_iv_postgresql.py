"""MIMIC-IV on a PostgreSQL server, in the schemas of the official build: the same labels as from its files."""

import gzip
import os
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import opensepsis
from opensepsis.data.sources.mimic_iv.form import MIMIC_IV
from opensepsis.data.sources.relational.finding import file_of, header

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", "../shared"))
DEMO = SHARED / "data" / "mimic-iv-demo"
TYPES = {
    "int64": "INTEGER",
    "timestamp(6)": "TIMESTAMP(0)",
    "float64": "DOUBLE PRECISION",
    "string": "VARCHAR",
}
ORDER = ["patient", "stay", "definition", "onset"]


def load(address: str) -> None:
    """The demo as tables, copied as the official scripts do."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA mimiciv_hosp; CREATE SCHEMA mimiciv_icu")
        for table, listed in MIMIC_IV.tables.items():
            file, name = file_of(MIMIC_IV, DEMO, table), f"mimiciv_{listed.folder}.{table}"
            columns = ", ".join(f"{c} {TYPES[listed.type_of(c)]}" for c in header(file))
            connection.execute(f"CREATE TABLE {name} ({columns})")
            with (
                gzip.open(file) as rows,
                connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)") as to,
            ):
                while block := rows.read(1 << 20):
                    to.write(block)


@pytest.mark.skipif(not DEMO.is_dir(), reason=f"the MIMIC-IV demo is not in {SHARED} (OPENSEPSIS_SHARED)")
def test_the_same_labels_as_from_the_files(postgresql):
    load(postgresql)
    there = opensepsis.label("mimic-iv", postgresql, stay_kind="icu")
    here = opensepsis.label("mimic-iv", DEMO, stay_kind="icu")
    assert here.stays.height == 140
    assert_frame_equal(there.stays, here.stays)
    for name, ticks in here.scores.items():
        assert_frame_equal(there.scores[name], ticks)
    assert_frame_equal(there.episodes.sort(ORDER), here.episodes.sort(ORDER))
    assert_frame_equal(there.course, here.course)
    assert there.run["tasks"] == here.run["tasks"]
