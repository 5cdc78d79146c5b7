"""The open demo of 100 real patients, where it is at hand: none dropped, and every concept with a plausible count and median."""

import os
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.intake.checks import split
from opensepsis.data.intake.specimen import NOT_ARTERIAL
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.definitions.concepts import CONCEPTS

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO = SHARED / "data" / "mimic-iv-demo"
MAPS = Path(str(files("opensepsis.data") / "maps"))
pytestmark = pytest.mark.skipif(
    not DEMO.is_dir(), reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/mimic-iv-demo"
)

# rows of the demo: counted in its files by item, or given in its README
EXACT = {
    "heart_rate": 13913, "mean_pressure": 8342 + 5560 + 488, "spo2": 13540, "gcs_eye": 3274, "gcs_motor": 3251,
    "gcs_verbal": 3266 - 1348, "rass": 2751, "norepinephrine": 947, "vasopressin": 55, "phenylephrine": 625, "dopamine": 28,
    "dobutamine": 44, "epinephrine": 36, "milrinone": 15, "diagnosis": 4506, "platelets": 2820, "lactate": 758,
    "creatinine": 3003 + 5, "bilirubin": 1146 + 18, "peep": 1447 + 490, "procedure": 722 + 39,
}  # fmt: skip
MEDIANS = {
    "heart_rate": (70, 100), "mean_pressure": (65, 90), "temperature": (36, 38), "fio2": (0.21, 0.6), "pao2": (70, 150),
    "creatinine": (0.6, 2), "platelets": (100, 300), "bilirubin": (0.2, 2), "lactate": (1, 3), "urine_output": (30, 200),
    "weight": (50, 110), "height": (150, 190), "norepinephrine": (0.02, 0.5), "vasopressin": (0.01, 0.06), "ph": (7.3, 7.45),
    "d_dimer": (0.2, 10), "crystalloid": (1, 500),
}  # fmt: skip


@pytest.fixture(scope="module")
def demo():
    source = open_mimic_iv(DEMO)
    stays = source.stays()
    parts = [split(batch) for batch in source.events(None)]
    return (
        stays,
        pl.concat(kept for kept, _ in parts),
        pl.concat(aside for _, aside in parts),
        source.counts(),
    )


def test_every_stay_is_there(demo):
    stays, *_ = demo
    assert dict(stays["kind"].value_counts().iter_rows()) == {"hospital": 275, "icu": 140}
    assert stays["patient"].n_unique() == 100
    assert not stays.select("stay", "kind").is_duplicated().any()
    assert stays.filter(pl.col("discharged") <= pl.col("admitted")).is_empty()
    assert stays["age"].is_between(18, 102).all()
    assert stays.filter(pl.col("died").is_not_null())["patient"].n_unique() == 31
    hospital = stays.filter(kind="hospital")
    assert hospital.filter(pl.col("discharged_to") == "DIED", pl.col("died").is_not_null()).height == 15


def test_counts_of_rows(demo):
    counts = demo[3]
    assert {c: counts["mapped"].get(c) for c in EXACT} == EXACT
    assert counts["read"]["chartevents"] == 668_862 and counts["read"]["labevents"] == 107_727
    # the two that the laboratory calls "not arterial blood" though their specimen is marked arterial
    assert counts["set_aside"] == {NOT_ARTERIAL: {"pao2": 2}}
    assert counts["unmapped"]["chartevents"][0]["label"] == "Safety Measures"
    assert len(counts["unmapped"]["chartevents"]) == 200


def test_every_concept_that_the_lists_map_is_found(demo):
    found = set(demo[1]["concept"].unique())
    lists = [pl.read_csv(file, infer_schema=False) for file in MAPS.glob("mimic_iv_*.csv")]
    mapped = {c for rows in lists if "concept" in rows.columns for c in rows["concept"].drop_nulls()}
    # none of the 100 patients
    nobody_had = {"angiotensin", "ecmo", "other_vasoactive", "immunosuppressant", "troponin_i"}
    no_words = {"consciousness", "fixed_pupils"}  # this copy of the demo lost the words of these items
    not_a_number = {"fdp", "antithrombin"}  # given as a range only, or never measured
    assert mapped - found == nobody_had | no_words | not_a_number
    # told by a table as a whole, or by names of drugs and fluids
    unlisted = {
        "antibiotic_order", "antifungal", "antiviral", "crystalloid", "culture", "diagnosis", "organism", "oxygen",
    }  # fmt: skip
    assert found - mapped == unlisted


def test_what_mimic_iv_has_no_item_for_is_not_found(demo):
    # it has the parts of the GCS and no total, INR and prothrombin time and no ratio, eGFR in sentences and by skin colour, neither
    # procalcitonin nor an order for the second SpO₂ scale, and pregnancy only among the diagnoses, coded after discharge
    no_item = {"gcs_total", "pt_ratio", "egfr", "procalcitonin", "spo2_scale_2", "pregnancy"}
    told_otherwise = {"born", "admission", "sex", "baseline_creatinine"}  # by the stay, and by a site
    assert not (no_item | told_otherwise) & set(demo[1]["concept"].unique())
    assert no_item | told_otherwise <= set(CONCEPTS)


def test_medians_are_those_of_ill_adults(demo):
    medians = dict(demo[1].group_by("concept").agg(pl.col("value").median()).iter_rows())
    outside = {c: medians[c] for c, (low, high) in MEDIANS.items() if not low <= medians[c] <= high}
    assert outside == {}


def test_few_values_are_impossible(demo):
    _, kept, aside, _ = demo
    assert aside.height < 0.005 * kept.height
    assert set(aside["reason"]) == {"outside plausible limits", NOT_ARTERIAL}


def test_nothing_is_known_before_it_happens(demo):
    kept = demo[1]
    assert kept.filter(pl.col("known") < pl.col("time")).is_empty()
    assert kept.filter(pl.col("end") < pl.col("time")).is_empty()


def test_arterial_oxygen_is_never_venous(demo):
    oxygen = demo[1].filter(pl.col("concept") == "pao2")["value"]
    assert 690 <= oxygen.len() <= 734
    assert oxygen.quantile(0.01) > 40


def test_support_of_one_patient_does_not_overlap_itself(demo):
    charted = demo[1].filter(pl.col("origin") == "chartevents/ventilation/").sort("patient", "time")
    following = charted.with_columns(next=pl.col("time").shift(-1).over("patient"))
    assert following.filter(pl.col("end") > pl.col("next")).is_empty()


def test_cultures_are_pending_and_then_reported(demo):
    cultures = demo[1].filter(pl.col("concept") == "culture")
    by_specimen = cultures.group_by("patient", "origin").agg(pl.col("value").null_count(), n=pl.len())
    assert by_specimen["n"].max() == 2
    assert 900 <= by_specimen.height <= 1000
    assert set(cultures["value"].drop_nulls()) == {0.0, 1.0}
    assert not set(cultures["text"]) & {"screen", "serology", "virus"}


def test_antibiotics_have_ingredient_and_route(demo):
    given = demo[1].filter(pl.col("concept") == "antibiotic")["text"]
    assert given.str.contains(r"^[a-z/ ]+\|(IV|PO|IM|SC|)$").all()
    assert {"vancomycin|IV", "vancomycin|PO", "cefepime|IV"} <= set(given)
