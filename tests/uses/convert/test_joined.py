"""Timelines of parts of the patients, put together, are the timeline of all; what is too much of all together is an error."""

from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import SourceError, StayError
from opensepsis.uses.convert.by_engine import as_before, convert_by_engine
from opensepsis.uses.convert.joined import join_parts

EVERYTHING = RejectionLimits(stays_share=1, rows_share=1)


class Half:
    """Some patients of the example hospital."""

    name = "csv"

    def __init__(self, number: int, wrong: int = 0):
        self._wrong = wrong  # so many of the stays end before they begin
        self._whole = open_source("csv", "examples/hospital")
        patients = self._whole.stays()["patient"].unique().sort()
        self._some = patients.gather_every(2, number).implode()

    def stays(self):
        stays = self._whole.stays().filter(pl.col("patient").is_in(self._some)).with_row_index("n")
        ends = pl.when(pl.col("n") < self._wrong).then(pl.col("admitted") - pl.duration(hours=1))
        return stays.with_columns(discharged=ends.otherwise("discharged")).drop("n")

    def events(self, concepts):
        for batch in self._whole.events(concepts):
            yield batch.filter(pl.col("patient").cast(pl.String).is_in(self._some))

    def counts(self):
        return {"mapped": {}, "notes": ["one"], "unmapped": {"names": [{"code": "x", "count": 2}]}}


@pytest.fixture
def parts(tmp_path) -> list[Path]:
    return [
        write_timeline(Half(number), tmp_path / str(number), limits=EVERYTHING, shard_patients=3).path
        for number in (0, 1)
    ]


def joined(parts: list[Path], into: Path, limits: RejectionLimits = EVERYTHING) -> Timeline:
    into.mkdir()
    join_parts(into, parts, limits)
    return read_timeline(into)


def test_parts_are_the_whole(parts, tmp_path):
    whole = write_timeline(open_source("csv", "examples/hospital"), tmp_path / "whole", limits=EVERYTHING)
    told = [read_timeline(part) for part in parts]
    found = joined(parts, tmp_path / "joined")
    assert found.facts == whole.facts
    assert found.stays.sort("stay").equals(whole.stays.sort("stay"))
    assert len(found.shards) == sum(len(part.shards) for part in told) > 2
    for name in ("read", "written", "stays", "patients", "rejected", "rejected_stays"):
        assert found.counts[name] == whole.counts[name], name
    assert found.counts["source"]["unmapped"]["names"] == [{"code": "x", "count": 4}]
    assert found.counts["source"]["notes"] == ["one"]
    assert found.rejected.height == whole.rejected.height
    assert found.rejected_stays.height == whole.rejected_stays.height


def test_limits_hold_for_all_parts_together(tmp_path):
    """Two of seven and one of eight stays: each part alone would be let through."""
    parts = [
        write_timeline(Half(number, wrong), tmp_path / str(number), limits=EVERYTHING).path
        for number, wrong in ((0, 1), (1, 2))
    ]
    with pytest.raises(StayError, match="3 of 15 stays"):
        joined(parts, tmp_path / "joined", RejectionLimits(stays_share=0.1, stays=2, rows_share=1))
    assert not (tmp_path / "joined" / "timeline.json").exists()


def test_only_tables_of_patients_are_parted(tmp_path):
    with pytest.raises(SourceError, match="clif, csv, mimic-iv and omop, not for meds"):
        convert_by_engine("meds", "examples/hospital", tmp_path / "t", "sail")


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        ('{"parts": 3}', 3),
        ('{"parts": 2}', 2),
        ('{"parts": 8}', 8),
        ('{"parts": 9}', 4),
        ('{"parts": 1}', 4),
        ("{}", 4),
        ("[", 4),
        ("[]", 4),
    ],
)
def test_a_timeline_made_again_has_as_many_parts(told, parts, tmp_path):
    """A patient's part is a hash by their number: another number moves everybody."""
    assert as_before(tmp_path, 4) == 4
    (tmp_path / "timeline.json").write_text(told)
    assert as_before(tmp_path, 4) == parts
