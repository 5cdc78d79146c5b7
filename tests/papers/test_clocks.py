"""The clocks, against cases typed from the reference: done exactly at the due time, and just after it.

Times are hours from time zero; events as in `typed.py`.
"""

import csv
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


def found_by_label(case: dict) -> list[tuple[str, str]]:
    """The state of each task as `label` writes it, for a case that is looked back on."""
    seen, ends = patient(case["events"])
    stays = pl.DataFrame(
        {"sid": [0], "pid": [0], "patient": ["P"], "stay": ["S"], "admitted": [moment("-50")]}
        | {
            "discharged": [ends.get("discharged", moment("30"))],
            "died": [ends.get("died")],
            "age": [float(case["age"])],
        },
        schema_overrides={"died": pl.Int64, "pid": pl.UInt32},
    ).with_columns(pl.col("admitted", "discharged", "died").cast(MOMENT))
    trigger = next(a.trigger for a in CLOCKS[case["clock"]].arms if a.trigger.name == case["trigger"])
    banded = isinstance(trigger, BandTrigger)
    times = dict.fromkeys(("onset", "known", "suspected"), 0) | {
        "organ_failure": None,
        "shock": None,
        "withdrawn": None,
    }
    episode = {"definition": trigger.infection if banded else trigger.phenotype, "sid": 0, **times}
    episodes = pl.DataFrame(
        [episode | {"evidence": ["start"]}], schema_overrides=dict.fromkeys(times, pl.Int64)
    )
    score = trigger.at_least if banded else 0
    bands = [a.trigger.name for a in CLOCKS[case["clock"]].arms if isinstance(a.trigger, BandTrigger)]
    points = dict.fromkeys(bands, pl.DataFrame({"sid": [0], "time": [0], "total": [score]}))
    clocks = [CLOCKS[case["clock"]]]
    written = label_clocks(clocks, stays, table([seen]), time_zeros(clocks, episodes, points))
    return written.select("task", "state").rows()


@pytest.mark.parametrize("case", LOOKED_BACK, ids=[f"{c['clock']}: {c['case']}" for c in LOOKED_BACK])
def test_label_writes_the_same(case):
    written = dict(found_by_label(case))
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
