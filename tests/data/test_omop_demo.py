"""The open demo in OMOP 5.3: every stay, every row told, and what it shares with the same patients in MIMIC-IV."""

import os
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.data.sources.omop import open_omop

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", "../shared"))
DEMO = SHARED / "data" / "mimic-iv-demo-omop"
MIMIC = SHARED / "data" / "mimic-iv-demo"
pytestmark = pytest.mark.skipif(
    not DEMO.is_dir(), reason=f"the OMOP demo is not in {SHARED} (OPENSEPSIS_SHARED)"
)
LABS = ("platelets", "bilirubin", "creatinine", "lactate", "inr")


def events(source, concepts) -> pl.DataFrame:
    rows = pl.concat([*source.events(frozenset(concepts))], how="diagonal")
    return rows.filter(pl.col("reason").is_null()) if "reason" in rows.columns else rows


def test_no_stay_is_lost():
    stays = open_omop(DEMO).stays()
    kinds = dict(stays["kind"].value_counts().iter_rows())
    assert kinds == {"hospital": 273, "observation": 2, "icu": 140}  # two for observation led to an admission
    assert stays["patient"].n_unique() == 100
    assert stays.drop_nulls("died")["patient"].n_unique() == 15


def test_every_row_is_mapped_or_told():
    source = open_omop(DEMO)
    read = events(
        source, ("platelets", "antibiotic", "antibiotic_order", "diagnosis", "ventilation", "norepinephrine")
    )
    counts = source.counts()
    assert counts["read"] == {
        "measurement": 215_107, "observation": 793, "drug_exposure": 18_229, "procedure_occurrence": 18_447,
        "condition_occurrence": 16_441, "device_exposure": 3_855,
    }  # fmt: skip
    for table, rows in counts["read"].items():
        unmapped = sum(one["count"] for one in counts["unmapped"][table])
        listed_all = len(counts["unmapped"][table]) < 200
        assert rows == counts["mapped_rows"][table] + unmapped or not listed_all, table
    assert counts["drug_types"] == {"ordered": 18_229}
    assert counts["visits"]["no stay"] == {"38004207": 577}
    by = dict(read["concept"].value_counts().iter_rows())
    assert by.get("antibiotic", 0) == by.get("norepinephrine", 0) == 0  # the demo's drugs are orders
    assert by["antibiotic_order"] > 900 and by["diagnosis"] == 3_833


@pytest.mark.skipif(not MIMIC.is_dir(), reason=f"the MIMIC-IV demo is not in {SHARED} (OPENSEPSIS_SHARED)")
def test_laboratory_results_equal_those_of_mimic_iv():
    persons = pl.read_csv(DEMO / "person.csv.gz", infer_schema=False)
    names = dict(persons.select("person_id", "person_source_value").iter_rows())
    omop = events(open_omop(DEMO), LABS).with_columns(
        patient=pl.col("patient").cast(pl.String).replace_strict(names),
        concept=pl.col("concept").cast(pl.String),
    )
    mimic = events(open_mimic_iv(MIMIC), LABS).with_columns(pl.col("patient", "concept").cast(pl.String))
    keys = ["patient", "concept", "time", "value"]
    shared = omop.join(mimic.select(keys).unique(), on=keys, how="semi")
    assert omop.height > 9_000
    assert shared.height / omop.height > 0.995
