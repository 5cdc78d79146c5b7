"""What a model beside a ward remembers: the same numbers as going through everything each hour, and a log of any length."""

import json
import random
from datetime import UTC, datetime

import numpy as np
import pytest

pytest.importorskip("lightgbm")

from opensepsis.early_warning.charted_hours import ChartedHours
from opensepsis.early_warning.written_hours import KEPT, WrittenHours
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import FormatError
from opensepsis.uses.predict.inputs import RUNNING, Input, read_inputs
from opensepsis.uses.ward.model.facts import Charted, Ended, Voided


def by_going_through_all(inputs, told, begin, end):
    """Each hour from everything told: what `ChartedHours` must equal."""
    values, newest = np.full(len(inputs), np.nan, np.float32), {}
    heard = [(received, fact) for _, received, fact in told if received <= end]
    for column, one in enumerate(inputs):
        for received, fact in heard:
            if not isinstance(fact, Charted) or fact.event.concept != one.concept:
                continue
            event = fact.event
            at = max(received, event.known, event.time)
            if at > end:
                continue
            if one.form == RUNNING:
                ends = [
                    e.time
                    for _, e in heard
                    if isinstance(e, Ended) and e.origin == event.origin and e.ends(event)
                ]
                if (
                    event.value != 0
                    and min([*ends, *([event.end] if event.end else [])], default=end) > begin
                ):
                    values[column] = 1.0
            elif event.value is not None and at > begin and (event.time, at) >= newest.get(column, (-1, -1)):
                values[column], newest[column] = event.value, (event.time, at)
    return values


@pytest.mark.parametrize("seed", range(20))
def test_each_hour_reads_only_what_came_since(seed):
    chosen = random.Random(seed)
    measured, runs = _one_of_each(read_inputs())
    told, now = [], 0
    for number in range(120):
        now += chosen.randrange(20) * HOUR // 30
        time = now + chosen.randrange(-3 * HOUR, HOUR)
        if chosen.random() < 0.6:
            event = Event(
                measured.concept, time, known=time, value=float(chosen.randrange(50, 90)), origin=f"o{number}"
            )
            told.append((number, now, Charted("A|1", event)))
        elif chosen.random() < 0.5:
            end = chosen.choice([None, time + HOUR])
            rate = chosen.choice([0.0, 0.1])
            event = Event(runs.concept, time, end=end, known=time, value=rate, origin=f"r{number % 4}")
            told.append((number, now, Charted("A|1", event)))
        else:
            replaced = chosen.random() < 0.5
            told.append((number, now, Ended("A|1", runs.concept, f"r{number % 4}", time, time, replaced)))
    hours = ChartedHours((measured, runs), told)
    for end in range(HOUR, now + 2 * HOUR, HOUR):
        expected = by_going_through_all((measured, runs), told, end - HOUR, end)
        np.testing.assert_array_equal(hours.values(end - HOUR, end), expected)


def rate(minute, value, origin, under="", text=None):
    event = Event(
        "norepinephrine",
        minute * 60_000_000,
        known=minute * 60_000_000,
        value=value,
        text=text,
        origin=origin,
    )
    return Charted("A|1", event, under=under)


def replaced(minute, origin, under=""):
    time = minute * 60_000_000
    return Ended("A|1", "norepinephrine", origin, time, time, True, under)


def stopped(minute, origin, under=""):
    time = minute * 60_000_000
    return Ended("A|1", "norepinephrine", origin, time, time, under=under)


FHIR = "fhir ehr/MedicationAdministration/"
PUMPS = {
    "administrations of one request": [
        rate(10, 0.3, f"{FHIR}1", "R"), rate(70, 0.1, f"{FHIR}2", "R"), replaced(70, f"{FHIR}2", "R"), stopped(130, f"{FHIR}2", "R"),
    ],
    "bags of one order": [
        rate(10, 0.3, "hl7 dose 7 NE4"), rate(70, 0.1, "hl7 dose 7 NE8"), replaced(70, "hl7 dose 7 NE8"), stopped(130, "hl7 dose 7 NE8"),
    ],
    "both numbers of an order": [
        rate(10, 0.3, "hl7 dose F|P NE4"), rate(70, 0.1, "hl7 dose P NE4"), replaced(70, "hl7 dose P NE4"), stopped(130, "hl7 dose F NE4"),
    ],
    "two that begin together": [
        rate(10, 0.3, f"{FHIR}1", "R"), rate(10, 0.1, f"{FHIR}2", "R"), replaced(10, f"{FHIR}2", "R"), stopped(130, f"{FHIR}2", "R"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", PUMPS)
def test_what_is_stopped_runs_no_longer_whatever_its_rates_are_called(case):
    """After the stop at 2 h 10 min nothing runs."""
    runs = Input("norepinephrine", RUNNING)
    told = [(n, _time(fact), fact) for n, fact in enumerate(PUMPS[case])]
    hours = ChartedHours((runs,), told)
    ran = [bool(hours.values(h * HOUR, (h + 1) * HOUR)[0] == 1.0) for h in range(5)]
    assert ran == [True, True, True, False, False]


def test_another_drug_under_a_request_runs_on_beside():
    told = [
        rate(10, 0.3, f"{FHIR}1", "R", "a"), rate(70, 0.1, f"{FHIR}2", "R", "b"),
        replaced(70, f"{FHIR}2", "R"), stopped(80, f"{FHIR}2", "R"),
    ]  # fmt: skip
    hours = ChartedHours((Input("norepinephrine", RUNNING),), [(n, _time(f), f) for n, f in enumerate(told)])
    assert [hours.values(h * HOUR, (h + 1) * HOUR)[0] for h in range(4)] == [1.0] * 4


def _time(fact) -> int:
    return fact.event.time if isinstance(fact, Charted) else fact.time


def _one_of_each(inputs) -> tuple[Input, Input]:
    return next(i for i in inputs if i.concept == "heart_rate"), next(i for i in inputs if i.form == RUNNING)


def line(visit, at):
    return (
        json.dumps(
            {"visit": visit, "time": datetime.fromtimestamp(at / 1e6, UTC).isoformat(), "x": "y" * 200}
        )
        + "\n"
    )


def test_the_last_days_of_a_log_are_known_and_nothing_before_is_written_again(tmp_path):
    log, days = tmp_path / "log.jsonl", 60
    begin = 1_772_000_000_000_000 // HOUR * HOUR
    log.write_text("".join(line(f"v{h % 7}", begin + h * HOUR) for h in range(days * 24)))
    written = WrittenHours(log)
    last = begin + (days * 24 - 1) * HOUR
    assert written.newest == last
    assert not any(written.is_new(f"v{h % 7}", begin + h * HOUR) for h in range(days * 24))
    assert written.is_new("another", last) and not written.is_new("another", last)
    assert written.is_new("v0", last + HOUR) and not written.is_new("another", last - KEPT)
    assert len(written._known) == len(written._in_order) < 15 * 24 + 3


def test_a_log_of_something_else_is_refused(tmp_path):
    (tmp_path / "log.jsonl").write_text(line("v", 10**15) + '{"other": 1}\n')
    with pytest.raises(FormatError):
        WrittenHours(tmp_path / "log.jsonl")


def heart(minute, value, origin, known=None):
    at = minute * 60_000_000
    event = Event(
        "heart_rate", at, known=at if known is None else known * 60_000_000, value=value, origin=origin
    )
    return Charted("A|1", event)


def void(minute, origin):
    return Voided("A|1", origin, minute * 60_000_000)


TAKEN_BACK = {
    "an Observation entered in error": (heart(70, 190.0, "fhir ehr/Observation/7 8867-4"), void(80, "fhir ehr/Observation/7")),
    "a result that is withdrawn": (heart(70, 190.0, "hl7 result lab F P  8867-4  8"), heart(70, None, "hl7 result lab F P  8867-4  8", 80)),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN_BACK)
@pytest.mark.parametrize("other_way_round", [False, True])
def test_what_is_taken_back_within_the_hour_is_no_input(case, other_way_round):
    wrong, gone = TAKEN_BACK[case]
    stands = heart(65, 80.0, "fhir ehr/Observation/6 8867-4")
    said = [wrong, gone] if not other_way_round else [gone, wrong]
    told = [(n, 85 * 60_000_000, fact) for n, fact in enumerate([stands, *said])]
    hours = ChartedHours((read_inputs_of("heart_rate"),), told)
    assert np.isnan(hours.values(0, HOUR)[0]) and hours.values(HOUR, 2 * HOUR)[0] == 80.0
    assert not hours.stale


@pytest.mark.parametrize("case", TAKEN_BACK)
def test_what_is_taken_back_later_makes_all_hours_stale(case):
    wrong, gone = TAKEN_BACK[case]
    told = [(0, 70 * 60_000_000, wrong), (1, 130 * 60_000_000, gone)]
    hours = ChartedHours((read_inputs_of("heart_rate"),), told)
    assert hours.values(HOUR, 2 * HOUR)[0] == 190.0 and not hours.stale
    assert np.isnan(hours.values(2 * HOUR, 3 * HOUR)[0]) and hours.stale
    again = ChartedHours((read_inputs_of("heart_rate"),), told, 3 * HOUR)
    assert np.isnan(again.values(HOUR, 2 * HOUR)[0])


def test_an_infusion_that_never_was_does_not_run():
    wrong = rate(10, 0.3, f"{FHIR}1")
    told = [(0, 10 * 60_000_000, wrong), (1, 70 * 60_000_000, void(70, f"{FHIR}1"))]
    hours = ChartedHours((Input("norepinephrine", RUNNING),), told)
    assert hours.values(0, HOUR)[0] == 1.0
    assert np.isnan(hours.values(HOUR, 2 * HOUR)[0]) and hours.stale


def read_inputs_of(concept) -> Input:
    return next(one for one in read_inputs() if one.concept == concept)
