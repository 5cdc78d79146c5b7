"""Nothing is scored after death, whatever is charted until the discharge; and what a stay's sex is used for."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.uses.label.explain import why_stay

ADMITTED = datetime(2026, 3, 1, 6, tzinfo=UTC)


def hospital(folder, rows, **stay):
    columns = [(c, (ADMITTED + timedelta(hours=h)).isoformat(), v) for c, h, v in rows]
    names = ["concept", "time", "value"]
    events = pl.DataFrame(columns, schema=names, orient="row").with_columns(patient=pl.lit("a"))
    events.write_csv(folder / "events.csv")
    hours = {"admitted": 0, "discharged": 24} | stay
    told = {
        n: (ADMITTED + timedelta(hours=h)).isoformat() if n not in ("sex", "age") else h
        for n, h in hours.items()
    }
    pl.DataFrame({"patient": "a", "stay": "a-1", "kind": "hospital", "age": 60.0} | told).write_csv(
        folder / "stays.csv"
    )
    return folder


def test_hours_after_death_are_not_scored(tmp_path):
    charted = [("mean_pressure", 1, 60.0), ("mean_pressure", 8, 60.0), ("platelets", 7.5, 10.0)]
    found = opensepsis.label("csv", hospital(tmp_path, charted, died=7.2), definitions="sofa").scores["sofa"]
    assert found.height == 8  # the hour in which the patient died is the last
    assert found["circulation"].to_list() == [1] * 8
    assert found["coagulation"].null_count() == 8


def test_a_death_after_discharge_changes_nothing(tmp_path):
    labels = opensepsis.label(
        "csv", hospital(tmp_path, [("platelets", 20, 10.0)], died=30), definitions="sofa"
    )
    assert labels.scores["sofa"]["coagulation"].to_list() == [None] * 19 + [4] * 5


def test_why_explains_only_what_was_scored(tmp_path):
    charted = [("platelets", 1, 120.0), ("platelets", 8, 10.0)]
    (data := tmp_path / "data").mkdir()
    source = hospital(data, charted, died=7.2)
    opensepsis.label("csv", source, tmp_path / "out", definitions="sofa")
    at = ADMITTED + timedelta(hours=8)
    assert "platelets 120" in why_stay(tmp_path / "out", "a-1", at)


def test_the_estimated_baseline_takes_age_and_sex_of_the_stay(tmp_path):
    for sex, stage in (("F", 1), ("M", 0), (None, None)):
        source = hospital(tmp_path, [("creatinine", 1, 1.4)], sex=sex)
        labels = opensepsis.label("csv", source, definitions="kdigo,kdigo:estimated_baseline")
        assert labels.scores["kdigo:estimated_baseline"]["aki"].to_list() == [stage] * 24
        assert labels.scores["kdigo"]["aki"].null_count() == 24


def test_the_account_tells_what_is_assumed_without_an_age(tmp_path):
    source = hospital(tmp_path, [("platelets", 1, 10.0)], age=None)
    told = opensepsis.label("csv", source, definitions="sofa,phoenix").run["age_not_known"]
    assert told["stays"] == 1 and "both apply" in told["assumed"]


UNREAD = "'died' is neither a time nor a word that the list of deaths has"


@pytest.mark.parametrize(
    ("died", "to", "in_stay", "rejected"),
    [
        ("yes", "", None, []), ("1", "", None, []), ("TRUE", "", None, []), ("verstorben", "", None, []), ("yes", "home", False, []),
        ("yes", "Expired", True, []), ("no", "", False, []), ("0", "", False, []), ("N", "", False, []), ("", "", False, []),
        ("2026-03-01", "", True, []), ("2026-03", "", None, [UNREAD]), ("sometime", "", None, [UNREAD]),
    ],
)  # fmt: skip
def test_a_death_without_a_time_loses_no_stay(tmp_path, died, to, in_stay, rejected):
    day = "2026-03-01T06:00:00Z,2026-03-01T18:00:00Z,60"
    told = f"a,a-1,{day},{died},{to}\nb,b-1,{day},,home\n"
    (tmp_path / "stays.csv").write_text(
        f"patient,stay,admitted,discharged,age,died,discharged_to\n{told}", encoding="utf-8"
    )
    (tmp_path / "events.csv").write_text("patient,concept,time,value\na,heart_rate,2026-03-01T07:00:00Z,90\n")
    labels = opensepsis.label("csv", tmp_path, definitions="news2")
    assert labels.stays.sort("stay")["died_in_stay"].to_list() == [in_stay, False]
    assert [one["reason"] for one in labels.run["counts"]["rejections"]] == rejected
