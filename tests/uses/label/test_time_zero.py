"""Time zero to the minute, typed from clocks.md 1.1 and definitions.md 7: the full hours of the stay make no difference."""

from datetime import UTC, datetime

import polars as pl
import pytest

from opensepsis import label
from tests.support.time_zeros import PATIENTS, written

# stay, trigger: time zero, and how the antibiotic stood; NICE high: due in 1 h, moderate in 3 h; Hour-1: 1 h; SEP-1: 3 h
EXPECTED = {
    ("peak", "nice_ng253", "news2_high"): ("10:12", "done late"),
    ("rising", "nice_ng253", "news2_moderate"): ("10:00", "done in time"),
    ("rising", "nice_ng253", "news2_high"): ("11:30", "done late"),
    ("late", "hour1", "sepsis3"): ("10:03", "done late"),
    ("already", "hour1", "sepsis3"): ("10:03", "done late"),
    ("bundle", "sep1", "sep1_severe_sepsis"): ("10:03", "done late"),
    ("before", "sep1", "sep1_severe_sepsis"): ("10:03", "done in time"),
}


def found(labels) -> dict:
    """Time zero and the state of the antibiotic, by stay, clock and trigger."""
    given = labels.clocks.filter(pl.col("task") == "antibiotic")
    columns = given.select("stay", "clock", "trigger", "time_zero", "state").rows()
    return {tuple(key): (f"{zero:%H:%M}", state) for *key, zero, state in columns}


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return label("csv", written(tmp_path_factory.mktemp("hospital"), PATIENTS))


@pytest.mark.parametrize("key", EXPECTED, ids=" ".join)
def test_time_zero(labels, key):
    assert found(labels)[key] == EXPECTED[key]


def test_what_lies_more_than_6_hours_apart_is_no_severe_sepsis(labels):
    assert ("apart", "sep1", "sep1_severe_sepsis") not in found(labels)
    assert ("peak", "nice_ng253", "news2_moderate") not in found(labels)


def test_scores_and_episodes_stay_hourly(labels):
    assert set(labels.scores["sofa"]["time"].dt.minute()) == {0}
    mine = labels.episodes.filter(pl.col("stay") == "late", pl.col("definition") == "sepsis3")
    assert mine["organ_failure"].to_list() == [datetime(2026, 1, 6, 11, tzinfo=UTC)]


def test_an_infusion_counts_from_60_minutes_on(tmp_path):
    folder = written(tmp_path, {"pressor": [("10:00", "culture"), ("10:30", "antibiotic")]})
    runs = "\npressor,norepinephrine,2026-01-06T10:20Z,2026-01-06T14:00Z,,0.05,\n"
    text = (folder / "events.csv").read_text().replace("time,known", "time,end,known")
    text = text.replace("Z,,,", "Z,,,,").rstrip() + runs
    (folder / "events.csv").write_text(text)
    assert found(label("csv", folder))["pressor", "hour1", "sepsis3"] == ("11:20", "done in time")


def test_sepsis_there_before_the_stay_starts_with_it(tmp_path):
    folder = written(
        tmp_path, {"early": [("10:03", "culture"), ("11:00", "antibiotic"), ("09:50", {"platelets": 90})]}
    )
    stays = (folder / "stays.csv").read_text().replace("2026-01-06T00:00Z", "2026-01-06T10:25Z")
    (folder / "stays.csv").write_text(stays)
    assert found(label("csv", folder))["early", "hour1", "sepsis3"] == ("10:25", "done in time")


def test_a_band_is_known_when_what_reached_it_was_filed(tmp_path):
    labels = label("csv", written(tmp_path, PATIENTS, known="13:07"))
    clock = labels.clocks.filter(pl.col("stay") == "rising", pl.col("clock") == "nice_ng253")
    known = {
        trigger: f"{moment:%H:%M}" for trigger, moment in clock.select("trigger", "time_zero_known").rows()
    }
    assert known == {"news2_moderate": "13:07", "news2_high": "13:07"}


def test_as_known_time_zero_is_when_it_could_be_seen(tmp_path):
    labels = label("csv", written(tmp_path, PATIENTS, known="13:07"), as_known=True)
    assert found(labels)["late", "hour1", "sepsis3"] == ("13:07", "done in time")
    assert found(labels)["bundle", "sep1", "sep1_severe_sepsis"] == ("13:07", "done in time")
