"""The measurements that only models read come from every source that has them: as many as the data hold, of the same blood."""

import os
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.rules import clock_concepts, concepts_read
from tests.support.hospitals.eicu_demo import folder as eicu_folder  # noqa: F401

DATA = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared")) / "data"
LABORATORY = (
    "chloride", "calcium", "magnesium", "phosphate", "hematocrit", "ast", "alkaline_phosphatase", "direct_bilirubin", "base_excess",
)  # fmt: skip
ASKED = frozenset((*LABORATORY, "troponin_i", "sao2", "end_tidal_co2"))
# values of the laboratory's table of the MIMIC-IV demo, by their itemids, that are numbers
COUNTS = {
    "chloride": 3082, "calcium": 2377, "magnesium": 2470, "phosphate": 2337, "hematocrit": 3051, "ast": 1165,
    "alkaline_phosphatase": 1138, "direct_bilirubin": 53, "base_excess": 889,
}  # fmt: skip


def counted(kind: str, folder: Path) -> tuple[dict[str, int], dict[str, float]]:
    """How many values of each concept a source gives, and their median."""
    if not folder.is_dir():
        pytest.skip(f"no {folder}; set OPENSEPSIS_SHARED to the folder that holds data")
    rows = pl.concat([*open_source(kind, str(folder)).events(ASKED)], how="diagonal")
    kept = rows.filter(pl.col("reason").is_null()) if "reason" in rows.columns else rows
    found = kept.group_by("concept").agg(pl.len(), pl.col("value").median())
    return dict(zip(found["concept"], found["len"], strict=True)), dict(
        zip(found["concept"], found["value"], strict=True)
    )


def test_no_definition_reads_them():
    for one in (*SCORES.values(), *PHENOTYPES.values()):
        assert ASKED.isdisjoint(concepts_read(one)), one.name
    for clock in CLOCKS.values():
        assert ASKED.isdisjoint(clock_concepts(clock)), clock.name


def test_mimic_iv_and_omop_give_every_value_of_the_laboratory():
    counts, medians = counted("mimic-iv", DATA / "mimic-iv-demo")
    assert counts == COUNTS | {
        "sao2": 126,
        "end_tidal_co2": 202,
    }  # of 223 saturations of a gas 126 are told to be arterial
    in_omop, of_omop = counted("omop", DATA / "mimic-iv-demo-omop")
    assert in_omop == COUNTS  # its saturations of blood are read as SpO2, as before
    assert all(of_omop[name] == medians[name] for name in LABORATORY)


def test_clif_gives_them_and_no_saturation_that_also_stands_as_venous():
    counts, medians = counted("clif", DATA / "mimic-iv-demo-clif")
    assert counts.keys() == {*LABORATORY, "sao2"} - {"hematocrit", "base_excess"}  # CLIF has neither
    assert counts["sao2"] == 141  # 201 in the file
    assert medians["calcium"] == 8.5 and medians["chloride"] == 102 and medians["direct_bilirubin"] == 2.1


def test_eicu_gives_them_and_end_tidal_co2_of_the_ventilator(eicu_folder):  # noqa: F811
    counts, medians = counted("eicu", eicu_folder)
    assert counts.keys() == ASKED - {"sao2"}  # O2 Sat (%) does not tell of which blood
    assert 100 < counts["end_tidal_co2"] < 200 and 30 < medians["end_tidal_co2"] < 45
    assert (
        95 < medians["chloride"] < 110 and 0 < medians["troponin_i"] < 1 and abs(medians["base_excess"]) < 5
    )
