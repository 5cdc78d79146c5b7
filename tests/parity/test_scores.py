"""The batch engine and the live engine give the same points, to the last digit, on anything."""

from itertools import islice
from random import Random

import pytest

from tests.support.parity.crowds import NUMBER, TRIED, assert_alike, crowd, stays_of
from tests.support.parity.patients import HOUR, limits_by_concept
from tests.support.parity.tables import batch_points, live_points


@pytest.mark.parametrize("score", TRIED, ids=lambda s: s.name)
def test_batch_equals_live(score):
    def batch(cases):
        stays = [(pid, *stay) for pid, (_, stays) in enumerate(cases) for stay in stays]
        rows = iter(batch_points([score], [events for events, _ in cases], stays)[score.name])
        return [list(islice(rows, sum(-(-(left - at) // HOUR) for at, left in stays))) for _, stays in cases]

    def live(events, stays):
        return live_points([score], [events], [(0, *stay) for stay in stays])[score.name]

    patients = crowd(score, NUMBER, Random(score.name), limits_by_concept([score]))
    cases = [(events, stays_of(pid)) for pid, events in enumerate(patients)]
    found = assert_alike(cases, batch, live)
    assert any(row["rows_known"] for rows in found for row in rows)
