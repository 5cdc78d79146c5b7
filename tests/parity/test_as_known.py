"""What the batch engine says was known at a tick is what the live engine says when fed in order of knowledge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.as_known import score_ticks_as_known
from opensepsis.engine.batch.chart import close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.live.bedside import Bedside
from tests.parity.patients import HOUR, limits_by_concept, of_one_row, patients
from tests.parity.tables import flat, stays_table, table

STAYS = [(0, 0, 30 * HOUR), (1, 5 * HOUR + 1, 20 * HOUR)]


def batch(score, two) -> list[dict]:
    ticks = hourly(stays_table(STAYS))
    events = close_open_intervals(table(two), ticks.stays.select("pid", time="discharged"), score.concepts)
    return score_ticks_as_known(score, ticks, events).to_dicts()


def live(score, two) -> list[tuple[bool, dict]]:
    """Each tick, and whether the score is not for a patient of that age."""
    found = []
    for pid, admitted, discharged in STAYS:
        bedside = Bedside([score])
        bedside.stay_ends(discharged)
        waiting = sorted(two[pid], key=lambda e: max(e.known, e.time))
        for hour in range(1, -(-(discharged - admitted) // HOUR) + 1):
            tick = admitted + hour * HOUR
            while waiting and max(waiting[0].known, waiting[0].time) <= tick:
                bedside.see(waiting.pop(0))
            refused = bool(bedside.refusal(score, tick))
            found.append((refused, flat(bedside.points(score, tick))))
    return found


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda s: s.name)
@given(data=st.data())
def test_batch_equals_live(score, data):
    near = limits_by_concept([score])
    concepts = data.draw(of_one_row(score))
    two = [data.draw(patients(concepts, near, most=25)) for _ in range(2)]
    for given_by_batch, (refused, given_live) in zip(batch(score, two), live(score, two), strict=True):
        if refused:  # the batch engine leaves this to `label`
            assert given_live["total"] is None and given_live["rows_known"] == 0
        else:
            assert given_by_batch == given_live
