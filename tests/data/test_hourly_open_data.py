"""Hourly tables of the open data: some patients of each, and what their pages say of them."""

import os
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.data.sources import open_source
from opensepsis.data.sources.hourly.rows import ENTERED
from opensepsis.data.timeline.writer import write_timeline

_DATA = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared")) / "data"


def _needs(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"needs the open data at {path}")
    return path


def test_the_challenge_of_2019_keeps_every_patient_and_counts_impossible_mean_pressures(
    tmp_path: Path,
) -> None:
    rows = pl.read_parquet(_needs(_DATA / "physionet-2019") / "training_setA.parquet").head(40_000)
    rows = rows.filter(pl.col("patient_id") != rows["patient_id"][-1])
    rows.write_parquet(tmp_path / "a.parquet")
    timeline = write_timeline(open_source("hourly", tmp_path / "a.parquet"), tmp_path / "timeline")
    assert timeline.stays.filter(pl.col("kind") == "icu").height == rows["patient_id"].n_unique()
    low, mean, high = rows["DBP"], rows["MAP"], rows["SBP"]
    crossed = ((mean < low) | (mean > high)).sum()
    assert 0 < crossed < 0.03 * rows.height
    assert any(f"in {crossed:,} of " in note for note in timeline.counts["source"]["notes"])
    mapped = timeline.counts["source"]["mapped"]
    assert mapped["heart_rate"] == rows["HR"].fill_nan(None).count()
    temperature = timeline.events().filter(pl.col("concept") == "temperature").collect()["value"]
    assert (temperature * 100 - (temperature * 100).round()).abs().max() < 1e-9  # as printed, not 37.09999847


def test_the_challenge_of_2012_keeps_every_record(tmp_path: Path) -> None:
    rows = pl.read_parquet(_needs(_DATA / "physionet-2012") / "set-a.parquet").head(60_000)
    rows.write_parquet(tmp_path / "set-a.parquet")
    timeline = write_timeline(open_source("hourly", tmp_path / "set-a.parquet"), tmp_path / "timeline")
    assert timeline.stays.height == rows["RecordID"].n_unique()
    urine = rows.filter(pl.col("Parameter") == "Urine", pl.col("Value").is_between(0, 5000))
    found = timeline.events().filter(pl.col("concept") == "urine_output").collect()
    assert found["value"].sum() == pytest.approx(urine["Value"].sum())
    assert (
        timeline.stays["sex"].null_count()
        == rows.filter(pl.col("Parameter") == "Gender", pl.col("Value") == -1).height
    )


def test_the_hourly_table_of_the_eicu_demo_keeps_every_stay(tmp_path: Path) -> None:
    folder = _needs(_DATA / "eicu-demo" / "hourly")
    timeline = write_timeline(
        open_source("hourly", folder), tmp_path / "timeline", frozenset({"heart_rate", "creatinine"})
    )
    listed = pl.read_parquet(folder / "static.parquet")
    assert timeline.stays.height == listed.height
    assert (
        timeline.counts["source"]["mapped"]["creatinine"]
        == pl.read_parquet(folder / "dynamic.parquet")["crea"].count()
    )


def test_sofa_of_the_first_day_is_the_reference_of_2012_where_no_pressure_was_low(tmp_path: Path) -> None:
    """The reference counts what is missing as 0 and knows vasopressors, which the records lack: hence only where none was needed."""
    folder = _needs(_DATA / "physionet-2012")
    rows = pl.read_parquet(folder / "set-a.parquet").head(200_000)
    rows = rows.filter(pl.col("RecordID") != rows["RecordID"][-1])
    rows.write_parquet(tmp_path / "set-a.parquet")
    labels = opensepsis.label("hourly", tmp_path / "set-a.parquet", stay_kind="icu", definitions="sofa")
    organs = ["respiration", "coagulation", "liver", "circulation", "brain", "kidney"]
    total = pl.sum_horizontal(pl.col(organ).fill_null(0) for organ in organs)
    first_day = (
        labels.scores["sofa"].filter(pl.col("time") == ENTERED + timedelta(hours=24)).with_columns(ours=total)
    )
    pressure = pl.col("Parameter").is_in(["MAP", "NIMAP"]) & pl.col("Value").is_between(10, 69.9)
    low = rows.filter(pl.col("minute") <= 1440, pressure)["RecordID"].unique().cast(pl.String)
    reference = pl.read_parquet(folder / "outcomes-a.parquet").filter(pl.col("SOFA") >= 0)
    both = first_day.join(reference.with_columns(stay=pl.col("RecordID").cast(pl.String)), on="stay")
    fair = both.filter(~pl.col("stay").is_in(low.implode()))
    assert fair.height > 50
    assert (fair["ours"] == fair["SOFA"]).mean() > 0.85
    assert both.select(pl.corr("ours", "SOFA", method="spearman")).item() > 0.9


def test_whether_anyone_of_the_challenges_had_sepsis_is_not_known(tmp_path: Path) -> None:
    rows = pl.read_parquet(_needs(_DATA / "physionet-2019") / "training_setA.parquet").head(500)
    rows.write_parquet(tmp_path / "a.parquet")
    labels = opensepsis.label("hourly", tmp_path / "a.parquet", stay_kind="icu", definitions="sepsis3,sirs")
    assert labels.stays["sepsis3"].null_count() == labels.stays.height
    assert labels.run["judged"]["sepsis3"] == 0
