"""The clocks do not care in which order things arrived, and many patients at once are judged as one after another."""

from dataclasses import replace
from random import Random

import polars as pl
import pytest

from opensepsis.definitions import CLOCKS
from opensepsis.engine.batch.chart import close_open_intervals
from opensepsis.engine.clocks.batch.time_zero import band_findings
from opensepsis.engine.clocks.evaluate import TaskState, evaluate
from opensepsis.engine.clocks.record import Record, record_of
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero, found_by_band
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.phenotypes import Episode
from opensepsis.rules import BandTrigger, Kind, clock_concepts
from opensepsis.uses.label.clocks import label_clocks
from tests.support.parity.crowds import NUMBER, assert_alike, patient
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import table

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
STAYS = {
    "sid": pl.UInt32,
    "pid": pl.UInt32,
    "patient": pl.String,
    "stay": pl.String,
    **dict.fromkeys(("admitted", "discharged", "died"), pl.Datetime("us")),
    "age": pl.Float64,
}
FEED_ALIVE_UNTIL = {"lactate": -(2**62), "crystalloid": 4 * HOUR, "weight": 0}  # until when a feed was alive
MOMENT = ["time_zero", "time_zero_known", "due_from", "due_by", "begun", "done", "done_known"]
OFTEN = ("lactate", "culture", "antibiotic", "crystalloid", "weight", "mean_pressure", "norepinephrine")


def drawn(draw: Random) -> list[Event]:
    often = {name: CONCEPTS[name] for name in OFTEN}
    return patient(often, NEAR, draw, most=25) + patient(CONCEPTS, NEAR, draw, most=15)


def uncorrected(events) -> list[Event]:
    """The same without an origin and without words: nothing takes another away, so they are judged on arrays."""
    return [replace(e, origin=None) for e in events if CONCEPTS[e.concept].kind is not Kind.WORD]


def findings_of(draw: Random) -> list[TimeZero]:
    """One to four, no two of one trigger and moment."""
    chosen = {(draw.choice(TRIGGERS), draw.choice(ZEROS)) for _ in range(draw.randint(1, 4))}
    gone = [None, None, 3 * HOUR, 60 * HOUR]
    return [
        TimeZero(trigger, time, 0, draw.choice([(), ("x", "y")]), withdrawn=draw.choice(gone), reason="why")
        for trigger, time in sorted(chosen)
    ]


def seen(events) -> Chart:
    chart = Chart(CONCEPTS)
    for end in ENDS:
        chart.stay_ends(end)
    for event in events:
        chart.see(event)
    return chart


def states(record: Record, findings, now: int, age: float = 50, feed_alive_until=None) -> list:
    stay = Admission(-60 * HOUR, ENDS[1], None, age)
    return [
        s
        for clock in CLOCKS.values()
        for s in evaluate(clock, record, findings, now, stay, feed_alive_until=feed_alive_until)
    ]


def test_order_and_repetition_make_no_difference():
    for number in range(NUMBER // 2):
        draw = Random(number)
        events, findings = drawn(draw), findings_of(draw)
        shuffled = draw.sample(events, len(events)) + events[:3]
        now = draw.choice([HOUR, 4 * HOUR, 45 * HOUR])
        expected = states(record_of(seen(events)), findings, now)
        assert states(record_of(seen(shuffled)), list(reversed(findings)), now) == expected, number


def from_polars(cases) -> list[list]:
    """The states of every clock of each case (events, findings, age), judged in Polars and arrays of all at once."""
    ends = [(pid, end) for pid in range(len(cases)) for end in ENDS]
    ends = pl.DataFrame(ends, schema={"pid": pl.UInt32, "time": pl.Int64}, orient="row")
    events = close_open_intervals(table([events for events, *_ in cases]), ends, CONCEPTS)
    stays = [(pid, pid, str(pid), "", -60 * HOUR, ENDS[1], None, age) for pid, (*_, age) in enumerate(cases)]
    stays = pl.DataFrame(stays, schema=STAYS, orient="row")
    found = {pid: findings for pid, (_, findings, _) in enumerate(cases)}
    rows = label_clocks(CLOCKS.values(), stays, events, found, FEED_ALIVE_UNTIL).with_columns(
        pl.col(MOMENT).to_physical()
    )
    states = [[] for _ in cases]
    for row in rows.drop("version", "verified", "stay").to_dicts():
        row["evidence"], pid = tuple(row["evidence"]), int(row.pop("patient"))
        states[pid].append(TaskState(**row))
    return states


def from_charts(events, findings, age) -> list:
    return states(record_of(seen(events)), findings, ENDS[1], age, FEED_ALIVE_UNTIL)


def test_many_patients_at_once_give_what_one_after_another_gives():
    draw = Random("clocks")
    cases = [(drawn(draw), findings_of(draw), draw.choice([5, 50])) for _ in range(5 * NUMBER // 4)]
    cases += [(uncorrected(events), *more) for events, *more in cases]
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


@pytest.mark.parametrize(
    "hours, state",
    [((-7, -5), "not indicated"), ((-5, -4), "not known"), ((-5, 0), "not indicated"), ((0, 2), "not known")],
)
def test_a_run_of_readings_lies_wholly_in_the_time_looked_at(hours, state):
    low = [Event("mean_pressure", h * HOUR, None, h * HOUR, 60.0, None, None) for h in hours]
    case = (low, [TimeZero("sep1_severe_sepsis", 0, 0)], 50)
    assert from_polars([case]) == [from_charts(*case)]
    assert next(s.state for s in from_charts(*case) if (s.clock, s.task) == ("sep1", "fluid_30")) == state


def test_of_two_drugs_begun_at_once_the_one_known_first_closes_a_task():
    low = [Event("mean_pressure", h * HOUR, None, h * HOUR, 60.0, None, None) for h in (0, 1)]
    given = [
        Event(name, HOUR, 5 * HOUR, known * HOUR, 0.1, None, name)
        for name, known in (("dopamine", 4), ("phenylephrine", 3), ("vasopressin", 4))
    ]
    case = ([*low, *given], [TimeZero("sepsis3", 0, 0)], 50)
    assert from_polars([case]) == [from_charts(*case)]
    assert "phenylephrine" in {e for s in from_charts(*case) for e in s.evidence}


def test_what_is_known_late_changes_nothing_but_when_it_was_known():
    """Without corrections, the same events known later give the same states in the end."""
    for number in range(NUMBER // 2):
        draw = Random(number)
        events = [replace(e, origin=None, known=e.time) for e in drawn(draw)]
        late = [replace(e, known=e.time + 9 * HOUR) for e in events]
        findings = findings_of(draw)
        both = [
            [replace(s, done_known=None) for s in states(record_of(seen(some)), findings, ENDS[1])]
            for some in (events, late)
        ]
        assert both[0] == both[1], number


BANDS = [arm.trigger for c in CLOCKS.values() for arm in c.arms if isinstance(arm.trigger, BandTrigger)]


@pytest.mark.parametrize("number", range(0, NUMBER // 2, 25))
def test_bands_are_found_alike(number):
    for one in range(number, number + 25):
        bands_of(one)


def bands_of(number: int) -> None:
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
