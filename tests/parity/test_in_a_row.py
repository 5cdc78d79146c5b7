"""Readings in a row since an amount was in: both engines agree at every moment, and as the words of the nodes say."""

from random import Random

import polars as pl
import pytest

from opensepsis.definitions.clocks.sep1 import SEP_1
from opensepsis.definitions.phenotypes.sep1 import SEP1_SHOCK
from opensepsis.definitions.signals.hypoperfusion import (
    low_in_a_row,
    mean,
    since_crystalloid_30,
    systolic,
    weight,
)
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.clocks.record import record_of
from opensepsis.engine.clocks.tasks import OPEN, Admission, Indication, TaskInputs, closing, opening
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.score_tables import holds
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.semantics.limits import SIGNS
from opensepsis.rules import InARow, Row
from tests.support.parity.crowds import NUMBER, assert_alike
from tests.support.parity.patients import HOUR, MINUTE
from tests.support.parity.tables import table, values_at

ROW = ("systolic_pressure", "mean_pressure", "crystalloid")
VALUES = {
    "systolic_pressure": [89.99, 90.0, 120.0],
    "mean_pressure": [64.99, 65.0, 90.0],
    "crystalloid": [0.0, 999.9995, 1000.0, 1500.0, 2100.0],
    "weight": [50.0, 70.1],
}

BOTH_LOW = InARow(  # not known where only one is charted, and low: such a reading is passed over
    name="both", label="both low", condition=(systolic < 90) & (mean < 65), since=since_crystalloid_30
)


SIGNALS = (since_crystalloid_30, low_in_a_row, BOTH_LOW)


def _patient(draw: Random, limits: tuple = ()) -> list[Event]:
    return [
        _event(name, draw, limits)
        for name in VALUES
        for _ in range(draw.randint(0, 3 if name in ("weight", "crystalloid") else 8))
    ]


def _event(concept: str, draw: Random, limits: tuple) -> Event:
    time = draw.randint(0, 36) * 10 * MINUTE + draw.choice([0, 0, 0, 0, 0, 0, -1, 1, MINUTE])
    value, text = (
        draw.choice([*VALUES[concept], *VALUES[concept], None]),
        draw.choice([None, None, None, *limits]),
    )
    known, origin = time + draw.choice([0, 0, HOUR]), draw.choice([None, "a", "b"])
    return Event(concept, time, None, known, value, None if value is None else text, origin)


def asked_of(patients) -> pl.DataFrame:
    """Every event's moment, just beside it, an hour and the window after it."""
    shifts = (0, -1, 1, HOUR, HOUR + 1, 6 * HOUR, 6 * HOUR + 1)
    moments = sorted({(p, e.time + s) for p, events in enumerate(patients) for e in events for s in shifts})
    return pl.DataFrame(moments, schema={"pid": pl.UInt32, "time": pl.Int64}, orient="row")


def in_words(events: list[Event], moment: int) -> tuple[float | None, float | None]:
    """What both nodes say, from their descriptions, without charts: for events of one version each."""
    told = [(e.concept, e.time, e.value) for e in events if e.value is not None]
    weights = [(time, value) for concept, time, value in told if concept == "weight" and time <= moment]
    if not weights:
        return None, None
    fluid = sorted((time, value) for concept, time, value in told if concept == "crystalloid")
    inside = [(t, v) for t, v in fluid if moment - 6 * HOUR <= t <= moment]
    needed = round(30 * max(weights)[1], 3)
    done = [t for t, _ in inside if round(sum(v for u, v in inside if u <= t), 3) >= needed]
    if not done:
        return None, None
    low = {}
    for concept, time, value in told:
        if concept in ROW[:2] and done[0] <= time <= moment:
            limit = 90 if concept == "systolic_pressure" else 65
            low[time] = low.get(time, False) or value < limit
    if moment not in low:
        return (moment - done[0]) / HOUR, None
    newest = [low[t] for t in sorted(low, reverse=True)]
    return (moment - done[0]) / HOUR, float([*newest, False].index(False))


@pytest.mark.parametrize("limits", [(), SIGNS], ids=["numbers", "limits"])
def test_batch_equals_live(limits):
    draw = Random(30)

    def batch(cases):
        patients = [events for (events,) in cases]
        asked, seen = asked_of(patients), charts(table(patients), SEP1_SHOCK.concepts)
        found = [[] for _ in cases]
        for signal in SIGNALS:
            for chart in (seen, *seen.at_ends):
                value, basis = values_at(signal, asked, chart)
                for (pid, time), v, b in zip(asked.rows(), value, basis, strict=True):
                    found[pid].append((signal.name, time, v, None if v is None else b))
        return found

    def live(events):
        bedside = Bedside([SEP1_SHOCK])
        for event in events:
            bedside.see(event)
        charted, found = bedside.chart, []
        for signal in SIGNALS:
            for chart in (charted, charted.low, charted.high):
                for _, time in asked_of([events]).iter_rows():
                    v, b = value_at(signal, time, chart)
                    found.append((signal.name, time, v, None if v is None else b))
        return found

    found = assert_alike([(_patient(draw, limits),) for _ in range(NUMBER)], batch, live)
    assert {name for rows in found for name, _, value, _ in rows if value is not None} == {
        s.name for s in SIGNALS
    }


def test_as_the_words_say():
    for number in range(NUMBER):
        once = {(e.concept, e.time): e for e in _patient(Random(number)) if e.value is not None}
        events = list(once.values())
        bedside = Bedside([SEP1_SHOCK])
        for event in events:
            bedside.see(event)
        for _, time in asked_of([events]).iter_rows():
            found = [value_at(s, time, bedside.chart)[0] for s in (since_crystalloid_30, low_in_a_row)]
            assert tuple(found) == in_words(events, time), number


def _vasopressor(bedside: Bedside, zero: int) -> Indication:
    """How the clock's vasopressor stands, looked back on, for a septic shock found at this moment."""
    finding, stay = TimeZero("sep1_septic_shock", zero, zero), Admission(-HOUR)
    case = TaskInputs(record_of(bedside.chart), finding, 100 * HOUR, stay)
    arm = SEP_1.arms[1]
    fluid, vasopressor, _ = arm.tasks
    opened = opening(fluid, case, {}, arm.titles)
    return opening(vasopressor, case, {fluid.name: (opened, closing(fluid, case, None))}, arm.titles)


def test_what_starts_the_clock_opens_its_vasopressor():
    row = next(row for row in SEP1_SHOCK.rows if row.name == "hypotension")
    assert isinstance(row, Row)
    for number in range(NUMBER):
        drawn, bedside = _patient(Random(number)), Bedside([SEP1_SHOCK])
        for event in drawn:
            bedside.see(event)
        for moment in sorted({e.time for e in drawn}):
            values = {s.name: value_at(s, moment, bedside.chart)[0] for s in row.signals.values()}
            opened = _vasopressor(bedside, moment)
            if holds(row.cells[1], values):
                assert opened.state == OPEN and opened.at <= moment, number
            elif value_at(weight, moment, bedside.chart)[0]:  # the clock also takes the first weight after it
                assert opened.state != OPEN or opened.at != moment, number


def test_a_reading_that_tells_nothing_is_passed_over():
    hours = [("weight", 0, 50.0), ("crystalloid", 1, 1500.0)]
    hours += [
        ("systolic_pressure", 1.25, 80.0),
        ("mean_pressure", 1.25, 60.0),
        ("systolic_pressure", 1.5, 80.0),
    ]
    hours += [("systolic_pressure", 1.75, 80.0), ("mean_pressure", 1.75, 60.0)]
    events = [Event(name, round(hour * HOUR), None, 0, value) for name, hour, value in hours]
    asked = asked_of([events])
    found, _ = values_at(BOTH_LOW, asked, charts(table([events]), SEP1_SHOCK.concepts))
    told = dict(zip((t / HOUR for t in asked["time"]), found, strict=True))
    assert [told[hour] for hour in (1.25, 1.5, 1.75)] == [1.0, None, 2.0]
    bedside = Bedside([SEP1_SHOCK])
    for event in events:
        bedside.see(event)
    assert [value_at(BOTH_LOW, t, bedside.chart)[0] for t in asked["time"]] == found
