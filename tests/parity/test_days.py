"""The score of a day, 24 hours after admission or by the calendar, is the live score at the end of that day."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import daily
from opensepsis.engine.batch.scores import score_ticks
from opensepsis.engine.live.bedside import Bedside
from tests.parity.patients import HOUR, limits_by_concept, of_one_row, patients
from tests.parity.tables import flat, stays_table, table

STAY = (0, 5 * HOUR + 1, 50 * HOUR)


@pytest.mark.parametrize("midnight", [None, 0, 6 * HOUR])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_batch_equals_live(midnight, data):
    score = SCORES["sofa2"]
    events = data.draw(patients(data.draw(of_one_row(score)), limits_by_concept([score])))
    ticks = daily(stays_table([STAY]), midnight)
    ends = stays_table([STAY]).select("pid", time="discharged")
    seen = charts(close_open_intervals(table([events]), ends, score.concepts), score.concepts)
    bedside = Bedside([score])
    bedside.stay_ends(STAY[2])
    for event in events:
        if event.time <= STAY[2]:  # nothing after the stay counts
            bedside.see(replace(event, end=None if event.end is None else min(event.end, STAY[2] + 1)))
    live = [flat(bedside.points(score, time)) for time in ticks.ticks["time"]]
    assert score_ticks(score, ticks, seen).to_dicts() == live
