"""Each signal by itself has the same value and basis in both engines, at any moment."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.signals import value_at
from opensepsis.rules import Latest, Running, Score
from opensepsis.rules.scores import Row
from tests.parity.patients import HOUR, MINUTE, limits_by_concept, patients
from tests.parity.tables import table, values_at

KINDS = {  # one of each name and kind of node; plain values are read by all the others
    f"{type(signal).__name__} {name}": (score, signal)
    for score in SCORES.values()
    for name, signal in score.signals.items()
    if not isinstance(signal, Latest | Running)
}
END = 60 * HOUR


@pytest.mark.parametrize("score, signal", KINDS.values(), ids=list(KINDS))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_batch_equals_live(score, signal, data):
    alone = Score("alone", "", score.paper, (Row("row", "", {1: signal.holds}),))
    events = data.draw(patients(alone.concepts, limits_by_concept([score]), most=20))
    moments = {e.time + shift for e in events for shift in (0, -1, 59 * MINUTE)}
    moments = sorted(moments | {quarter * 15 * MINUTE for quarter in range(-8, 200, 11)})
    bedside = Bedside([alone])
    bedside.stay_ends(END)
    for event in events:
        bedside.see(event)
    charted = bedside.chart
    live = [_live(signal, moments, chart) for chart in (charted, charted.low, charted.high)]
    ends = pl.DataFrame({"pid": [0], "time": [END]}, schema={"pid": pl.UInt32, "time": pl.Int64})
    seen = charts(close_open_intervals(table([events]), ends, alone.concepts), alone.concepts)
    asked = pl.DataFrame({"time": moments}).select(pid=pl.lit(0, pl.UInt32), time="time")
    assert [_batch(signal, asked, patients) for patients in (seen, *seen.at_ends)] == live


def _live(signal, moments, chart) -> list[tuple]:
    found = [value_at(signal, moment, chart) for moment in moments]
    return [(None, None) if v is None else (float(v) if not isinstance(v, str) else v, b) for v, b in found]


def _batch(signal, asked, seen) -> list[tuple]:
    found = zip(*values_at(signal, asked, seen), strict=True)
    return [(None, None) if v is None else (v, b) for v, b in found]
