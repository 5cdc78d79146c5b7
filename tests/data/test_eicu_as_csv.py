"""Twenty made-up patients give the same labels from tables of eICU as from the csv source."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

import opensepsis
from tests.support.hospitals.as_eicu import Twenty

_DEFINITIONS = "sofa,sofa2,news2,sirs,qsofa,kdigo,sepsis3:orders"


def test_twenty_patients_have_equal_labels_from_both_forms(tmp_path: Path) -> None:
    twenty = Twenty()
    stays, events = twenty.frames()
    events = events.filter(pl.col("concept") != "antibiotic")  # eICU has orders only
    options = {"stay_kind": "icu", "definitions": _DEFINITIONS}
    there = opensepsis.label("eicu", twenty.folder(tmp_path / "eicu"), **options)
    here = opensepsis.label(stays=stays, events=events, **options)
    order = ["patient", "stay"]
    assert_frame_equal(there.stays.sort(order).drop("sex"), here.stays.sort(order).drop("sex"))
    for name, ticks in here.scores.items():
        keys = [*order, "time"]
        assert_frame_equal(there.scores[name].sort(keys), ticks.sort(keys))
    columns = ["definition", "patient", "stay", "onset", "suspected", "organ_failure", "points", "baseline"]
    assert_frame_equal(
        there.episodes.select(columns).sort(columns), here.episodes.select(columns).sort(columns)
    )
    assert here.stays["sepsis3:orders"].sum() > 4
    assert here.scores["sofa"].select(pl.col("rows_known").max()).item() == 6
