"""The clocks do not care in which order things arrived, and records from Polars give what charts give."""

from dataclasses import replace
from random import Random

import polars as pl
import pytest

from opensepsis.definitions import CLOCKS
from opensepsis.engine.batch.chart import close_open_intervals
from opensepsis.engine.clocks.batch import around, band_findings, records
from opensepsis.engine.clocks.evaluate import evaluate
from opensepsis.engine.clocks.record import Record, record_of
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero, found_by_band
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.phenotypes import Episode
from opensepsis.rules import BandTrigger, clock_concepts
from tests.parity.crowds import NUMBER, assert_alike, patient
from tests.parity.patients import HOUR
from tests.parity.tables import table

CONCEPTS = {name: c for clock in CLOCKS.values() for name, c in clock_concepts(clock).items()}
NEAR = {
    "lactate": [1.9, 2.0, 2.1, 4.0, 4.1],
    "systolic_pressure": [89.0, 90.0],
    "mean_pressure": [64.0, 65.0],
    "crystalloid": [500.0, 1050.0, 2100.0],
    "weight": [70.0, 72.3],
}
TRIGGERS = sorted({arm.trigger.name for clock in CLOCKS.values() for arm in clock.arms}) + ["sepsis3"] * 5
ENDS = [20 * HOUR, 45 * HOUR]
ZEROS = [-2 * HOUR, 0, HOUR, 3 * HOUR, 26 * HOUR]
OFTEN = ("lactate", "culture", "antibiotic", "crystalloid", "weight", "mean_pressure", "norepinephrine")


def drawn(draw: Random) -> list[Event]:
    often = {name: CONCEPTS[name] for name in OFTEN}
    return patient(often, NEAR, draw, most=25) + patient(CONCEPTS, NEAR, draw, most=15)


def findings_of(draw: Random) -> list[TimeZero]:
    """One to four, no two of one trigger and moment."""
    chosen = {(draw.choice(TRIGGERS), draw.choice(ZEROS)) for _ in range(draw.randint(1, 4))}
    return [TimeZero(trigger, time, 0) for trigger, time in sorted(chosen)]


def seen(events) -> Chart:
    chart = Chart(CONCEPTS)
    for end in ENDS:
        chart.stay_ends(end)
    for event in events:
        chart.see(event)
    return chart


def states(record: Record, findings, now: int, age: float = 50) -> list:
    stay = Admission(-60 * HOUR, ENDS[1], None, age)
    return [s for clock in CLOCKS.values() for s in evaluate(clock, record, findings, now, stay)]


@pytest.mark.parametrize("number", range(NUMBER // 2))
def test_order_and_repetition_make_no_difference(number):
    draw = Random(number)
    events, findings = drawn(draw), findings_of(draw)
    shuffled = draw.sample(events, len(events)) + events[:3]
    now = draw.choice([HOUR, 4 * HOUR, 45 * HOUR])
    expected = states(record_of(seen(events)), findings, now)
    assert states(record_of(seen(shuffled)), list(reversed(findings)), now) == expected


def from_polars(cases) -> list[list]:
    """The states of every clock of each case (events, findings, age), with records that Polars reads of all at once."""
    ends = [(pid, end) for pid in range(len(cases)) for end in ENDS]
    ends = pl.DataFrame(ends, schema={"pid": pl.UInt32, "time": pl.Int64}, orient="row")
    events = close_open_intervals(table([events for events, *_ in cases]), ends, CONCEPTS)
    zeros = [(pid, f.time) for pid, (_, findings, _) in enumerate(cases) for f in findings]
    zeros = pl.DataFrame(zeros, schema={"pid": pl.UInt32, "zero": pl.Int64}, orient="row").unique()
    found = [[] for _ in cases]
    for clock in CLOCKS.values():
        read = records(events[around(events, zeros, clock).sort()], [clock])
        for pid, (_, findings, age) in enumerate(cases):
            stay = Admission(-60 * HOUR, ENDS[1], None, age)
            found[pid] += evaluate(clock, read.get(pid, Record({})), findings, ENDS[1], stay)
    return found


def from_charts(events, findings, age) -> list:
    return states(record_of(seen(events)), findings, ENDS[1], age)


def test_records_from_polars_give_what_charts_give():
    draw = Random("clocks")
    cases = [(drawn(draw), findings_of(draw), draw.choice([5, 50])) for _ in range(5 * NUMBER // 4)]
    found = assert_alike(cases, from_polars, from_charts)
    assert len({s.state for states in found for s in states}) >= 5  # so that the comparison says something


def lactate(hour, value, known=None, origin="a") -> Event:
    known = hour if known is None else known
    return Event("lactate", hour * HOUR, None, known * HOUR, value, None, origin)


def done(concept, hour, text, known=None, value=None) -> Event:
    return Event(concept, hour * HOUR, None, (hour if known is None else known) * HOUR, value, text, "a")


@pytest.mark.parametrize(
    "events",
    [
        [lactate(1, 3.0), lactate(5, 1.0), lactate(9, 1.0)],
        [lactate(1, 3.0), lactate(1, None, 2), lactate(3, 3.0), lactate(4, None), lactate(6, 1.0)],
        [lactate(1, 3.0), lactate(2, None), lactate(2, None, origin=None), lactate(7, 1.0)],
        [done("antibiotic", 1, "x|iv"), done("antibiotic", 1, None, 3)],
        [done("culture", 1, "blood"), done("culture", 1, "blood", 40, 1.0), done("antibiotic", 2, "x|iv", 3)],
        [done("culture", 1, "blood"), done("culture", 1, None, 3), done("antibiotic", 2, "x|iv", 3)],
    ],
)
def test_what_is_left_unread_is_not_needed(events):
    case = (events, [TimeZero("sepsis3", 0, 0)], 50)
    assert from_polars([case]) == [from_charts(*case)]


@pytest.mark.parametrize("number", range(NUMBER // 2))
def test_what_is_known_late_changes_nothing_but_when_it_was_known(number):
    """Without corrections, the same events known later give the same states in the end."""
    draw = Random(number)
    events = [replace(e, origin=None, known=e.time) for e in drawn(draw)]
    late = [replace(e, known=e.time + 9 * HOUR) for e in events]
    findings = findings_of(draw)
    strip = [replace(s, done_known=None) for s in states(record_of(seen(events)), findings, ENDS[1])]
    assert [replace(s, done_known=None) for s in states(record_of(seen(late)), findings, ENDS[1])] == strip


BANDS = [arm.trigger for c in CLOCKS.values() for arm in c.arms if isinstance(arm.trigger, BandTrigger)]


@pytest.mark.parametrize("number", range(NUMBER // 2))
def test_bands_are_found_alike(number):
    draw = Random(number)
    totals = draw.choices([None, *range(10)], k=draw.randint(1, 40))
    suspected = draw.sample(range(-10, 46), draw.randint(0, 3))
    ticks = [(hour * HOUR, total) for hour, total in enumerate(totals, 1)]
    infections = [Episode(h * HOUR, h * HOUR + 5, h * HOUR) for h in sorted(suspected)]
    rows = [(0, e.suspected, e.known, None, ["x"]) for e in infections]
    times = dict.fromkeys(("suspected", "known", "withdrawn"), pl.Int64)
    schema = {"sid": pl.UInt32, **times, "evidence": pl.List(pl.String)}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    at = {"sid": pl.UInt32, "time": pl.Int64, "total": pl.Int8}
    scored = pl.DataFrame([(0, *tick) for tick in ticks], schema=at, orient="row")
    for trigger in BANDS:
        expected = found_by_band(trigger, infections, ticks, [("x",)] * len(infections))
        assert [f for _, f in band_findings(trigger, frame, scored)] == expected
