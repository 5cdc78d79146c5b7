"""The examples of docs/csv.md run as they are printed."""

import re
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.site import read_site_file
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline

PAGE = (Path(__file__).parents[2] / "docs" / "csv.md").read_text(encoding="utf-8")


def printed(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_two_files_are_read_as_the_page_says(tmp_path):
    stays, events = printed("csv")
    (tmp_path / "stays.csv").write_text(stays, encoding="utf-8")
    (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    made = write_timeline(open_source("csv", tmp_path), tmp_path / "t")
    assert made.counts["rejections"] == []
    assert made.stays.sort("stay").select("age", "sex").rows() == [(71.0, "F"), (90.0, "M")]
    read = dict(made.events().collect().select(pl.col("concept").cast(pl.String), "value").rows())
    assert read == {
        "lactate": 0.2, "platelets": 150.0, "weight": 80.0, "norepinephrine": pytest.approx(0.1), "antibiotic": None,
    }  # fmt: skip


def test_the_site_file_of_the_page_is_read(tmp_path):
    (text,) = printed("toml")
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    site = read_site_file(tmp_path)
    assert [layout.files for layout in site.events] == [("labor.csv",), ("vital.csv",), ("medikamente.csv",)]
    assert site.comfort_care.is_said("Rein palliative Therapie") and site.unit("Tsd/µl") == "10*3/uL"
