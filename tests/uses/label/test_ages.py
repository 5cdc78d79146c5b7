"""Scores are refused outside the ages they were made for, and age is told from the stay."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.uses.label.births import births

BORN = datetime(2006, 3, 2, tzinfo=UTC)
ADMITTED = datetime(2024, 3, 1, 6, tzinfo=UTC)  # on the eve of the eighteenth birthday


@pytest.fixture
def labels(tmp_path):
    times = [ADMITTED + timedelta(hours=hour) for hour in (1, 20)]
    pl.DataFrame(
        {
            "patient": ["a"] * 2,
            "concept": ["mean_pressure"] * 2,
            "time": [t.isoformat() for t in times],
            "value": [37.0, 37.0],
        }
    ).write_csv(tmp_path / "events.csv")
    pl.DataFrame(
        {
            "patient": ["a"],
            "stay": ["a-1"],
            "kind": ["hospital"],
            "admitted": [ADMITTED.isoformat()],
            "discharged": [(ADMITTED + timedelta(hours=24)).isoformat()],
            "born": [BORN.isoformat()],
        }
    ).write_csv(tmp_path / "stays.csv")
    return opensepsis.label("csv", tmp_path, only="phoenix,sofa2")


def test_a_child_is_scored_until_the_eighteenth_birthday(labels):
    phoenix = labels.scores["phoenix"]
    assert phoenix["circulation"].to_list()[:18] == [2] * 17 + [None]
    assert phoenix["total"].drop_nulls().len() == 17


def test_an_adult_score_is_refused_below_its_age(labels):
    """On the birthday, from 18 h on, the adult's score takes over: at every hour exactly one of the two applies."""
    assert labels.scores["sofa2"]["circulation"].to_list() == [None] * 17 + [1] * 7
    assert labels.run["too_young"] == {"sofa2": 1}


def test_birth_is_taken_from_the_age_where_no_day_is_told():
    stays = pl.DataFrame({"patient": ["a"], "born": [None], "age": [1.0], "admitted": [ADMITTED]})
    stays = stays.with_columns(pl.col("born").cast(stays.schema["admitted"]))
    assert births(stays)["time"].to_list() == [
        round((ADMITTED - timedelta(days=366.25)).timestamp()) * 1_000_000
    ]
