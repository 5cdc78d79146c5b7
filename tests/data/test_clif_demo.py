"""The open CLIF demo, where it is at hand: what it keeps is equal to the MIMIC-IV demo of the same patients, five hours later."""

import os
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.intake.checks import split
from opensepsis.data.intake.medicines import NO_CRYSTALLOID
from opensepsis.data.intake.rejections import ALSO_VENOUS
from opensepsis.data.sources.clif import open_clif
from opensepsis.data.sources.mimic_iv import open_mimic_iv

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO, ORIGINAL = SHARED / "data" / "mimic-iv-demo-clif", SHARED / "data" / "mimic-iv-demo"
pytestmark = pytest.mark.skipif(
    not DEMO.is_dir(),
    reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/mimic-iv-demo-clif",
)
CLOCK = timedelta(hours=5)  # local time and five hours, winter and summer
# rows of the demo: counted in its files by category, less what is no value (tubes, words) or beyond plausible limits
EXACT = {
    "heart_rate": 13910, "spo2": 13540, "gcs_eye": 3278, "gcs_verbal": 3279 - 1352 - 4, "rass": 2751, "norepinephrine": 947,
    "vasopressin": 55, "phenylephrine": 625, "dopamine": 28, "dobutamine": 44, "epinephrine": 36, "milrinone": 15,
    "diagnosis": 4506, "lactate": 638, "creatinine": 2366, "bilirubin": 803, "inr": 1252, "comfort_care": 1, "dialysis": 566,
    "procedure": 783, "antibiotic": 1065,
}  # fmt: skip
# whose every value stands in the original at the same minute; what an edition rounds or calls otherwise is not among them
EQUAL = (
    "heart_rate", "mean_pressure", "systolic_pressure", "spo2", "rass", "lactate", "creatinine", "bilirubin", "platelets", "inr",
    "potassium", "fio2", "oxygen_flow",
)  # fmt: skip
RATES = (
    "norepinephrine",
    "phenylephrine",
    "vasopressin",
    "epinephrine",
    "dopamine",
    "dobutamine",
    "milrinone",
)


@pytest.fixture(scope="module")
def demo():
    source = open_clif(DEMO, "Etc/GMT+5")
    stays = source.stays()
    parts = [split(batch) for batch in source.events(None)]
    return (
        stays,
        pl.concat(kept for kept, _ in parts),
        pl.concat(aside for _, aside in parts),
        source.counts(),
    )


@pytest.fixture(scope="module")
def original():
    if not ORIGINAL.is_dir():
        pytest.skip(f"no {ORIGINAL}")
    source = open_mimic_iv(ORIGINAL)
    asked = frozenset((*EQUAL, *RATES))
    return source.stays(), pl.concat(split(batch)[0] for batch in source.events(asked))


def test_every_stay_is_there(demo):
    stays, *_ = demo
    assert dict(stays["kind"].value_counts().iter_rows()) == {"hospital": 275, "icu": 140, "emergency": 183}
    assert not stays["stay"].is_duplicated().any()
    assert stays.filter(pl.col("died").is_not_null())["patient"].n_unique() == 31
    assert stays.filter(pl.col("discharged") < pl.col("admitted")).is_empty()


def test_counts_of_rows_and_the_version(demo):
    counts = demo[3]
    assert {c: demo[1].filter(pl.col("concept") == c).height for c in EXACT} == EXACT
    assert (counts["clif"]["version"], counts["clif"]["timezone"]) == ("2.1", "Etc/GMT+5")
    assert counts["read"]["vitals"] == 89_085 and counts["unmapped"]["vitals"] == []
    assert {"output", "ecmo_mcs"} <= set(counts["clif"]["absent"])


def test_few_values_are_impossible_and_none_is_unread(demo):
    reasons = dict(demo[2]["reason"].value_counts().iter_rows())
    assert set(reasons) == {"outside plausible limits", NO_CRYSTALLOID, ALSO_VENOUS}
    assert sum(reasons.values()) - reasons[ALSO_VENOUS] < 0.001 * demo[1].height


def test_admissions_and_deaths_are_the_original_ones(demo, original):
    ours, theirs = (stays.filter(kind="hospital").sort("stay") for stays in (demo[0], original[0]))
    assert ours["stay"].to_list() == theirs["stay"].to_list()
    for moment in ("admitted", "discharged"):
        assert (ours[moment] - CLOCK).to_list() == theirs[moment].to_list()
    # the original has the hour of a death in the stay of the death only, for the other stays its day
    died = (ours["died"] - CLOCK, theirs["died"])
    assert [d and d.date() for d in died[0]] == [d and d.date() for d in died[1]]


def _values(events: pl.DataFrame, concept: str, moved: timedelta = timedelta(0)) -> pl.DataFrame:
    rows = events.filter(pl.col("concept") == concept)
    time, end = ((pl.col(name) - moved).dt.truncate("1m") for name in ("time", "end"))
    return rows.select(
        pl.col("patient").cast(pl.String), time=time, end=end, value=pl.col("value").round_sig_figs(5)
    )


@pytest.mark.parametrize("concept", EQUAL)
def test_values_equal_the_original_at_their_minute(demo, original, concept):
    ours, theirs = _values(demo[1], concept, CLOCK), _values(original[1], concept)
    assert ours.height > 0
    assert ours.join(theirs, on=["patient", "time", "value"], how="anti").is_empty()


@pytest.mark.parametrize("concept", RATES)
def test_rates_run_as_long_as_in_the_original(demo, original, concept):
    ours, theirs = _values(demo[1], concept, CLOCK), _values(original[1], concept)
    same = ours.join(theirs, on=["patient", "time", "end"], how="semi")
    assert same.height == ours.height == theirs.height
    assert (ours["value"].sum() / theirs["value"].sum()) == pytest.approx(1, abs=1e-5)
