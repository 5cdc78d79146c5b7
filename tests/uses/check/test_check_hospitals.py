"""Hospitals of which nothing is to be noticed: the open demo of MIMIC-IV, and five simulated ones."""

import os
from pathlib import Path

import pytest

import opensepsis
from opensepsis.uses.check import check

DEMO = (
    Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "mimic-iv-demo"
)
pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", ["icu", "hospital"])
@pytest.mark.skipif(
    not DEMO.is_dir(), reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/mimic-iv-demo"
)
def test_the_open_demo_gives_no_notice(tmp_path: Path, kind: str) -> None:
    opensepsis.label("mimic-iv", DEMO, stay_kind=kind, out=tmp_path / "results")
    assert check(tmp_path / "results").notices == ()


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_simulated_hospital_gives_no_notice(tmp_path: Path, seed: int) -> None:
    opensepsis.simulate(patients=150, seed=seed, out=tmp_path / "simulated", truth_interval=0)
    opensepsis.label("timeline", tmp_path / "simulated" / "timelines" / "usual", out=tmp_path / "results")
    assert check(tmp_path / "results").notices == ()
