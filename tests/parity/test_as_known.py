"""What the batch engine says was known at a tick is what the live engine says when fed in order of knowledge."""

from itertools import islice
from random import Random

import pytest

from opensepsis import SIRS
from opensepsis.engine.batch import as_known
from opensepsis.engine.batch.as_known import score_ticks_as_known
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.perspective import Perspective
from tests.support.parity.crowds import NUMBER, TRIED, assert_alike, crowd
from tests.support.parity.patients import HOUR, limits_by_concept
from tests.support.parity.tables import flat, stays_table, table

STAYS = [(0, 30 * HOUR), (5 * HOUR + 1, 20 * HOUR)]


def hours(admitted: int, discharged: int) -> int:
    return -(-(discharged - admitted) // HOUR)


@pytest.mark.parametrize("score", TRIED, ids=lambda s: s.name)
def test_batch_equals_live(score):
    def batch(cases):
        stays = [(pid, admitted, left) for pid, (_, admitted, left) in enumerate(cases)]
        ticks, seen = hourly(stays_table(stays)), table([events for events, *_ in cases])
        events = close_open_intervals(seen, ticks.stays.select("pid", time="discharged"), score.concepts)
        patients = charts(events, score.concepts, judged=Perspective.HOUR_BY_HOUR)
        rows = score_ticks_as_known(score, ticks, patients).iter_rows(named=True)
        return [_judged(cases[pid], list(islice(rows, hours(*cases[pid][1:])))) for pid, *_ in stays]

    def _judged(case, rows):
        """Without the ticks at which the score is not for a patient of that age: the batch engine leaves those to `label`."""
        return [row for row, refused in zip(rows, refusals(*case), strict=True) if not refused]

    worked_out = {}

    def known(events, admitted, discharged):
        key = tuple(events), admitted, discharged
        if key not in worked_out:
            worked_out[key] = told(score, events, admitted, discharged)
        return worked_out[key]

    def refusals(events, admitted, discharged):
        return [refused for refused, _ in known(events, admitted, discharged)]

    def live(events, admitted, discharged):
        found = known(events, admitted, discharged)
        assert all(row["total"] is None and not row["rows_known"] for refused, row in found if refused)
        return [row for refused, row in found if not refused]

    patients = crowd(score, NUMBER, Random(score.name), limits_by_concept([score]))
    found = assert_alike([(events, *STAYS[pid % 2]) for pid, events in enumerate(patients)], batch, live)
    assert any(row["rows_known"] for rows in found for row in rows)


def told(score, events, admitted: int, discharged: int) -> list[tuple[bool, dict]]:
    """Each tick from the live engine, and whether the score is not for a patient of that age."""
    bedside = Bedside([score])
    bedside.stay_ends(discharged)
    waiting = sorted(events, key=lambda e: max(e.known, e.time))[::-1]
    found = []
    for hour in range(1, hours(admitted, discharged) + 1):
        tick = admitted + hour * HOUR
        while waiting and max(waiting[-1].known, waiting[-1].time) <= tick:
            bedside.see(waiting.pop())
        found.append((bool(bedside.refusal(score, tick)), flat(bedside.points(score, tick))))
    return found


@pytest.mark.parametrize("late, again", [(0, []), (HOUR // 2, []), (HOUR, [2]), (2 * HOUR, [2, 3])])
def test_only_ticks_at_which_something_was_not_known_yet_are_scored_again(monkeypatch, late, again):
    at = HOUR + HOUR // 2
    events = [
        Event("heart_rate", at, value=130.0, known=at + late),
        Event("respiratory_rate", HOUR, value=30.0, known=HOUR),
    ]
    ticks, asked, snapshots = hourly(stays_table([(0, 0, 5 * HOUR)])), [], as_known.snapshots
    patients = charts(table([events]), SIRS.concepts, judged=Perspective.HOUR_BY_HOUR)
    monkeypatch.setattr(
        as_known,
        "snapshots",
        lambda score, at, charts, *more: asked.append(at) or snapshots(score, at, charts, *more),
    )
    found = score_ticks_as_known(SIRS, ticks, patients)
    assert [time // HOUR for some in asked for time in some["time"]] == again
    assert found["rows_known"].to_list() == [1, *([1] * len(again)), *([2] * (4 - len(again)))]
