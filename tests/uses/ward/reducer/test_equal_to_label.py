"""What the ward shows at an hour is what `label --as-known` gives for that hour, to the last point."""

import os
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.definitions import PHENOTYPES
from opensepsis.uses.label import label
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.detection import labelled
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import FOREVER, entries, facts_of

SCORES = ("news2", "qsofa", "sirs", "sofa", "phoenix")
COURSES = ("suspected_infection", "sepsis3", "septic_shock")
SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[5] / "shared"))


def compared(folder: Path, out: Path, most: int = 10_000, scores=SCORES, courses=COURSES) -> tuple[int, int]:
    """How many hours and courses were compared, of so many patients at most."""
    facts = facts_of(read_timeline(folder))
    chosen = set(sorted({fact.patient for _, fact in facts})[:most])
    facts = [(received, fact) for received, fact in facts if fact.patient in chosen]
    ward = Ward(watched(scores, courses, ()), AlertPolicy(leave_after=FOREVER))
    ward.take(entries(facts))
    ward.run_timers(max(received for received, _ in facts) + 3 * 3_600_000_000)
    label("timeline", folder, out, definitions=",".join((*scores, *courses)), as_known=True)
    present = {p.visit.name: p for p in ward.patients.values() if p.visit}
    hours = sum(_same_hours(out, name, present) for name in scores)
    return hours, sum(_same_courses(out, name, present) for name in courses)


def _same_hours(out: Path, score: str, present: dict) -> int:
    frame = pl.read_parquet(out / "scores" / f"{score.replace(':', '-')}.parquet")
    frame = frame.with_columns(pl.col("time").to_physical())
    compared = 0
    for (stay,), rows in frame.group_by("stay", maintain_order=True):
        if patient := present.get(str(stay)):
            place = [s.name for s in patient.watching.scores].index(score)
            known = {time: totals[place] for time, totals in patient.ticks.as_known}
            for time, total in rows.select("time", "total").iter_rows():
                assert known[time] == total, f"{score} {(time - patient.visit.admitted) / 3.6e9} h"
                compared += 1
    return compared


def _same_courses(out: Path, name: str, present: dict) -> int:
    columns = ("onset", "suspected", "organ_failure", "shock", "withdrawn")
    found = pl.read_parquet(out / "episodes.parquet").filter(pl.col("definition") == name)
    found = found.with_columns(pl.col(columns).to_physical()).sort("onset")
    compared = 0
    for stay, patient in present.items():
        mine = labelled(patient, PHENOTYPES[name], 2**62)
        told = found.filter(pl.col("stay") == stay).select(*columns, "points").rows()
        rows = [(e.onset, e.suspected, e.organ_failure, e.shock, e.withdrawn, e.points) for e in mine]
        assert sorted(rows, key=lambda r: r[0]) == told
        compared += len(told)
    return compared


def test_on_the_example_hospital(tmp_path):
    source = open_source("csv", Path(__file__).parents[4] / "examples" / "hospital", "UTC")
    write_timeline(source, tmp_path / "timeline")
    hours, courses = compared(tmp_path / "timeline", tmp_path / "out")
    assert hours > 1000
    assert courses > 5


def test_a_definition_that_asks_for_the_sex(tmp_path):
    source = open_source("csv", Path(__file__).parents[4] / "examples" / "hospital", "UTC")
    write_timeline(source, tmp_path / "timeline")
    hours, _ = compared(
        tmp_path / "timeline", tmp_path / "out", scores=("kdigo:estimated_baseline",), courses=()
    )
    totals = pl.read_parquet(tmp_path / "out/scores/kdigo-estimated_baseline.parquet")["total"]
    assert hours > 500 and totals.count() > 100 and totals.max() > 0


@pytest.mark.long
def test_on_simulated_patients(tmp_path):
    simulate = pytest.importorskip("opensepsis.uses.simulate").simulate
    simulate(150, 120, seed=5, out=tmp_path / "simulated")
    hours, courses = compared(tmp_path / "simulated" / "timelines" / "usual", tmp_path / "out")
    assert hours > 20_000
    assert courses > 50


@pytest.mark.long
def test_on_the_mimic_demo(tmp_path):
    folder = SHARED / "data" / "mimic-iv-demo"
    if not folder.is_dir():
        pytest.skip(f"the MIMIC-IV demo is not in {SHARED} (OPENSEPSIS_SHARED)")
    write_timeline(open_source("mimic-iv", folder), tmp_path / "timeline")
    hours, courses = compared(tmp_path / "timeline", tmp_path / "out", most=30)
    assert hours > 5000
    assert courses > 20
