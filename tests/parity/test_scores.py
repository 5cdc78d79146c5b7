"""The batch engine and the live engine give the same points, to the last digit, on anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.definitions import SCORES
from opensepsis.definitions.concepts.person import BORN
from tests.parity.patients import HOUR, limits_by_concept, of_one_row, patients
from tests.parity.tables import batch_points, live_points

STAYS = [(0, 0, 50 * HOUR), (0, 20 * HOUR, 31 * HOUR + 7), (1, 5 * HOUR + 1, 30 * HOUR)]


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda s: s.name)
@given(data=st.data())
def test_batch_equals_live(score, data):
    near = limits_by_concept([score])
    concepts = data.draw(of_one_row(score)) | {BORN.name: BORN}
    two = [data.draw(patients(concepts, near)) for _ in range(2)]
    assert batch_points([score], two, STAYS) == live_points([score], two, STAYS)
