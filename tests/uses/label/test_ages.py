"""Scores are refused outside the ages they were made for, and age is told from the stay."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.births import births
from opensepsis.definitions.concepts.person import BORN as BIRTH
from opensepsis.definitions.signals.children import age_months
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.live.steadiness import changes_with_time, steady_until
from opensepsis.engine.semantics.calendar import Calendar
from tests.support.hospitals.bulk_export import encounter, export, observation, patient

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


@pytest.mark.parametrize(
    ("age", "points"),
    [
        ("11 months", 0),
        ("12 months", 1),
        ("364 days", 0),
        ("365 days", 1),
        ("1", 1),
        ("0.99", 0),
        ("51 weeks", 0),
    ],
)
def test_an_age_in_days_is_not_rounded_up_to_a_year(tmp_path, age, points):
    """A heart rate of 145 is 0 points of NPEWS below one year, and 1 from then on."""
    (tmp_path / "stays.csv").write_text(
        f"patient,stay,admitted,discharged,age\nP,S,2026-02-28T20:00Z,2026-02-28T22:00Z,{age}\n"
    )
    (tmp_path / "events.csv").write_text("patient,concept,time,value\nP,heart_rate,2026-02-28T20:30Z,145\n")
    assert (
        opensepsis.label("csv", tmp_path, definitions="npews").scores["npews"]["pulse"].to_list()[1] == points
    )


@pytest.mark.parametrize(
    ("age", "told"), [("4", True), ("0", True), ("4.5", False), ("18", False), ("5 days", False)]
)
def test_an_age_of_a_child_in_whole_years_is_told(tmp_path, age, told):
    (tmp_path / "stays.csv").write_text(
        f"patient,stay,admitted,discharged,age\nP,S,2026-02-28T20:00Z,2026-02-28T22:00Z,{age}\n"
    )
    (tmp_path / "events.csv").write_text("patient,concept,time,value\nP,heart_rate,2026-02-28T20:30Z,145\n")
    ran = CliRunner().invoke(
        app, ["label", "csv", str(tmp_path), "--definitions", "npews", "--out", str(tmp_path / "out")]
    )
    assert ran.exit_code == 0 and ("in whole years and no date of birth: 1" in ran.output) == told


@pytest.mark.parametrize(("born", "told"), [("2020", 1), ("2020-05", 1), ("2020-05-01", 0)])
def test_a_birth_of_which_only_the_year_is_told_is_told(tmp_path, born, told):
    export(tmp_path, a=[encounter()], b=[patient(birthDate=born)], c=[observation()])
    source = open_source("fhir", tmp_path)
    source.stays()
    assert len(source.counts()["warnings"]) == told


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC"])
def test_a_birthday_begins_at_midnight_of_the_hospital(tmp_path, zone):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted,discharged,born\nP,S,2026-05-31 20:00,2026-06-01 03:00,2025-06-01\n"
    )
    rates = "".join(
        f"P,heart_rate,{time}:30,145\n" for time in ("2026-05-31 20", "2026-05-31 23", "2026-06-01 00")
    )
    (tmp_path / "events.csv").write_text(f"patient,concept,time,value\n{rates}")
    found = opensepsis.label("csv", tmp_path, definitions="npews", timezone=zone).scores["npews"]
    local = found["time"].dt.convert_time_zone(zone).dt.hour().to_list()
    assert dict(zip(local, found["pulse"], strict=True)) == {21: 0, 22: 0, 23: 0, 0: 1, 1: 1, 2: 1, 3: 1}
    chart = Chart({"born": BIRTH}, Calendar(zone))
    born, eve, day = (
        int(datetime(*told, tzinfo=ZoneInfo(zone)).timestamp() * 1e6)
        for told in ((2025, 6, 1), (2026, 5, 31, 23, 59), (2026, 6, 1))
    )
    chart.see(Event("born", born, known=born))
    assert [value_at(age_months, moment, chart)[0] for moment in (eve, day)] == [11, 12]
    assert steady_until(changes_with_time([age_months]), eve, chart) == day


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
