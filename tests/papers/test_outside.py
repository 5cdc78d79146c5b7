"""Inputs and points of other people's software, see `outside/NOTICE.md`."""

import csv
from pathlib import Path

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.score_tables import points

HERE = Path(__file__).parent / "outside"
SAME = {"lactate", "platelets", "inr", "d_dimer", "fibrinogen", "glucose", "creatinine", "bilirubin", "alt"}
NAMED = {
    "age": "age_months",
    "gcs_total": "gcs",
    "anc": "neutrophils",
    "alc": "lymphocytes",
    "drugs": "vasoactives",
}
ROWS = ("respiration", "circulation", "coagulation", "brain", "glucose_points", "immune", "kidney", "liver")


def read(name: str) -> list[dict]:
    with open(HERE / name, encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def typed(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split("=") for pair in text.split(";"))}


def child(case: dict) -> dict[str, float]:
    """The signals of one of the package's patients, as its own documentation makes them."""
    given = {name: float(text) for name, text in case.items() if text and name not in ("pupil", *ROWS)}
    found = {NAMED.get(n, n): v for n, v in given.items() if n in SAME or n in NAMED}
    found |= {
        "ventilated": given["vent"],
        "supported": given["vent"],
        "on_oxygen": given.get("fio2", 0.21) > 0.21,
    }
    found["mean_pressure"] = given["dbp"] + (given["sbp"] - given["dbp"]) / 3
    if {"pao2", "fio2"} <= given.keys():
        found["pao2_fio2"] = given["pao2"] / given["fio2"]
    if {"spo2", "fio2"} <= given.keys() and given["spo2"] <= 97:
        found |= {"spo2": given["spo2"], "spo2_fio2": given["spo2"] / given["fio2"]}
    if case["pupil"]:
        found["fixed_pupils"] = case["pupil"] == "both-fixed"
    return found


@pytest.mark.parametrize("case", read("phoenix_example.csv"), ids=lambda c: f"patient {c['pid']}")
def test_the_example_of_the_authors_of_phoenix(case):
    given = points(SCORES["phoenix8"], child(case)).rows
    for column in ROWS:
        ours = given[column.removesuffix("_points")].points or 0
        assert ours == int(case[column]), column


@pytest.mark.parametrize("case", read("phoenix_vignettes.csv"), ids=lambda c: c["case"])
def test_the_vignettes_of_the_paper(case):
    given = points(SCORES["phoenix"], typed(case["values"]))
    assert given.total == int(case["total"])
    assert {name: row.points or 0 for name, row in given.rows.items()} == {
        n: int(case[n]) for n in given.rows
    }


@pytest.mark.parametrize(
    "case", read("sofa2_points.csv"), ids=lambda c: f"{c['from']} {c['row']} {c['values']}"
)
def test_sofa2_of_others(case):
    ours = points(SCORES["sofa2"], typed(case["values"])).rows[case["row"]].points
    theirs = None if case["points"] == "?" else int(case["points"])
    assert (ours == theirs) != bool(case["differs"])


def test_few_lines_differ():
    cases = read("sofa2_points.csv")
    assert len(cases) > 150 and sum(bool(c["differs"]) for c in cases) <= 3
