"""The NHSN draft of bacteremia events: its worked patients and days, through the whole of `label`."""

import polars as pl
import pytest

from tests.support.nhsn_bacteremia import CASES, DRAFT, labelled, said


@pytest.fixture(scope="module")
def told():
    return labelled(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_a_patient_of_the_draft(case, told):
    found = said(told.filter(pl.col("patient") == case["case"]))
    expected = [event for event in case["expected"].split(";") if event]
    asked = [event if len(event.split()) > 2 else f"{event} adult" for event in expected]
    assert sorted(found) == sorted(asked), case["source"]


@pytest.mark.parametrize(
    "variant, case, expected",
    [
        ("each_organism", "5 a mixed culture is out whole", ["community D2", "hospital D5"]),
        ("earlier_growth", "5 a mixed culture is out whole", ["community D2", "hospital D9"]),
        ("cms_days", "day 4 is hospital", ["community D4"]),
    ],
)
def test_a_variant_reads_it_otherwise(variant, case, expected):
    found = labelled([c for c in CASES if c["case"] == case], f"{DRAFT}:{variant}")
    assert said(found) == [f"{event} adult" for event in expected]


def test_growth_that_was_out_counts_only_as_growth():
    """A visit's organism puts out a mixed culture of day 2, whose other organism grows again on day 5."""
    case = {
        "case": "mixed",
        "sex": "female",
        "stays": "emergency@D1.08:00..D1.12:00/ADMITTED hospital@D1.12:40..D20.12:00/HOME",
        "events": "organism@D1.10:00/blood|Klebsiella_pneumoniae organism@D2.10:00/blood|Klebsiella_pneumoniae "
        "organism@D2.10:00/blood|Candida_albicans organism@D5.10:00/blood|Candida_albicans",
    }
    assert said(labelled([case])) == ["outpatient D1 adult", "hospital D5 adult"]
    assert said(labelled([case], f"{DRAFT}:earlier_growth")) == ["outpatient D1 adult"]


def test_cultures_of_the_14_days_after_join_a_hospital_onset(told):
    found = told.filter(pl.col("patient") == "7 one hospital onset a stay")
    assert [len(evidence) for evidence in found["evidence"]] == [2]  # the index and day + 14, not day + 18
