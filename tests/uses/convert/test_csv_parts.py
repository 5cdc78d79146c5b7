"""Parts of a hospital's patients in tables of the csv source, each told what the rows of all say, are together the whole hospital."""

import json
from pathlib import Path
from zlib import crc32

import polars as pl
import pytest

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.sources.csv_folder import counts_of_parts
from opensepsis.data.sources.csv_survey import survey_of_parts
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import SourceError, StayError
from opensepsis.uses.convert.joined import join_parts
from opensepsis.uses.convert.part import converted_elsewhere, surveyed_elsewhere
from opensepsis.uses.convert.parted import parted
from opensepsis.uses.convert.pieces import plan_of, write_piece
from tests.support.hospitals import csv_tables

EVERYTHING = RejectionLimits(stays_share=1, rows_share=1)
PARTS = 3


def staged(hospital: Path, into: Path) -> list[str]:
    """The tables in parts, as workers write them; comes back with their names."""
    files = {name: [hospital / f"{name}.parquet"] for name in ("stays", "events")}
    (into / "staged").mkdir(parents=True)
    plan = plan_of(parted("csv"), files, PARTS, into / "staged")
    for number in range(len(plan.pieces)):
        write_piece(number, plan.as_text)
    return list(files)


def converted(hospital: Path, into: Path) -> Path:
    asked = {"source": "csv", "timezone": None, "site": None, "longest_stay": 5, "into": str(into)}
    asked["tables"] = staged(hospital, into)
    surveys = [json.loads(surveyed_elsewhere(n, json.dumps(asked)))["said"] for n in range(PARTS)]
    asked["whole"] = survey_of_parts(surveys).as_text
    assert [converted_elsewhere(n, json.dumps(asked)) for n in range(PARTS)] == [
        json.dumps({"said": ""})
    ] * PARTS
    parts = [into / "parts" / str(n) for n in range(PARTS)]
    join_parts(into, parts, EVERYTHING, counts_of_parts)
    return into


def test_parts_are_the_whole(tmp_path):
    hospital = csv_tables.write(tmp_path / "hospital")
    whole = write_timeline(open_source("csv", hospital), tmp_path / "whole", limits=EVERYTHING)
    csv_tables.assert_alike(read_timeline(converted(hospital, tmp_path / "t")), whole)
    reasons = {one["reason"] for one in whole.counts["rejections"]}
    assert {"no unit", "patient without a stay", "'value' is not a number"} <= reasons
    assert any("rates of 1 infusion" in note for note in whole.counts["source"]["notes"])


def test_a_stay_of_patients_in_two_parts_is_refused(tmp_path):
    hospital = csv_tables.write(tmp_path / "hospital")
    stays = pl.read_parquet(hospital / "stays.parquet")
    part = pl.Series("part", [crc32(patient.encode()) % PARTS for patient in stays["patient"]])
    two = stays.with_columns(part).unique("part", maintain_order=True)["stay"][:2]
    stays.with_columns(pl.col("stay").replace({two[1]: two[0]})).write_parquet(hospital / "stays.parquet")
    with pytest.raises(StayError, match="1 stay of several patients in 2 rows"):
        converted(hospital, tmp_path / "t")


def test_a_problem_of_a_part_is_told(tmp_path):
    hospital = csv_tables.write(tmp_path / "hospital")
    pl.read_parquet(hospital / "events.parquet").drop("time").write_parquet(hospital / "events.parquet")
    tables = staged(hospital, tmp_path / "t")
    asked = {"source": "csv", "timezone": None, "site": None, "tables": tables, "into": str(tmp_path / "t")}
    assert "has no column 'time'" in json.loads(surveyed_elsewhere(0, json.dumps(asked)))["problem"]


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("[events]\nfiles = ['lab.csv']\n", "names other files"),
        ("[stays.columns]\npatient = 'house + number'\n", "one column that names the patient"),
    ],
)
def test_layouts_that_an_engine_cannot_part(site, said, tmp_path):
    (tmp_path / "site.toml").write_text(site)
    with pytest.raises(SourceError, match=said):
        parted("csv", tmp_path / "site.toml")


def test_the_column_of_the_patient_is_that_of_the_site(tmp_path):
    (tmp_path / "site.toml").write_text("[events.columns]\npatient = 'PatNr'\n")
    how = parted("csv", tmp_path / "site.toml")
    assert (how.patient_of("events"), how.patient_of("stays")) == ("patnr", "patient")
