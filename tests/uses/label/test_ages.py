"""Scores are refused outside the ages they were made for, and age is told from the stay."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.uses.label.ages import births

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
    return opensepsis.label("csv", tmp_path, definitions="phoenix,sofa2")


def test_a_child_is_scored_until_the_eighteenth_birthday(labels):
    phoenix = labels.scores["phoenix"]
    assert phoenix["circulation"].to_list()[:18] == [2] * 17 + [None]
    assert phoenix["total"].drop_nulls().len() == 17


def test_an_adult_score_is_refused_below_its_age(labels):
    """On the birthday, from 18 h on, the adult's score takes over: at every hour exactly one of the two applies."""
    assert labels.scores["sofa2"]["circulation"].to_list() == [None] * 17 + [1] * 7
    assert labels.run["too_young"] == {"sofa2": 1}


def test_birth_is_taken_from_the_age_where_no_day_is_told():
    stays = pl.DataFrame({"pid": [0], "born": [None], "age": [1.0], "admitted": [ADMITTED]})
    stays = stays.with_columns(pl.col("born").cast(stays.schema["admitted"]))
    assert births(stays)["time"].to_list() == [
        round((ADMITTED - timedelta(days=YEAR_DAYS + 1)).timestamp()) * 1_000_000
    ]


AGES = {"child": 5, "adult": 60, "unknown": None, "turning": None}


@pytest.fixture(scope="module")
def of_all_ages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ages")
    rows = [f"{who},heart_rate,2024-03-01T07:00Z,90" for who in AGES]
    (folder / "events.csv").write_text("\n".join(["patient,concept,time,value", *rows]) + "\n")
    span = "2024-03-01T06:00Z,2024-03-03T06:00Z"
    stays = [f"{who},{who},hospital,{span},{'' if age is None else age}," for who, age in AGES.items()]
    stays[-1] += "2006-03-02"  # 18 during the stay
    (folder / "stays.csv").write_text(
        "\n".join(["patient,stay,kind,admitted,discharged,age,born", *stays]) + "\n"
    )
    return opensepsis.label("csv", folder, folder.parent / f"{folder.name}-out")


JUDGED = {
    "sepsis3": ["adult", "unknown", "turning"],
    "septic_shock": ["adult", "unknown", "turning"],
    "sep1_severe_sepsis": ["adult", "unknown", "turning"],
    "phoenix_sepsis": ["child", "unknown", "turning"],
    "phoenix_septic_shock": ["child", "unknown", "turning"],
    "adult_sepsis_event": ["adult", "unknown"],
    "suspected_infection": ["child", "adult", "unknown", "turning"],
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_definition_says_nothing_of_whom_it_is_not_made_for(of_all_ages, name):
    stays = of_all_ages.stays
    assert stays.drop_nulls(name)["stay"].to_list() == JUDGED[name]
    assert not stays[name].any()
    assert of_all_ages.run["judged"][name] == len(JUDGED[name])
    assert of_all_ages.run["found"][name] == 0
