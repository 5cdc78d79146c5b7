"""A model beside a ward: the numbers of batch on the same messages, each hour once, and refused where the site lacks an input."""

import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.early_warning import EarlyWarning
from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import FormatError
from opensepsis.uses.predict.familiarity import STATES
from opensepsis.uses.predict.grid import read_grid
from opensepsis.uses.predict.score import score_grid
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import entries, facts_of

pytest.importorskip("lightgbm")
_PATIENTS = 4


@pytest.fixture(scope="module")
def facts(hospitals):
    found = facts_of(read_timeline(hospitals / "timeline-b"))
    ill = pl.read_parquet(hospitals / "b.parquet").filter(SepsisLabel=1)["patient_id"].unique().sort()
    chosen = {f"SIM|{name}" for name in ill[:_PATIENTS]}
    return [(received, fact) for received, fact in found if fact.patient in chosen]


def run(facts, early):
    ward = Ward(watched(("news2",), (), ()), AlertPolicy(leave_after=timedelta(days=100_000)))
    ward.on_hour = early
    ward.take(entries(facts))
    ward.run_timers(max(received for received, _ in facts) + 3 * HOUR)
    return [json.loads(line) for line in early.log.read_text().splitlines()]


def test_a_ward_scores_as_batch_does(trained, hospitals, facts, tmp_path):
    lines = run(facts, EarlyWarning(trained.model, tmp_path / "log.jsonl"))
    grid = read_grid(read_timeline(hospitals / "timeline-b"), trained.model.inputs, "b", "hospital")
    scored = score_grid(trained.model, grid, 1)
    place = {stay: i for i, stay in enumerate(grid.stays["stay"].to_list())}
    admitted = grid.stays["admitted"].to_list()
    compared = above = 0
    for line in lines:
        stay = place[line["visit"]]
        hour = round((datetime.fromisoformat(line["time"]) - admitted[stay]) / timedelta(hours=1))
        row = grid.begin[stay] + hour - 1
        if row >= grid.begin[stay + 1]:
            continue  # the hour in which the visit ended
        assert line["state"] == STATES[scored.state[row]]
        assert line["risk"] is None or line["risk"] == scored.risk[row]
        assert line["model"] == trained.model.digest[:12] and line["silent"] is True
        assert bool(line["reasons"]) == line["above"]
        compared += line["risk"] is not None
        above += line["above"]
    assert compared > 60 and above > 0


def test_a_ward_that_starts_again_writes_no_hour_twice(trained, facts, tmp_path):
    first = run(facts[: len(facts) // 2], EarlyWarning(trained.model, tmp_path / "log.jsonl"))
    lines = run(facts, EarlyWarning(trained.model, tmp_path / "log.jsonl"))
    hours = [(line["visit"], line["time"]) for line in lines]
    assert len(hours) == len(set(hours)) > len(first)
    whole = run(facts, EarlyWarning(trained.model, tmp_path / "whole.jsonl"))
    assert {(one["visit"], one["time"], one["risk"]) for one in whole} >= {
        (one["visit"], one["time"], one["risk"]) for one in lines[: len(first) // 2]
    }


def test_a_model_whose_input_nobody_gives_is_refused(trained, facts, tmp_path, monkeypatch):
    monkeypatch.setattr("opensepsis.early_warning.hourly_scores._VISITS", 2)
    without = [(r, f) for r, f in facts if not (isinstance(f, Charted) and f.event.concept == "lactate")]
    early = EarlyWarning(trained.model, tmp_path / "log.jsonl")
    run(without, early)
    assert "lactate" in early.refused


def test_a_fault_of_the_model_never_reaches_the_ward(trained, facts, tmp_path, monkeypatch):
    early = EarlyWarning(trained.model, tmp_path / "log.jsonl")
    (tmp_path / "log.jsonl").touch()
    monkeypatch.setattr("opensepsis.early_warning.hourly_scores.states", lambda *_: np.array([99]))
    run(facts[:200], early)
    assert "could not score" in early.refused


def test_a_log_of_something_else_is_refused(trained, tmp_path):
    (tmp_path / "log.jsonl").write_text('{"other": 1}\n')
    with pytest.raises(FormatError, match="not one of a model's log"):
        EarlyWarning(trained.model, tmp_path / "log.jsonl")
