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
from tests.support.parity.crowds import FAMILIES, NUMBER, assert_alike, crowd
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import flat, stays_table, table

# one of four is long; what was known is worked out anew at every tick, and many short stays see more beginnings and ends
STAYS = [(0, 30 * HOUR), (5 * HOUR + 1, 12 * HOUR), (20 * HOUR, 27 * HOUR + 7), (-2 * HOUR, 5 * HOUR + 1)]


def hours(admitted: int, discharged: int) -> int:
    return -(-(discharged - admitted) // HOUR)


@pytest.mark.parametrize("family", FAMILIES)
def test_batch_equals_live(family):
    scores = FAMILIES[family]
    concepts = {name: c for score in scores for name, c in score.concepts.items()}

    def batch(cases):
        stays = [(pid, admitted, left) for pid, (_, admitted, left) in enumerate(cases)]
        ticks, seen = hourly(stays_table(stays)), table([events for events, *_ in cases])
        events = close_open_intervals(seen, ticks.stays.select("pid", time="discharged"), concepts)
        patients = charts(events, concepts, judged=Perspective.HOUR_BY_HOUR)
        rows = {s.name: score_ticks_as_known(s, ticks, patients).iter_rows(named=True) for s in scores}
        found = [
            {name: list(islice(mine, hours(*case[1:]))) for name, mine in rows.items()} for case in cases
        ]
        return [_judged(case, mine) for case, mine in zip(cases, found, strict=True)]

    def _judged(case, found):
        """Without the ticks at which a score is not for a patient of that age: the batch engine leaves those to `label`."""
        ticks = {name: zip(rows, known(*case)[name], strict=True) for name, rows in found.items()}
        return {name: [row for row, (refused, _) in mine if not refused] for name, mine in ticks.items()}

    worked_out = {}

    def known(events, admitted, discharged):
        key = tuple(events), admitted, discharged
        if key not in worked_out:
            worked_out[key] = told(scores, events, admitted, discharged)
        return worked_out[key]

    def live(events, admitted, discharged):
        found = known(events, admitted, discharged)
        refused = [row for rows in found.values() for refused, row in rows if refused]
        assert all(row["total"] is None and not row["rows_known"] for row in refused)
        return {name: [row for refused, row in rows if not refused] for name, rows in found.items()}

    patients = crowd(scores, NUMBER, Random(family))
    found = assert_alike([(events, *STAYS[pid % 4]) for pid, events in enumerate(patients)], batch, live)
    for score in scores:
        assert any(row["rows_known"] for of_patient in found for row in of_patient[score.name])


def told(scores, events, admitted: int, discharged: int) -> dict[str, list[tuple[bool, dict]]]:
    """Each tick of each score from the live engine, and whether the score is not for a patient of that age."""
    bedside = Bedside(scores)
    bedside.stay_ends(discharged)
    waiting = sorted(events, key=lambda e: max(e.known, e.time))[::-1]
    found = {score.name: [] for score in scores}
    for hour in range(1, hours(admitted, discharged) + 1):
        tick = admitted + hour * HOUR
        while waiting and max(waiting[-1].known, waiting[-1].time) <= tick:
            bedside.see(waiting.pop())
        for score in scores:
            found[score.name].append((bool(bedside.refusal(score, tick)), flat(bedside.points(score, tick))))
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
