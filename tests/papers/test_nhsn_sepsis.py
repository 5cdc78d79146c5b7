"""The NHSN draft's worked patients and every limit of its tables, told in a line each, through the whole of `label`."""

import pytest

from opensepsis.definitions import PHENOTYPES
from tests.support.nhsn_cases import CASES, DRAFT, labelled, told_of, typed

VARIANTS = [{"case": f"{n} {c['variant']}", **c} for n, c in enumerate(typed("variants"), 1)]


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
