"""kill -9 of a whole ward under load, with snapshots written all the time: nothing lost, nothing doubled, the state as the log has it."""

from pathlib import Path

import pytest

from tests.support.ward.kills import kill_wards


@pytest.mark.long
def test_a_ward_killed_fifty_times(tmp_path: Path):
    kill_wards(str(tmp_path / "ward.db"), rounds=50, seed=3)
