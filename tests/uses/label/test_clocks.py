"""`clocks.parquet`: what a run says of the tasks of each stay, with their evidence."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from opensepsis import label
from opensepsis.uses.label import why_stay
from opensepsis.uses.label.clocks import COLUMNS

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"
ZERO = datetime(2026, 1, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return label("csv", HOSPITAL, tmp_path_factory.mktemp("out") / "labels")


def test_one_row_per_task_with_both_times_and_evidence(labels):
    tasks = labels.clocks
    assert dict(tasks.schema) == COLUMNS
    assert tasks.select("clock", "stay", "trigger", "time_zero", "task").is_unique().all()
    assert (tasks["time_zero_known"] >= tasks["time_zero"]).all()
    done = tasks.drop_nulls("done")
    assert done.select((pl.col("done_known") >= pl.col("done")).all()).item()
    assert tasks["evidence"].list.len().min() >= 2
    assert set(tasks.filter(pl.col("clock") == "hour1")["verified"]) == {True}
    assert set(tasks.filter(pl.col("clock") != "hour1")["verified"]) == {False}


def test_each_time_zero_lies_in_the_hour_up_to_that_of_its_episode(labels):
    septic = labels.episodes.filter(pl.col("definition") == "sepsis3")
    hourly = septic.select("stay", hourly=pl.max_horizontal("suspected", "organ_failure"))
    tasks = labels.clocks.filter(pl.col("trigger") == "sepsis3", pl.col("clock") == "hour1")
    assert set(tasks.filter(state="contradicted")["stay"]) == {
        "S07"
    }  # both of its high values were corrected
    zeros = tasks.filter(pl.col("stay") != "S07").select("stay", "time_zero").unique()
    assert sorted(zeros["stay"]) == sorted(hourly["stay"])
    earlier = zeros.join(hourly, on="stay").select(pl.col("hourly") - pl.col("time_zero")).to_series()
    assert earlier.is_between(timedelta(0), timedelta(hours=1)).all()
    assert (earlier > timedelta(0)).any()


def test_the_run_says_what_is_unverified_and_what_could_not_start(labels):
    said = {d["name"]: d for d in labels.run["definitions"] if d["kind"] == "clock"}
    assert said["sep1"]["verified"] == "no" and said["hour1"]["verified"] == "yes"
    assert (
        sum(labels.run["tasks"]["hour1"].values()) == labels.clocks.filter(pl.col("clock") == "hour1").height
    )
    assert labels.run["not_started"] == []


def test_why_tells_every_task_of_a_stay(labels):
    told = why_stay(labels.path, "S01", full=True)
    mine = labels.clocks.filter(stay="S01")
    assert told.count("time zero ") == mine.select("clock", "trigger", "time_zero").n_unique()
    assert "Measure lactate: done in time; due by 2025-03-03 13:40; done 2025-03-03 08:40" in told


def test_a_clock_alone_gives_the_same_as_among_others(labels):
    alone = label("csv", HOSPITAL, definitions="hour1")
    assert alone.clocks.equals(labels.clocks.filter(pl.col("clock") == "hour1"))
    assert alone.episodes.is_empty() and not alone.scores


def written(folder: Path, *more: str) -> Path:
    stay = "patient,stay,kind,admitted,discharged,age\np,s,hospital,2026-01-01T00:00Z,2026-01-04T00:00Z,50\n"
    (folder / "stays.csv").write_text(stay)
    rows = [
        "p,culture,2026-01-01T06:00Z,,blood|",
        "p,platelets,2026-01-01T05:00Z,40,",
        "p,lactate,2026-01-01T06:30Z,1.5,",
        *more,
    ]
    (folder / "events.csv").write_text("\n".join(["patient,concept,time,value,text", *rows]) + "\n")
    return folder


def test_what_a_source_never_gives_is_not_known(tmp_path):
    given = "p,antibiotic,2026-01-01T07:00Z,,x|iv"
    low = "p,mean_pressure,2026-01-01T07:00Z,50,"
    tasks = label("csv", written(tmp_path, given, low), definitions="hour1").clocks
    found = {row["task"]: row for row in tasks.iter_rows(named=True)}
    assert found["antibiotic"]["time_zero"] == ZERO
    assert (found["antibiotic"]["state"], found["antibiotic"]["done"]) == (
        "done in time",
        ZERO + timedelta(hours=1),
    )
    assert (found["fluid"]["state"], found["fluid"]["reason"]) == (
        "not known",
        "no data on crystalloid",
    )


def test_no_clock_starts_where_nothing_was_found(tmp_path):
    assert label("csv", written(tmp_path), definitions="hour1").clocks.is_empty()
