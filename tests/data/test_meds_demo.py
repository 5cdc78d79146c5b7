"""The open MIMIC-IV demo as MEDS, where it is at hand: what it holds of the original, and what it cannot tell."""

import os
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO = SHARED / "data" / "mimic-iv-demo-meds"
ORIGINAL = SHARED / "data" / "mimic-iv-demo"
pytestmark = pytest.mark.skipif(
    not (DEMO.is_dir() and ORIGINAL.is_dir()),
    reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/mimic-iv-demo-meds",
)
KEY = ["patient", "concept", "time", "value"]
SAME = (
    "platelets",
    "creatinine",
    "lactate",
    "ph",
    "urine_output",
    "norepinephrine",
    "vasopressin",
    "diagnosis",
)


def events(source):
    batches = [
        batch.filter(pl.col("reason").is_null()) if "reason" in batch.columns else batch
        for batch in source.events(frozenset(SAME))
    ]
    columns = ["patient", "concept", "time", "end", "value"]
    found = pl.concat(batch.select(columns) for batch in batches).cast(
        {"patient": pl.String, "concept": pl.String}
    )
    return found.with_columns(pl.col("value").round(6), pl.col("time").dt.truncate("1m"))


@pytest.fixture(scope="module")
def demo():
    source = open_source("meds", DEMO)
    return source.stays(), events(source), source.counts()


def test_every_stay_and_death_is_there(demo):
    stays, _, counts = demo
    assert dict(stays["kind"].value_counts().iter_rows()) == {"hospital": 275, "icu": 140, "emergency": 181}
    assert stays.filter(pl.col("died").is_not_null())["patient"].n_unique() == 31
    assert counts["codes"] == {
        "list": "mimic_iv_demo",
        "run_on_data": True,
        "source": counts["codes"]["source"],
    }


@pytest.fixture(scope="module")
def original():
    return events(open_source("mimic-iv", ORIGINAL))


def test_what_it_holds_is_equal_to_the_original(demo, original):
    kept = demo[1].join(original.select(KEY).unique(), on=KEY, how="semi", nulls_equal=True)
    assert kept.height >= 0.9995 * demo[1].height
    counted = dict(demo[1]["concept"].value_counts().iter_rows())
    assert (counted["norepinephrine"], counted["platelets"], counted["vasopressin"]) == (947, 2820, 55)


def test_infusions_end_as_in_the_original(demo, original):
    ours = demo[1].filter(pl.col("concept") == "norepinephrine")
    assert ours.join(original, on=[*KEY, "end"], how="semi").height >= 940


def test_what_it_cannot_tell_is_set_aside(demo):
    aside = demo[2]["set_aside"]
    assert aside["not marked as arterial blood"] == {"paco2": 889, "pao2": 889, "sao2": 223}
    assert sum(by["gcs_verbal"] for by in aside.values() if "gcs_verbal" in by) == 1348 + 78
