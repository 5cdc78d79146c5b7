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
from opensepsis.uses.ward.model.facts import Charted, Ended


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
