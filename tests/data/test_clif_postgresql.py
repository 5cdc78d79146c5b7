"""CLIF on a PostgreSQL server: the same labels as from its files, with times with a zone and doses of 32 bits."""

import os
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import opensepsis

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO = SHARED / "data" / "mimic-iv-demo-clif"
ORDER = ["patient", "stay", "definition", "onset"]


def _type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Datetime):
        return "TIMESTAMPTZ"
    if kind == pl.Float32:
        return "REAL"
    if kind.is_float():
        return "DOUBLE PRECISION"
    return "BIGINT" if kind.is_integer() else "BOOLEAN" if kind == pl.Boolean else "VARCHAR"


def load(address: str) -> None:
    """The demo as tables of a schema of their own, without the prefix of its files."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA clif")
        for file in DEMO.glob("clif_*.parquet"):
            frame, name = pl.read_parquet(file), f"clif.{file.stem.removeprefix('clif_')}"
            columns = ", ".join(f'"{c}" {_type(kind)}' for c, kind in frame.schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as to:
                to.write(frame.write_csv(include_header=False))


@pytest.mark.skipif(not DEMO.is_dir(), reason=f"the CLIF demo is not in {SHARED} (OPENSEPSIS_SHARED)")
def test_the_same_labels_as_from_the_files(postgresql):
    load(postgresql)
    said = {"stay_kind": "icu", "timezone": "Etc/GMT+5", "definitions": "sofa,sepsis3,septic_shock,kdigo"}
    there = opensepsis.label("clif", postgresql, **said)
    here = opensepsis.label("clif", DEMO, **said)
    assert here.stays.height == 140
    assert_frame_equal(there.stays, here.stays)
    for name, ticks in here.scores.items():
        assert_frame_equal(there.scores[name], ticks)
    assert_frame_equal(there.episodes.sort(ORDER), here.episodes.sort(ORDER))
    assert_frame_equal(there.course, here.course)
    assert there.run["tasks"] == here.run["tasks"]
