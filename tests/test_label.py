"""`opensepsis.label` in Python: frames without files, connections, refusals by age."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import ibis
import polars as pl
import pytest

import opensepsis
from opensepsis.errors import DefinitionError, MissingError
from tests.support.hospitals.small_mimic import COLUMNS, at, write

HOSPITAL = Path(__file__).parents[1] / "examples" / "hospital"


def test_frames_without_files():
    labels = opensepsis.label("csv", HOSPITAL, definitions="sofa,sepsis3")
    assert labels.path is None
    assert set(labels.scores) == {"sofa"}
    assert labels.scores["sofa"].schema["time"] == pl.Datetime("us", "UTC")
    assert labels.stays["sepsis3"].sum() == 7


def test_unknown_names():
    with pytest.raises(DefinitionError, match="Did you mean"):
        opensepsis.label("csv", HOSPITAL, definitions="sepsis33")
    with pytest.raises(DefinitionError, match="icu"):
        opensepsis.label("csv", HOSPITAL, stay_kind="icus")
    with pytest.raises(MissingError, match="emergency"):
        opensepsis.label("csv", HOSPITAL, stay_kind="emergency", definitions="sofa")


def test_a_child_gets_no_adult_score(tmp_path):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted,discharged,age\nA,1,2026-01-01T00:00Z,2026-01-02T00:00Z,9\n"
    )
    (tmp_path / "events.csv").write_text("patient,concept,time,value\nA,platelets,2026-01-01T01:00Z,40\n")
    labels = opensepsis.label("csv", tmp_path, definitions="sofa")
    assert labels.scores["sofa"]["total"].null_count() == 24
    assert labels.run["too_young"] == {"sofa": 1}


def test_ticks_run_from_the_first_hour_to_the_first_at_or_after_discharge(tmp_path):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted,discharged\nA,1,2026-01-01T00:10Z,2026-01-01T03:20Z\nB,2,2026-01-01T00:00Z,2026-01-01T00:00Z\n"
    )
    (tmp_path / "events.csv").write_text("patient,concept,time,value\nA,platelets,2026-01-01T01:00Z,40\n")
    ticks = opensepsis.label("csv", tmp_path, definitions="sofa").scores["sofa"]
    mine = ticks.filter(pl.col("stay") == "1")["time"].to_list()
    assert mine == [datetime(2026, 1, 1, hour, 10, tzinfo=UTC) for hour in (1, 2, 3, 4)]
    assert ticks.filter(pl.col("stay") == "2").height == 1


def test_any_connection_that_holds_the_tables(tmp_path):
    folder = write(
        tmp_path / "csv",
        labevents=[
            {
                "labevent_id": 1,
                "specimen_id": 1,
                "itemid": 51265,
                "charttime": at("12:00"),
                "valuenum": 40,
                "valueuom": "K/uL",
            }
        ],
    )
    native = duckdb.connect()
    for name in COLUMNS:
        table = name.partition("/")[2]
        native.execute(
            f"create table {table} as select * from read_csv('{folder / name}.csv.gz', all_varchar = true)"
        )
    labels = opensepsis.label(
        "mimic-iv", ibis.duckdb.from_connection(native), stay_kind="icu", definitions="sofa"
    )
    assert labels.scores["sofa"]["coagulation"].max() == 3
    assert labels.run["source"]["path"].endswith("connection")
