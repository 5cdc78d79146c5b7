"""Each signal by itself has the same value and basis in both engines, at any moment, and at both ends of limits."""

from random import Random

import polars as pl
import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.signals import value_at
from opensepsis.rules import Latest, Running, Score
from opensepsis.rules.scores import Row
from tests.support.parity.crowds import NUMBER, assert_alike, patient
from tests.support.parity.patients import HOUR, MINUTE, limits_by_concept
from tests.support.parity.tables import table, values_at

KINDS = {  # one of each name and kind of node; plain values are read by all the others
    f"{type(signal).__name__} {name}": (score, signal)
    for score in SCORES.values()
    for name, signal in score.signals.items()
    if not isinstance(signal, Latest | Running)
}
END = 60 * HOUR
MOMENTS = 12


@pytest.mark.parametrize("score, signal", KINDS.values(), ids=list(KINDS))
def test_batch_equals_live(score, signal):
    alone = Score("alone", "", score.paper, (Row("row", "", {1: signal.holds}),))
    near, draw = limits_by_concept([score]), Random(signal.name)

    def batch(cases):
        ends = pl.DataFrame([(pid, END) for pid in range(len(cases))], schema=ASKED, orient="row")
        events = close_open_intervals(table([events for events, _ in cases]), ends, alone.concepts)
        seen = charts(events, alone.concepts)
        asked = [(pid, time) for pid, (_, moments) in enumerate(cases) for time in moments]
        asked = pl.DataFrame(asked, schema=ASKED, orient="row")
        found = [iter(_batch(signal, asked, chart)) for chart in (seen, *seen.at_ends)]
        return [[[next(values) for _ in moments] for values in found] for _, moments in cases]

    def live(events, moments):
        bedside = Bedside([alone])
        bedside.stay_ends(END)
        for event in events:
            bedside.see(event)
        return [
            _live(signal, moments, chart) for chart in (bedside.chart, bedside.chart.low, bedside.chart.high)
        ]

    patients = [patient(alone.concepts, near, draw, most=20) for _ in range(NUMBER)]
    found = assert_alike([(events, moments_of(events, draw)) for events in patients], batch, live)
    assert any(value is not None for ends in found for values in ends for value, _ in values)


ASKED = {"pid": pl.UInt32, "time": pl.Int64}


def moments_of(events, draw: Random) -> list[int]:
    """Some of the moments of events, just before and about an hour after them, and of the quarters of the stay."""
    moments = {e.time + shift for e in events for shift in (0, -1, 59 * MINUTE)}
    moments |= {quarter * 15 * MINUTE for quarter in range(-8, 200, 11)}
    return sorted(draw.sample(sorted(moments), MOMENTS))


def _live(signal, moments, chart) -> list[tuple]:
    found = [value_at(signal, moment, chart) for moment in moments]
    return [(None, None) if v is None else (float(v) if not isinstance(v, str) else v, b) for v, b in found]


def _batch(signal, asked, seen) -> list[tuple]:
    found = zip(*values_at(signal, asked, seen), strict=True)
    return [(None, None) if v is None else (v, b) for v, b in found]
