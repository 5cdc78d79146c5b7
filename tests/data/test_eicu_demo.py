"""The open demo of eICU, where it is at hand: no stay dropped, volumes as its README counts them, and its hourly table as a check."""

from pathlib import Path

import polars as pl

from opensepsis.data.intake.checks import split
from opensepsis.data.sources.eicu import open_eicu
from tests.support.hospitals.eicu_demo import DEMO
from tests.support.hospitals.eicu_demo import folder as folder
from tests.support.hospitals.eicu_demo import pytestmark as pytestmark


def _events(folder: Path, *concepts: str) -> tuple[pl.DataFrame, dict]:
    source = open_eicu(folder)
    kept = [split(batch)[0] for batch in source.events(frozenset(concepts))]
    return pl.concat(kept), source.counts()


def test_every_stay_is_there(folder: Path) -> None:
    stays = open_eicu(folder).stays()
    assert stays["kind"].value_counts(sort=True).rows() == [("icu", 2520), ("hospital", 2174)]
    icu = stays.filter(pl.col("kind") == "icu")
    assert (icu["age"] == 90).sum() >= 98  # "> 89"
    assert icu["sex"].null_count() == 4
    assert (stays["discharged"] >= stays["admitted"]).all()
    assert stays.filter(pl.col("kind") == "hospital")["died"].count() == 187


def test_laboratory_values_are_those_of_the_hourly_table(folder: Path) -> None:
    """Creatinine and platelets of the stays that both hold, hour by hour: the hourly table has the median of an hour."""
    found, _ = _events(folder, "creatinine", "platelets")
    stays = open_eicu(folder).stays().filter(pl.col("kind") == "icu").select("patient", "stay", "admitted")
    single = stays.filter(pl.len().over("patient") == 1)
    hourly = pl.read_parquet(DEMO / "hourly" / "dynamic.parquet").select(
        pl.col("stay_id").cast(pl.String).alias("stay"),
        pl.col("time").dt.total_hours().alias("hour"),
        "crea",
        "plt",
    )
    for concept, column in (("creatinine", "crea"), ("platelets", "plt")):
        mine = found.filter(pl.col("concept") == concept).with_columns(pl.col("patient").cast(pl.String))
        mine = mine.join(single, on="patient").with_columns(
            hour=(pl.col("time") - pl.col("admitted")).dt.total_minutes() // 60
        )
        median = mine.group_by("stay", "hour").agg(pl.col("value").median())
        both = median.join(hourly.drop_nulls(column), on=["stay", "hour"])
        assert both.height > 250
        assert (both["value"] - both[column]).abs().max() < 0.006


def test_rates_of_norepinephrine_are_known_only_where_unit_and_weight_are(folder: Path) -> None:
    found, told = _events(folder, "norepinephrine")
    assert found["patient"].n_unique() > 150
    share = found["value"].count() / found.height
    assert 0.4 < share < 0.5  # most others are mL/h without a concentration
    assert 0.02 < found["value"].median() < 0.2
    assert told["unmapped"]["infusiondrug"][0] == {"code": "Fentanyl (mcg/hr)", "count": 2893}


def test_urine_is_most_of_the_output_that_was_charted(folder: Path) -> None:
    found, told = _events(folder, "urine_output")
    assert found.height > 40_000
    assert 50 < found["value"].median() < 250
    assert told["read"]["intakeoutput"] == 100_466
    unmapped = [one["code"] for one in told["unmapped"]["intakeoutput"] if "Output (ml)" in one["code"]]
    assert not [path for path in unmapped if path.endswith(("Urine", "Foley cath", "URINE CATHETER"))]


def test_only_twelve_hospitals_sent_cultures_and_the_others_are_not_known(folder: Path) -> None:
    source = open_eicu(folder)
    silent = source.not_sent().filter(pl.col("concept") == "culture")
    stays = source.stays()
    assert stays.height - 600 < silent["stay"].n_unique() < stays.height
    assert source.not_sent().filter(pl.col("concept") == "antibiotic")["stay"].n_unique() == stays.height
