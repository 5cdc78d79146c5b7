"""Readings in a row since an amount was in: both engines agree at every moment, and as the words of the nodes say."""

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from opensepsis.engine.clocks.tasks import OPEN, Admission, Case, Opening, closing, opening
from opensepsis.engine.clocks.time_zero import Finding
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.score_tables import holds
from opensepsis.engine.live.signals import value_at
from opensepsis.rules import InARow
from tests.parity.patients import HOUR, MINUTE
from tests.parity.tables import table, values_at

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


def _events(concept: str, most: int):
    time = st.integers(0, 36).map(lambda tenth: tenth * 10 * MINUTE)
    time = st.one_of(time, time, st.builds(lambda t, just: t + just, time, st.sampled_from([-1, 1, MINUTE])))
    value = st.sampled_from([*VALUES[concept], *VALUES[concept], None])
    late, origin = st.sampled_from([0, 0, HOUR]), st.sampled_from([None, "a", "b"])
    build = st.builds(
        lambda t, v, late, o: Event(concept, t, None, t + late, v, None, o), time, value, late, origin
    )
    return st.lists(build, max_size=most)


PATIENT = st.tuples(*(_events(n, 3 if n in ("weight", "crystalloid") else 8) for n in VALUES)).map(
    lambda parts: [e for part in parts for e in part]
)


def asked_of(patients) -> pl.DataFrame:
    """Every event's moment, just beside it, an hour and the window after it."""
    shifts = (0, -1, 1, HOUR, HOUR + 1, 6 * HOUR, 6 * HOUR + 1)
    moments = sorted({(p, e.time + s) for p, events in enumerate(patients) for e in events for s in shifts})
    return pl.DataFrame(moments, schema={"pid": pl.UInt32, "time": pl.Int64}, orient="row")


def in_words(events: list[Event], moment: int) -> tuple[float | None, float | None]:
    """What both nodes say, from their descriptions, without charts: for events of one version each."""
    weights = [(e.time, e.value) for e in events if e.concept == "weight" and e.time <= moment]
    if not weights:
        return None, None
    fluid = sorted((e.time, e.value) for e in events if e.concept == "crystalloid")
    inside = [(t, v) for t, v in fluid if moment - 6 * HOUR <= t <= moment]
    needed = round(30 * max(weights)[1], 3)
    done = [t for t, _ in inside if round(sum(v for u, v in inside if u <= t), 3) >= needed]
    if not done:
        return None, None
    low = {}
    for event in events:
        if event.concept in ROW[:2] and done[0] <= event.time <= moment:
            limit = 90 if event.concept == "systolic_pressure" else 65
            low[event.time] = low.get(event.time, False) or event.value < limit
    if moment not in low:
        return (moment - done[0]) / HOUR, None
    newest = [low[t] for t in sorted(low, reverse=True)]
    return (moment - done[0]) / HOUR, float([*newest, False].index(False))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(patients=st.lists(PATIENT, min_size=1, max_size=3))
def test_batch_equals_live(patients):
    asked = asked_of(patients)
    seen = charts(table(patients), SEP1_SHOCK.concepts)
    for signal in (since_crystalloid_30, low_in_a_row, BOTH_LOW):
        bedsides = [Bedside([SEP1_SHOCK]) for _ in patients]
        for bedside, events in zip(bedsides, patients, strict=True):
            for event in events:
                bedside.see(event)
        live = [value_at(signal, time, bedsides[pid].chart) for pid, time in asked.iter_rows()]
        value, basis = values_at(signal, asked, seen)
        assert value == [v for v, _ in live]
        assert [b for v, b in zip(value, basis, strict=True) if v is not None] == [
            b for v, b in live if v is not None
        ]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=PATIENT)
def test_as_the_words_say(drawn):
    once = {(e.concept, e.time): e for e in drawn if e.value is not None}
    events = list(once.values())
    bedside = Bedside([SEP1_SHOCK])
    for event in events:
        bedside.see(event)
    for _, time in asked_of([events]).iter_rows():
        found = [value_at(s, time, bedside.chart)[0] for s in (since_crystalloid_30, low_in_a_row)]
        assert tuple(found) == in_words(events, time)


def _vasopressor(bedside: Bedside, zero: int) -> Opening:
    """How the clock's vasopressor stands, looked back on, for a septic shock found at this moment."""
    finding, stay = Finding("sep1_septic_shock", zero, zero), Admission(-HOUR)
    case = Case(record_of(bedside.chart), finding, 100 * HOUR, stay)
    fluid, vasopressor, _ = SEP_1.arms[1].tasks
    opened = opening(fluid, case, {})
    return opening(vasopressor, case, {fluid.name: (opened, closing(fluid, case, None))})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=PATIENT)
def test_what_starts_the_clock_opens_its_vasopressor(drawn):
    bedside = Bedside([SEP1_SHOCK])
    for event in drawn:
        bedside.see(event)
    row = next(row for row in SEP1_SHOCK.rows if row.name == "hypotension")
    for moment in sorted({e.time for e in drawn}):
        values = {s.name: value_at(s, moment, bedside.chart)[0] for s in row.signals.values()}
        opened = _vasopressor(bedside, moment)
        if holds(row.cells[1], values):
            assert opened.state == OPEN and opened.at <= moment
        elif value_at(weight, moment, bedside.chart)[0]:  # the clock also takes the first weight after it
            assert opened.state != OPEN or opened.at != moment


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
