"""The clocks of the ward and of `label` start at the same moments, from the same facts."""

from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline import read_timeline, write_timeline
from opensepsis.uses.label import label
from opensepsis.uses.ward.policy import AlertPolicy
from opensepsis.uses.ward.reducer.finding import tasks_now
from opensepsis.uses.ward.reducer.ward import Ward
from opensepsis.uses.ward.reducer.watched import USUAL_CLOCKS, watched
from tests.uses.label.test_time_zero import PATIENTS, written
from tests.uses.ward.reducer.hospital import entries, facts_of
from tests.uses.ward.reducer.test_equal_to_label import FOREVER

Zeros = set[tuple[str, str, str, int]]
EXAMPLES = Path(__file__).parents[4] / "examples" / "hospital"


def both(folder: Path, out: Path) -> tuple[Zeros, Zeros]:
    """(stay, clock, trigger, time zero) as the ward has them when everybody has left, and as `label` writes them."""
    facts = facts_of(read_timeline(folder))
    ward = Ward(watched(clocks=USUAL_CLOCKS), AlertPolicy(leave_after=FOREVER))
    ward.take(entries(facts))
    end = max(received for received, _ in facts) + 3 * 3_600_000_000
    ward.run_timers(end)
    present = {p.visit.name: p for p in ward.patients.values() if p.visit}
    shown = {
        (stay, task.clock, task.trigger, task.time_zero)
        for stay, patient in present.items()
        for task in tasks_now(patient, end)
        if any(f.time == task.time_zero and f.withdrawn is None for f in patient.findings[task.trigger])
    }
    told = label("timeline", folder, out, only=",".join(USUAL_CLOCKS)).clocks
    told = told.filter(pl.col("stay").is_in(list(present)))
    columns = "stay", "clock", "trigger", pl.col("time_zero").to_physical()
    return shown, set(told.select(columns).unique().rows())


def test_on_patients_between_the_hours(tmp_path):
    source = open_source("csv", written(tmp_path, PATIENTS), "UTC")
    write_timeline(source, tmp_path / "timeline")
    shown, told = both(tmp_path / "timeline", tmp_path / "out")
    assert shown == told
    assert len(told) >= 2 * len(PATIENTS)


def test_on_the_example_hospital(tmp_path):
    write_timeline(open_source("csv", EXAMPLES, "UTC"), tmp_path / "timeline")
    shown, told = both(tmp_path / "timeline", tmp_path / "out")
    assert shown == told
    assert len(told) > 15


@pytest.mark.long
def test_on_simulated_patients(tmp_path):
    simulate = pytest.importorskip("opensepsis.uses.simulate").simulate
    simulate(60, 96, seed=8, out=tmp_path / "simulated")
    shown, told = both(tmp_path / "simulated" / "timelines" / "usual", tmp_path / "out")
    assert shown == told
    assert len(told) > 40
