"""An engine that gives up, as Spark in local mode does for one killed worker, is asked again."""

from contextlib import nullcontext

import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import RunnerError
from opensepsis.uses.convert import by_engine, convert_by_engine
from tests.support.hospitals import as_clif
from tests.support.hospitals.as_eicu import Twenty


def giving_up(times: int):
    """Workers of this process; so many jobs in a row end after half of their parts."""
    left = [times]

    def call(spark, numbers, work):
        half = len(numbers) // 2 if left[0] else len(numbers)
        told = [(number, work(number)) for number in numbers[:half]]
        if left[0]:
            left[0] -= 1
            raise ConnectionError("Connection reset")
        left[0] = times
        return told

    return call


@pytest.fixture
def hospital(tmp_path, monkeypatch):
    monkeypatch.setattr(by_engine, "session", lambda engine: nullcontext())
    return as_clif.write(tmp_path / "hospital", *Twenty().frames())


def test_each_job_is_done_whole_the_third_time(hospital, tmp_path, monkeypatch):
    monkeypatch.setattr(by_engine, "call_with_numbers", giving_up(2))
    convert_by_engine("clif", hospital, tmp_path / "there", "spark", parts=3)
    here = write_timeline(open_source("clif", hospital), tmp_path / "here")
    assert read_timeline(tmp_path / "there").facts == here.facts


def test_an_engine_that_gives_up_three_times_leaves_nothing(hospital, tmp_path, monkeypatch):
    monkeypatch.setattr(by_engine, "call_with_numbers", giving_up(3))
    with pytest.raises(RunnerError, match="Connection reset"):
        convert_by_engine("clif", hospital, tmp_path / "there", "spark", parts=3)
    assert not [place for place in tmp_path.iterdir() if place.name != "hospital"]
