"""The batch engine and the live engine give the same points, to the last digit, on anything."""

import os
from itertools import groupby
from random import Random

import pytest

from opensepsis.definitions import SCORES
from tests.parity.crowds import crowd, smallest
from tests.parity.patients import HOUR, limits_by_concept
from tests.parity.tables import batch_points, live_points

NUMBER = 2000 if os.environ.get("OPENSEPSIS_LONG") else 200
TWO_STAYS = [(0, 50 * HOUR), (20 * HOUR, 31 * HOUR + 7)]
ONE_STAY = [(5 * HOUR + 1, 30 * HOUR)]


def stays_of(pid: int) -> list[tuple[int, int, int]]:
    return [(pid, *stay) for stay in (ONE_STAY if pid % 4 else TWO_STAYS)]


def by_patient(score, patients) -> tuple[list, list]:
    """The rows of each patient, from both engines."""
    stays = [stay for pid in range(len(patients)) for stay in stays_of(pid)]
    ticks = [pid for pid, admitted, left in sorted(stays) for _ in range(-(-(left - admitted) // HOUR))]
    found = (batch_points([score], patients, stays), live_points([score], patients, stays))
    return tuple(
        [
            [row for _, row in rows]
            for _, rows in groupby(zip(ticks, f[score.name], strict=True), lambda t: t[0])
        ]
        for f in found
    )


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda s: s.name)
def test_batch_equals_live(score):
    patients = crowd(score, NUMBER, Random(score.name), limits_by_concept([score]))
    batch, live = by_patient(score, patients)
    differs = next((pid for pid in range(NUMBER) if batch[pid] != live[pid]), None)
    if differs is not None:
        alone = stays_of(differs)
        stays = [(0, *stay[1:]) for stay in alone]

        def fails(events):
            return batch_points([score], [events], stays) != live_points([score], [events], stays)

        events = smallest(patients[differs], fails)
        assert batch_points([score], [events], stays) == live_points([score], [events], stays), events
    assert batch == live
    assert any(row["rows_known"] for rows in batch for row in rows)
