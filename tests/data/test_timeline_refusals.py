"""Timelines that are refused: damaged folders, stays that cannot be, too many rejected rows."""

import json
import os
from datetime import UTC, datetime

import polars as pl
import pytest

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.schema import STAYS
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import (
    FormatError,
    MissingError,
    OpensepsisError,
    StayError,
)
from tests.support.hospitals.csv_folder import GOOD, Frames, moment, some_stays, values


def damaged(path, how):
    if how == "no marker":
        (path / "timeline.json").unlink()
    elif how == "bad marker":
        (path / "timeline.json").write_text("{")
    elif how == "odd marker":
        (path / "timeline.json").write_text("[]")
    elif how == "newer":
        about = json.loads((path / "timeline.json").read_text()) | {"version": 99}
        (path / "timeline.json").write_text(json.dumps(about))
    elif how == "no stays":
        (path / "stays.parquet" / "shard-0000.parquet").unlink()
    elif how == "cut stays":
        file = path / "stays.parquet" / "shard-0000.parquet"
        file.write_bytes(file.read_bytes()[:100])
    elif how == "no part":
        next((path / "events" / "shard-0000").iterdir()).unlink()
    elif how == "cut part":
        part = next((path / "events" / "shard-0000").iterdir())
        part.write_bytes(part.read_bytes()[:100])


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("no marker", MissingError, "not a timeline"),
        ("bad marker", FormatError, "damaged"),
        ("odd marker", FormatError, "damaged"),
        ("newer", FormatError, "version 99"),
        ("no stays", MissingError, "stays.parquet lacks files"),
        ("cut stays", FormatError, "damaged"),
        ("no part", MissingError, "lacks files"),
        ("cut part", FormatError, "damaged"),
    ],
)
def test_damaged_timelines_are_refused(tmp_path, how, error, said):
    write_timeline(Frames(some_stays("a"), GOOD), tmp_path / "t")
    damaged(tmp_path / "t", how)
    with pytest.raises(error, match=said) as wrong:
        open_source("timeline", tmp_path / "t")
    assert "opensepsis convert" in str(wrong.value)


def test_an_absent_timeline(tmp_path):
    with pytest.raises(MissingError, match="no timeline"):
        read_timeline(tmp_path / "nowhere")


WRONG_STAYS = [
    ({"patient": [None, "b"]}, "no patient", 1),
    ({"stay": ["1", None]}, "no stay", 2),
    ({"admitted": [moment(0), None]}, "no time of admission", 2),
    ({"kind": ["icu", "ward"]}, "unknown kind of stay", 2),
    ({"discharged": [moment(-1), moment(5)]}, "ends before it starts", 1),
    ({"died": [moment(-1), moment(5)]}, "died before admission", 1),
    (
        {"discharged": [datetime(9999, 12, 31, tzinfo=UTC), moment(5)]},
        "'discharged' lies outside the years",
        1,
    ),
    ({"discharged": [moment(24 * 365.25 * 5 + 1), moment(5)]}, "longer than 5 years", 1),
    ({"admitted": [moment(0), datetime(1, 1, 1, tzinfo=UTC)]}, "'admitted' lies outside the years", 2),
]


@pytest.mark.parametrize(("what", "reason", "row"), WRONG_STAYS)
def test_an_impossible_stay_is_rejected_and_the_other_kept(tmp_path, what, reason, row):
    types = {name: STAYS[name] for name in what}
    stays = some_stays("a", "b").with_columns(pl.DataFrame(what, schema=types).get_columns())
    made = write_timeline(Frames(stays), tmp_path / "t")
    assert made.stays.height == 1 and made.counts["rejected_stays"] == 1
    (told,) = made.counts["rejections"]
    assert told["reason"].startswith(reason) and (told["rows"], told["id"]) == ([row], "stay")
    assert made.rejected_stays["reason"][0] == told["reason"]
    with pytest.raises(OpensepsisError, match="--strict"):
        write_timeline(Frames(stays), tmp_path / "u", limits=RejectionLimits(strict=True))
    assert os.listdir(tmp_path) == ["t"]


def test_the_same_stay_twice_is_an_error(tmp_path):
    stays = some_stays("a", "b").with_columns(stay=pl.lit("1"))
    with pytest.raises(StayError, match=r"same stay occurs twice .*rows: 1, 2"):
        write_timeline(Frames(stays), tmp_path / "t")
    assert os.listdir(tmp_path) == []


def test_too_many_rejected_stays_are_an_error(tmp_path):
    """More than 1 % and more than 10; both are options."""
    stays = pl.concat([some_stays(f"p{n}") for n in range(500)]).with_columns(
        discharged=pl.when(pl.int_range(pl.len()) < 11).then(pl.lit(moment(-1))).otherwise("discharged")
    )
    with pytest.raises(StayError, match=r"11 of 500 stays were rejected, more than 1\.0% and more than 10"):
        write_timeline(Frames(stays), tmp_path / "t")
    kept = write_timeline(Frames(stays), tmp_path / "t", limits=RejectionLimits(stays_share=0.03))
    assert kept.stays.height == 489
    assert write_timeline(Frames(stays.slice(1)), tmp_path / "u").stays.height == 489  # 10 of 499


def test_too_many_rejected_rows_of_a_concept_are_an_error(tmp_path):
    good, bad = (
        [("a", "wbc", n / 10, 7.0) for n in range(900)],
        [("a", "wbc", n / 10, -7.0) for n in range(101)],
    )
    with pytest.raises(
        FormatError, match=r"101 of 1,001 rows of wbc were rejected, more than 5\.0% and more than 100"
    ):
        write_timeline(Frames(some_stays("a"), values(*good, *bad)), tmp_path / "t")
    made = write_timeline(Frames(some_stays("a"), values(*good, *bad[1:])), tmp_path / "t")
    assert made.counts["rejections"][0]["count"] == 100


def test_wrong_stays_of_a_source(tmp_path):
    with pytest.raises(FormatError, match="missing: admitted"):
        write_timeline(Frames(some_stays("a").drop("admitted")), tmp_path / "t")
    with pytest.raises(FormatError, match="columns age"):
        write_timeline(Frames(some_stays("a").with_columns(age=pl.lit("old"))), tmp_path / "t")


def test_the_stays_of_a_timeline_are_checked_again(tmp_path):
    """What was written elsewhere, or changed since, is rejected and counted as in every source."""
    made = write_timeline(Frames(some_stays("a", "b"), GOOD), tmp_path / "t")
    file = tmp_path / "t" / "stays.parquet" / "shard-0000.parquet"
    wrong = pl.when(pl.col("patient") == "a").then(pl.lit(moment(-9))).otherwise("discharged")
    pl.read_parquet(file).with_columns(discharged=wrong).write_parquet(file)
    again = read_timeline(tmp_path / "t", RejectionLimits())
    assert made.stays.height == 2 and again.stays["patient"].to_list() == ["b"]
    assert again.counts["rejections"][-1]["reason"] == "ends before it starts"
    assert sum(stays.height for stays, _ in again.parts()) == 1
    converted = write_timeline(open_source("timeline", tmp_path / "t"), tmp_path / "u")
    assert converted.counts["rejections"][0]["rows"] == [1]
    with pytest.raises(StayError, match="--strict"):
        read_timeline(tmp_path / "t", RejectionLimits(strict=True))
