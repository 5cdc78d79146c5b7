"""The clocks, against cases typed from the reference: done exactly at the due time, and just after it.

Times are hours from time zero; events as in `typed.py`.
"""

import csv
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.schema import MOMENT
from opensepsis.definitions import CLOCKS, DEFINITIONS
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.clocks.evaluate import evaluate
from opensepsis.engine.clocks.record import record_of
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import BandTrigger
from opensepsis.uses.label.clocks import label_clocks, time_zeros
from tests.support.parity.tables import table
from tests.support.typed import events, moment

HERE = Path(__file__).parent / "clocks"


def read(path: Path) -> list[dict]:
    with open(path, encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


CASES = [case for path in sorted(HERE.glob("*.csv")) for case in read(path)]
LOOKED_BACK = [case for case in CASES if not case["now"]]


def patient(typed: str) -> tuple[list[Event], dict[str, int]]:
    """The events typed, and when the patient left or died."""
    found = events(typed)
    ends = {e.concept: e.time for e in found if e.concept in ("discharged", "died")}
    return [e for e in found if e.concept not in ends], ends


@pytest.mark.parametrize("case", CASES, ids=[f"{c['clock']}: {c['case']}" for c in CASES])
def test_case(case):
    seen, ends = patient(case["events"])
    chart = Chart(CONCEPTS)
    for event in seen:
        chart.see(event)
    now = moment(case["now"]) if case["now"] else moment("30")
    stay = Admission(moment("-50"), ends.get("discharged"), ends.get("died"), float(case["age"]))
    finding = TimeZero(case["trigger"], 0, 0, ("start",))
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


@cache
def found_by_label(clock: str, trigger: str) -> dict[int, dict[str, str]]:
    """The state of each task as `label` writes it, of each case of a trigger that is looked back on, all at once."""
    numbers = [
        i for i, case in enumerate(LOOKED_BACK) if (case["clock"], case["trigger"]) == (clock, trigger)
    ]
    patients = [patient(LOOKED_BACK[number]["events"]) for number in numbers]
    sid = pl.Series(range(len(numbers)), dtype=pl.UInt32)
    stays = pl.DataFrame(
        {
            "sid": sid,
            "pid": sid,
            "patient": [f"P{n}" for n in sid],
            "stay": [f"S{n}" for n in sid],
            "admitted": [moment("-50")] * len(sid),
            "discharged": [ends.get("discharged", moment("30")) for _, ends in patients],
            "died": [ends.get("died") for _, ends in patients],
            "age": [float(LOOKED_BACK[number]["age"]) for number in numbers],
        },
        schema_overrides={"died": pl.Int64},
    ).with_columns(pl.col("admitted", "discharged", "died").cast(MOMENT))
    started = next(a.trigger for a in CLOCKS[clock].arms if a.trigger.name == trigger)
    banded = isinstance(started, BandTrigger)
    times = dict.fromkeys(("onset", "known", "suspected"), 0) | {
        "organ_failure": None,
        "shock": None,
        "withdrawn": None,
    }
    episode = {"definition": started.infection if banded else started.phenotype, **times}
    episodes = pl.DataFrame(
        [episode | {"sid": n, "evidence": ["start"]} for n in sid],
        schema_overrides=dict.fromkeys(times, pl.Int64) | {"sid": pl.UInt32},
    )
    reached = pl.DataFrame({"sid": sid}).with_columns(time=0, total=started.at_least if banded else 0)
    bands = [a.trigger.name for a in CLOCKS[clock].arms if isinstance(a.trigger, BandTrigger)]
    clocks, points = [CLOCKS[clock]], dict.fromkeys(bands, reached)
    events = table([seen for seen, _ in patients])
    written = label_clocks(clocks, stays, events, time_zeros(clocks, episodes, points))
    found = {number: {} for number in numbers}
    for stay, task, state in written.select("stay", "task", "state").iter_rows():
        found[numbers[int(stay[1:])]][task] = state
    return found


@pytest.mark.parametrize(
    "number", range(len(LOOKED_BACK)), ids=[f"{c['clock']}: {c['case']}" for c in LOOKED_BACK]
)
def test_label_writes_the_same(number):
    case = LOOKED_BACK[number]
    written = found_by_label(case["clock"], case["trigger"])[number]
    assert written.get(case["task"], "no clock") == case["state"]


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


def test_every_trigger_is_defined():
    named = set()
    for trigger in (arm.trigger for clock in CLOCKS.values() for arm in clock.arms):
        banded = isinstance(trigger, BandTrigger)
        named |= {trigger.score, trigger.infection} if banded else {trigger.phenotype}
    assert named <= set(DEFINITIONS)


def test_every_task_that_is_named_exists_and_comes_first():
    for arm in (arm for clock in CLOCKS.values() for arm in clock.arms):
        seen = set()
        for task in arm.tasks:
            follows = getattr(task.when, "follows", None)
            named = getattr(task.when, "task", None) or (follows and follows.task)
            assert named is None or named in seen
            seen.add(task.name)
        assert all(t.before in seen for t in arm.tasks if t.before)
