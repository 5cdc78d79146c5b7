"""Results may lie below the folder of a hospital's data; below the output of an earlier run they may not."""

import pytest

from opensepsis.errors import OutputError
from opensepsis.uses.label import label
from tests.support.hospitals.csv_folder import folder


def test_results_below_the_data(tmp_path):
    hospital = folder(tmp_path / "h")
    for _ in range(2):
        label("csv", hospital, hospital / "results", stay_kind="icu", definitions="sofa")
    assert {"stays.csv", "events.csv", "results"} == {path.name for path in hospital.iterdir()}


@pytest.mark.parametrize("below", ["", "events", "labels", "events/shard-0000/x"])
def test_results_below_a_timeline(tmp_path, below):
    label("csv", folder(tmp_path / "h"), tmp_path / "out", stay_kind="icu", definitions="sofa")
    timeline = tmp_path / "out" / "timeline"
    before = sorted(path.name for path in timeline.rglob("*"))
    with pytest.raises(OutputError):
        label("timeline", timeline, timeline / below, stay_kind="icu", definitions="sofa")
    assert sorted(path.name for path in timeline.rglob("*")) == before
