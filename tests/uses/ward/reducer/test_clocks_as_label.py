"""The clocks of the ward and of `label` start at the same moments, from the same facts."""

import random
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.engine.clocks.time_zero import MOVED, NO_LONGER
from opensepsis.uses.label import label
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.detection import tasks_now
from opensepsis.uses.ward.state.monitored import USUAL_CLOCKS, watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.time_zeros import PATIENTS, written
from tests.support.ward.hospital import FEW, FOREVER, entries, facts_of, of

Zeros = set[tuple[str, str, str, int]]
EXAMPLES = Path(__file__).parents[4] / "examples" / "hospital"


def both(folder: Path, out: Path) -> tuple[Zeros, Zeros]:
    """(stay, clock, trigger, time zero) as the ward has them when everybody has left, and as `label` writes them."""
    shown, told, _, _ = with_cancelled(folder, out)
    return shown, told


def with_cancelled(folder: Path, out: Path) -> tuple[Zeros, Zeros, Zeros, Zeros]:
    """As `both`, and those that were withdrawn, as the ward has them and as `label` writes them."""
    facts = facts_of(read_timeline(folder))
    ward = Ward(watched(clocks=USUAL_CLOCKS), AlertPolicy(leave_after=FOREVER))
    ward.take(entries(facts))
    end = max(received for received, _ in facts) + 3 * 3_600_000_000
    ward.run_timers(end)
    present = {p.visit.name: p for p in ward.patients.values() if p.visit}
    shown, withdrawn = set(), set()
    for stay, patient in present.items():
        for task in tasks_now(patient, end):
            at = [f for f in patient.findings[task.trigger] if f.time == task.time_zero]
            stands = any(f.withdrawn is None for f in at)
            (shown if stands else withdrawn).add((stay, task.clock, task.trigger, task.time_zero))
    told = label("timeline", folder, out, definitions=",".join(USUAL_CLOCKS)).clocks
    told = told.filter(pl.col("stay").is_in(list(present)))
    gone = (pl.col("state") == "contradicted") & pl.col("reason").is_in([MOVED, NO_LONGER])
    columns = "stay", "clock", "trigger", pl.col("time_zero").to_physical()
    stand, cancelled = (set(told.filter(f).select(columns).unique().rows()) for f in (~gone, gone))
    return shown, stand, withdrawn, cancelled


def test_on_patients_between_the_hours(tmp_path):
    source = open_source("csv", written(tmp_path, PATIENTS), "UTC")
    write_timeline(source, tmp_path / "timeline")
    shown, told = both(tmp_path / "timeline", tmp_path / "out")
    assert shown == told
    assert len(told) >= 2 * len(PATIENTS)


def test_on_the_example_hospital(tmp_path):
    write_timeline(open_source("csv", EXAMPLES, "UTC"), tmp_path / "timeline")
    shown, told, withdrawn, cancelled = with_cancelled(tmp_path / "timeline", tmp_path / "out")
    assert shown == told
    assert len(told) > 15
    assert cancelled and cancelled <= withdrawn


CORRECTED = {  # concept, time, known, value, text, origin; suspected at 10:00, known at 11:10
    "creatinine": ["creatinine,11:00,11:00,2.5,,k", "creatinine,11:00,15:00,0.9,,k"],
    "taken back": ["creatinine,11:00,11:00,2.5,,k", "creatinine,11:00,15:00,,,k"],
    "still high": ["creatinine,11:00,11:00,2.5,,k", "creatinine,11:00,15:00,2.2,,k"],
    "moved": [
        "creatinine,11:00,11:00,2.5,,k",
        "creatinine,11:00,15:00,0.9,,k",
        "platelets,13:00,13:00,90,,p",
    ],
    "lactate": [
        "heart_rate,10:00,10:00,100,,h",
        "respiratory_rate,10:00,10:00,24,,r",
        "lactate,11:00,11:30,4.2,,l",
        "lactate,11:00,15:00,1.2,,l",
    ],
    "score": [
        "respiratory_rate,11:00,11:00,25,,r",
        "heart_rate,11:00,11:00,131,,h",
        "temperature,11:00,11:00,39.2,,t",
        "heart_rate,11:00,12:20,80,,h",
    ],
    "too early": ["creatinine,09:00,09:00,2.5,,k", "creatinine,09:00,09:30,0.9,,k"],
}


PAIR = ["culture,10:00,10:00,,blood,c", "antibiotic,10:00,11:10,,ceftriaxone|iv,a"]


def charted(folder: Path, patients: dict[str, list[str]]) -> Path:
    """The timeline of patients whose rows are typed as in `CORRECTED`."""
    day, lines = "2026-01-06T", []
    for name, rows in patients.items():
        for concept, time, known, *rest in (row.split(",") for row in rows):
            lines.append(",".join([name, concept, f"{day}{time}Z", f"{day}{known}Z", *rest]))
    written(folder, {name: [] for name in patients})
    head = "patient,concept,time,known,value,text,origin"
    (folder / "events.csv").write_text("\n".join([head, *lines]) + "\n")
    write_timeline(open_source("csv", folder, "UTC"), folder / "timeline")
    return folder / "timeline"


def test_what_a_correction_cancels(tmp_path):
    timeline = charted(tmp_path, {name: PAIR + rows for name, rows in CORRECTED.items()})
    shown, stand, withdrawn, cancelled = with_cancelled(timeline, tmp_path / "out")
    assert shown == stand
    assert withdrawn == cancelled
    assert {stay for stay, *_ in cancelled} == {"creatinine", "taken back", "moved", "lactate", "score"}


VALUES = {
    "creatinine": ("2.5", "0.9", "3.6"),
    "platelets": ("90", "210", "140"),
    "lactate": ("4.2", "1.2", "2.4"),
    "heart_rate": ("135", "80", "112"),
    "respiratory_rate": ("26", "14", "22"),
    "mean_pressure": ("58", "75", "66"),
    "temperature": ("39.4", "37.0", "35.2"),
}


def _course(draw: random.Random) -> list[str]:
    """A pair and a dozen values, each at a minute of its own and known at once; some are corrected or taken back later."""
    minutes = draw.sample(range(8 * 60, 20 * 60), 14)
    times = [f"{m // 60:02}:{m % 60:02}" for m in minutes]
    rows = [f"culture,{times[0]},{times[0]},,blood,c", f"antibiotic,{times[1]},{times[1]},,ceftriaxone|iv,a"]
    for number, time in enumerate(times[2:]):
        concept = draw.choice(list(VALUES))
        said = draw.choice(VALUES[concept])
        rows.append(f"{concept},{time},{time},{said},,{number}")
        later = draw.randrange(20 * 60, 24 * 60) if draw.random() < 0.5 else minutes[2 + number] + 1
        if draw.random() < 0.5:
            other = draw.choice([v for v in (*VALUES[concept], "") if v != said])
            rows.append(f"{concept},{time},{later // 60:02}:{later % 60:02},{other},,{number}")
    return rows


def test_a_crowd_with_corrections(tmp_path):
    draw = random.Random(2026)
    timeline = charted(tmp_path, {f"p{i}": _course(draw) for i in range(25)})
    shown, stand, withdrawn, cancelled = with_cancelled(timeline, tmp_path / "out")
    assert shown == stand
    assert cancelled == withdrawn
    assert len(cancelled) > 20


@pytest.mark.long
def test_on_simulated_patients(tmp_path):
    simulate = pytest.importorskip("opensepsis.uses.simulate").simulate
    simulate(60, 96, seed=8, out=tmp_path / "simulated")
    folder = tmp_path / "simulated" / "timelines" / "usual"
    shown, told, withdrawn, cancelled = with_cancelled(folder, tmp_path / "out")
    assert shown == told
    assert cancelled <= withdrawn  # the ward also withdraws what a value filed late moves
    assert len(told) > 40


def tasks_of(facts, end: int, **asked) -> dict[str, list]:
    """The tasks of every patient who is there when everybody has left, of a ward that watches these."""
    ward = Ward(watched(**asked), AlertPolicy(leave_after=FOREVER))
    ward.take(entries(facts))
    ward.run_timers(end)
    return {name: tasks_now(patient, end) for name, patient in ward.patients.items() if patient.visit}


@pytest.mark.parametrize("clock", USUAL_CLOCKS)
def test_a_clock_alone_stands_as_among_others(clock, every_clock):
    facts, end, among = every_clock
    alone = tasks_of(facts, end, scores=(), phenotypes=(), clocks=(clock,))
    assert alone == {name: [t for t in tasks if t.clock == clock] for name, tasks in among.items()}


@pytest.fixture(scope="module")
def every_clock():
    facts = of((*FEW, "SIM|P08"))
    end = max(received for received, _ in facts) + 3 * 3_600_000_000
    among = tasks_of(facts, end)
    there = {task.clock for tasks in among.values() for task in tasks}
    assert there == set(USUAL_CLOCKS) - {"ssc2026_children"}  # the example hospital has no child in shock
    return facts, end, among
