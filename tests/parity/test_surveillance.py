"""Both engines find the same events of surveillance, on anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.definitions import PHENOTYPES
from opensepsis.rules import Bacteremia, Surveillance, concepts_read
from tests.parity.surveillance import batch, crowd, live, patient, stay

ASKED = [p for p in PHENOTYPES.values() if isinstance(p, Surveillance | Bacteremia)]


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
@given(data=st.data())
def test_batch_equals_live(phenotype, data):
    two = [data.draw(patient(concepts_read(phenotype))) for _ in range(2)]
    stays = [(pid, *data.draw(stay())) for pid in (0, 0, 1)]
    assert batch(phenotype, two, stays) == live(phenotype, two, stays)


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_a_crowd_that_comes_close(phenotype):
    patients, stays = crowd(concepts_read(phenotype), seed=20180301, number=700)
    found = batch(phenotype, patients, stays)
    assert len(found) >= 40  # so that the comparison says something
    assert found == live(phenotype, patients, stays)
