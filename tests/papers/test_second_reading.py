"""What a second person typed from the notes of the sources, without having seen a definition or the first person's cases."""

import polars as pl
import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.score_tables import points
from tests.support import nhsn_bacteremia as bacteremia
from tests.support import nhsn_cases as sepsis
from tests.support.parity.tables import batch_points, live_points
from tests.support.score_cases import value
from tests.support.second_reading import typed
from tests.support.typed import events, moment

TABLES, SEPSIS = typed("tables"), typed("nhsn_sepsis")
BACTEREMIA = [case | {"sex": "female"} for case in typed("nhsn_bacteremia")]


@pytest.mark.parametrize(
    "line", TABLES, ids=[f"{c['table']} {c['row']} {c['given']} {c['input']}" for c in TABLES]
)
def test_a_line_of_a_table(line):
    given = {name: value(text) for name, text in (word.split("=") for word in line["given"].split())}
    cells = [cell.split(":") for cell in line["typed"].split()]
    found = [
        points(SCORES[line["table"]], given | {line["input"]: value(text)}).rows[line["row"]].points
        for text, _ in cells
    ]
    assert found == [None if asked == "?" else int(asked) for _, asked in cells], line["source"]


@pytest.fixture(scope="module")
def sepsis_told():
    return sepsis.labelled(SEPSIS, sepsis.DRAFT)


@pytest.mark.parametrize("case", SEPSIS, ids=lambda c: c["case"])
def test_a_patient_of_the_sepsis_draft(case, sepsis_told):
    assert sepsis.told_of(case, sepsis.DRAFT, sepsis_told) == case["expected"], case["source"]


@pytest.fixture(scope="module")
def bacteremia_told():
    return bacteremia.labelled(BACTEREMIA)


@pytest.mark.parametrize("case", BACTEREMIA, ids=lambda c: c["case"])
def test_a_patient_of_the_bacteremia_draft(case, bacteremia_told):
    found = bacteremia.said(bacteremia_told.filter(pl.col("patient") == case["case"]))
    asked = [e if len(e.split()) > 2 else f"{e} adult" for e in case["expected"].split(";") if e]
    assert sorted(found) == sorted(asked), case["source"]


@pytest.mark.parametrize(
    "sex, creatinine, stage",
    [  # 60 years: MDRD gives 75 mL/min at 1.069 mg/dL (men) and 0.825 mg/dL (women), worked out by hand
        ("male", 1.59, 0),
        ("male", 1.61, 1),
        ("male", 2.13, 1),
        ("male", 2.15, 2),
        ("male", 3.20, 2),
        ("male", 3.22, 3),
        ("female", 1.22, 0),
        ("female", 1.25, 1),
        ("female", 1.64, 1),
        ("female", 1.66, 2),
        ("female", 2.46, 2),
        ("female", 2.49, 3),
    ],
)
def test_creatinine_against_an_estimated_baseline(sex, creatinine, stage):
    told = [*events(f"born@{-60 * 8766 - 100}"), *events(f"sex@-1/{sex} creatinine@1={creatinine}")]
    name = "kdigo:estimated_baseline"
    for engine in (live_points, batch_points):
        rows = engine([SCORES[name]], [told], [(0, 0, moment("3"))])[name]
        assert rows[1]["aki"] == stage


def test_every_table_typed_again_says_so():
    for table in {line["table"] for line in TABLES}:
        assert SCORES[table].paper.second_reading, table
