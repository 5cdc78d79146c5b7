"""The clocks, against cases typed from the reference: done exactly at the due time, and just after it.

Times are hours from time zero; an event is `concept@hour`, then `=value`, `/text` or `..end`.
"""

import csv
import re
from pathlib import Path

import pytest

from opensepsis.definitions import CLOCKS, DEFINITIONS
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.chart import Chart, Event
from opensepsis.engine.clock import evaluate
from opensepsis.engine.findings import Finding
from opensepsis.engine.openings import Admission
from opensepsis.engine.record import record_of
from opensepsis.rules import BandTrigger

WORDS = re.compile(r"(\w+)@(-?[\d.]+?)(?:\.\.(-?[\d.]+))?(?:=([\d.]+))?(?:/(\S*))?$")
# defined in other branches of the work; each leaves this list when it lands
COMING = {"phoenix_sepsis", "phoenix_septic_shock"}
with open(Path(__file__).parent / "clocks" / "cases.csv", encoding="utf-8") as lines:
    CASES = list(csv.DictReader(lines))


def moment(hour: str | None) -> int | None:
    return None if not hour else round(float(hour) * 3600) * 1_000_000


def patient(typed: str) -> tuple[Chart, dict[str, int]]:
    """The chart of the events typed, and when the patient left or died."""
    chart, ends = Chart(CONCEPTS), {}
    for word in typed.split():
        name, at, end, value, text = WORDS.match(word).groups()
        if name in ("discharged", "died"):
            ends[name] = moment(at)
            continue
        value = float(value) if value else None
        chart.see(Event(name, moment(at), moment(end), moment(at), value, text or None, None))
    return chart, ends


@pytest.mark.parametrize("case", CASES, ids=[f"{c['clock']}: {c['case']}" for c in CASES])
def test_case(case):
    chart, ends = patient(case["events"])
    now = moment(case["now"]) if case["now"] else moment("30")
    stay = Admission(moment("-50"), ends.get("discharged"), ends.get("died"), float(case["age"]))
    finding = Finding(case["trigger"], 0, 0, ("start",))
    states = evaluate(CLOCKS[case["clock"]], record_of(chart), [finding], now, stay)
    if case["state"] == "no clock":
        assert states == []
        return
    found = {s.task: s for s in states}[case["task"]]
    assert found.state == case["state"], found
    for name in ("due_by", "done"):
        if case[name]:
            assert getattr(found, name) == moment(case[name]), found
    if case["order"]:
        assert found.order == case["order"]


def test_every_task_has_a_case():
    typed = {(c["clock"].partition(":")[0], c["trigger"], c["task"]) for c in CASES}
    defined = {
        (clock.name, arm.trigger.name, task.name)
        for name, clock in CLOCKS.items()
        if ":" not in name
        for arm in clock.arms
        for task in arm.tasks
    }
    shared = {("reassess"), ("lactate"), ("repeat_lactate"), ("fluid_now"), ("fluid_1h"), ("source_control")}
    missing = {m for m in defined - typed if m[2] not in shared}
    assert not missing
    assert {c for c, _, t in defined} == {c for c, _, _ in typed}
    assert {t for _, _, t in defined} == {t for _, _, t in typed}


def test_every_trigger_is_defined_or_coming():
    named = set()
    for trigger in (arm.trigger for clock in CLOCKS.values() for arm in clock.arms):
        banded = isinstance(trigger, BandTrigger)
        named |= {trigger.score, trigger.infection} if banded else {trigger.phenotype}
    assert named - set(DEFINITIONS) <= COMING
    assert not COMING & set(DEFINITIONS), "it has landed: take it off the list"


def test_every_task_that_is_named_exists_and_comes_first():
    for arm in (arm for clock in CLOCKS.values() for arm in clock.arms):
        seen = set()
        for task in arm.tasks:
            follows = getattr(task.when, "follows", None)
            named = getattr(task.when, "task", None) or (follows and follows.task)
            assert named is None or named in seen
            seen.add(task.name)
        assert all(t.before in seen for t in arm.tasks if t.before)
