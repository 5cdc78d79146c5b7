"""The NHSN draft's worked patients and every limit of its tables, told in a line each, through the whole of `label`."""

import polars as pl
import pytest

import opensepsis
from opensepsis.definitions import PHENOTYPES
from tests.support.nhsn_cases import CASES, DRAFT, rows, stays, told_of, typed

VARIANTS = [{"case": f"{n} {c['variant']}", **c} for n, c in enumerate(typed("variants"), 1)]


def labelled(cases: list[dict], *definitions: str) -> pl.DataFrame:
    """The events of cases, found in hospital stays and in visits by themselves."""
    every = [stay for case in cases for stay in stays(case)]
    events = [{"patient": case["case"], **row} for case in cases for row in rows(case["events"])]
    frames = pl.DataFrame(every, infer_schema_length=None), pl.DataFrame(events, infer_schema_length=None)
    labels = [
        opensepsis.label(stays=frames[0], events=frames[1], definitions=list(definitions), stay_kind=kind)
        for kind in ("hospital", "emergency")
    ]
    return pl.concat([found.episodes for found in labels])


@pytest.fixture(scope="module")
def told():
    return labelled(CASES, DRAFT)


@pytest.fixture(scope="module")
def by_variants():
    return labelled(VARIANTS, DRAFT, *(f"{DRAFT}:{name}" for name in {c["variant"] for c in VARIANTS}))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_a_patient_of_the_draft(case, told):
    assert told_of(case, DRAFT, told) == case["expected"], case["source"]


@pytest.mark.parametrize("case", VARIANTS, ids=lambda c: c["case"])
def test_what_a_variant_reads_otherwise(case, by_variants):
    assert told_of(case, DRAFT, by_variants) == case["expected"], case["source"]
    assert told_of(case, f"{DRAFT}:{case['variant']}", by_variants) == case["by_variant"], case["source"]


def test_every_variant_has_a_case():
    assert {f"{DRAFT}:{c['variant']}" for c in VARIANTS} == {
        n for n in PHENOTYPES if n.startswith(f"{DRAFT}:")
    }
