"""The batch engine and the live engine give the same points, to the last digit, on anything."""

from itertools import islice
from random import Random

import pytest

from tests.support.parity.crowds import FAMILIES, NUMBER, assert_alike, crowd, stays_of
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import batch_points, live_points


@pytest.mark.parametrize("family", FAMILIES)
def test_batch_equals_live(family):
    scores = FAMILIES[family]

    def batch(cases):
        stays = [(pid, *stay) for pid, (_, stays) in enumerate(cases) for stay in stays]
        found = batch_points(scores, [events for events, _ in cases], stays)
        rows = {name: iter(rows) for name, rows in found.items()}
        hours = [sum(-(-(left - at) // HOUR) for at, left in stays) for _, stays in cases]
        return [{name: list(islice(mine, some)) for name, mine in rows.items()} for some in hours]

    def live(events, stays):
        return live_points(scores, [events], [(0, *stay) for stay in stays])

    patients = crowd(scores, NUMBER, Random(family))
    found = assert_alike([(events, stays_of(pid)) for pid, events in enumerate(patients)], batch, live)
    for score in scores:
        assert any(row["rows_known"] for of_patient in found for row in of_patient[score.name])
