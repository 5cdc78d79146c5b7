"""One number, two people: each stay is scored by its own age, and a death ends only the records of whoever died."""

from datetime import UTC, datetime

import polars as pl
import pytest

from opensepsis.uses.label import label, why_stay
from tests.support.hospitals.csv_folder import folder

STAYS = (
    "patient,stay,admitted,discharged,age,born,died\n"
    "a,adult,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,{adult},2026-01-01T20:00:00Z\n"
    "a,child,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z,{child},\n"
    "a,again,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,{child},\n"
    "b,other,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,{adult},\n"
)
EVENTS = (
    "patient,concept,time,value,unit,origin\n"
    "a,platelets,2026-01-01T03:00:00Z,40,10*3/uL,1\n"
    "a,mean_pressure,2026-02-01T03:00:00Z,40,mm[Hg],2\n"
    "a,platelets,2026-02-01T03:00:00Z,90,10*3/uL,3\n"
    "b,platelets,2026-01-01T03:00:00Z,40,10*3/uL,4\n"
)


def highest(scores: pl.DataFrame, stay: str, row: str) -> int | None:
    return scores.filter(stay=stay)[row].max()


@pytest.mark.parametrize("as_known", [False, True])
@pytest.mark.parametrize("told", ["age", "born"])
def test_each_stay_by_its_own_age(tmp_path, told, as_known):
    ages = (
        {"adult": "60,", "child": "5,"} if told == "age" else {"adult": ",1966-01-01", "child": ",2021-01-01"}
    )
    hospital = folder(tmp_path / "h", STAYS.format(**ages), EVENTS)
    found = label(
        "csv", hospital, tmp_path / "out", definitions="sofa,phoenix,phoenix_sepsis,hour1", as_known=as_known
    )
    sofa, phoenix = found.scores["sofa"], found.scores["phoenix"]
    assert highest(sofa, "adult", "coagulation") == highest(sofa, "other", "coagulation") == 3
    assert highest(sofa, "child", "coagulation") is None
    # 5 years: a mean pressure of 40 is 1 point, platelets of 90 are 1
    assert highest(phoenix, "child", "coagulation") == 1 and highest(phoenix, "child", "circulation") == 1
    assert highest(phoenix, "adult", "coagulation") is None
    assert found.run["counts"]["patients_of_several_births"] == 1
    assert found.stays.height == 4 and sofa.height == phoenix.height
    at = datetime(2026, 2, 1, 4, tzinfo=UTC)
    assert "MAP 40" in why_stay(tmp_path / "out", "child", at)
