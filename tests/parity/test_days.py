"""The score of a day, 24 hours after admission or by the calendar, is the live score at the end of that day."""

from dataclasses import replace
from random import Random

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import daily
from opensepsis.engine.batch.scores import score_ticks
from opensepsis.engine.live.bedside import Bedside
from opensepsis.rules import Running, children
from tests.support.parity.crowds import NUMBER, assert_alike, crowd
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import flat, stays_table, table

ADMITTED, LEFT = 5 * HOUR + 1, 50 * HOUR
SCORE = SCORES["sofa2"]


def every(signals) -> list:
    """Signals with those that they are made of."""
    return [one for signal in signals for one in (signal, *every(children(signal)))]


# infusions that have to run for long count through their last moment too
THROUGH_THE_END = {
    s.concept.name for s in every(SCORE.signals.values()) if isinstance(s, Running) and s.for_at_least
}


@pytest.mark.parametrize("midnight", [None, 0, 6 * HOUR])
def test_batch_equals_live(midnight):
    score = SCORE
    times = daily(stays_table([(0, ADMITTED, LEFT)]), midnight).ticks["time"].to_list()

    def batch(cases):
        stays = stays_table([(pid, ADMITTED, LEFT) for pid in range(len(cases))])
        ticks, ends = daily(stays, midnight), stays.select("pid", time="discharged")
        events = close_open_intervals(table([events for (events,) in cases]), ends, score.concepts)
        rows = score_ticks(score, ticks, charts(events, score.concepts)).to_dicts()
        found = [[] for _ in cases]
        for pid, row in zip(ticks.ticks["pid"], rows, strict=True):
            found[pid].append(row)
        return found

    def live(events):
        bedside = Bedside([score])
        bedside.stay_ends(LEFT)
        for event in events:
            if event.time <= LEFT:  # nothing after the stay counts
                last = LEFT + (event.concept not in THROUGH_THE_END)
                bedside.see(replace(event, end=None if event.end is None else min(event.end, last)))
        return [flat(bedside.points(score, time)) for time in times]

    patients = crowd([score], NUMBER, Random(str(midnight)))
    found = assert_alike([(events,) for events in patients], batch, live)
    assert all(len(rows) >= 2 for rows in found) and any(row["rows_known"] for rows in found for row in rows)
