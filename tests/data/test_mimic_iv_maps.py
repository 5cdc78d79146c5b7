"""Every row of the code lists: the concept exists, the unit can be converted, no code stands twice."""

import re

import polars as pl
import pytest

from opensepsis.data.intake.text_codes import read_dose, word_of
from opensepsis.data.sources.mimic_iv.maps import first_ingredient, names_no_systemic_use, read_map
from opensepsis.data.sources.mimic_iv.support import STRENGTH
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

ITEMS = read_map("items")
LABS = read_map("labs")
RULES = {
    "chartevents": {
        "number",
        "temperature",
        "fraction",
        "word",
        "state",
        "charted",
        "circuit",
        "code status",
        "pupil",
        "ticked",
    },
    "procedureevents": {"interval", "start", "stop", "event"},
    "outputevents": {"number", "irrigation"},
    "inputevents": {"infusion", "running", "dose"},
}
# what the official units are of one unit of the concept, known independently of the factors in the lists
CONVERSIONS = {
    ("weight", "lb"): 0.45359237, ("height", "Inch"): 2.54, ("lymphocytes", "#/uL"): 0.001, ("neutrophils", "#/uL"): 0.001,
    ("d_dimer", "ng/mL"): 0.001, ("d_dimer", "ng/mL FEU"): 0.001, ("fio2", "%"): 0.01,
}  # fmt: skip
SAME = {
    "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "bpm": "/min", "insp/min": "/min", "mEq/L": "mmol/L", "K/uL": "10*3/uL", "sec": "s",
    "IU/L": "U/L", "cmH2O": "cm[H2O]", "units": "[pH]", "°C": "Cel",
}  # fmt: skip


@pytest.mark.parametrize("row", ITEMS.rows(named=True), ids=lambda r: f"{r['table']}-{r['itemid']}")
def test_items(row):
    concept = CONCEPTS[row["concept"]]
    assert row["rule"] in RULES[row["table"]]
    if concept.words and row["text"]:
        assert row["text"] in concept.words
    if row["rule"] == "number" and row["unit"] != "{score}":
        assert row["factor"] == pytest.approx(factor(row["concept"], row["unit"]))
    if row["rule"] == "infusion":
        assert concept.kind is Kind.INTERVAL and concept.unit.endswith("/min")


def factor(concept: str, unit: str) -> float:
    if (concept, unit) in CONVERSIONS:
        return CONVERSIONS[concept, unit]
    assert SAME.get(unit, unit) == CONCEPTS[concept].unit
    return 1.0


@pytest.mark.parametrize("row", LABS.rows(named=True), ids=lambda r: f"{r['itemid']}-{r['unit']}")
def test_labs(row):
    assert row["factor"] == pytest.approx(1.0 if row["unit"] is None else factor(row["concept"], row["unit"]))
    assert row["unit"] is not None or row["concept"] == "inr"
    assert (row["specimen"] == "arterial") == (row["concept"] in ("pao2", "paco2", "sao2"))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("items", ["table", "itemid"]), ("labs", ["itemid", "unit"]), ("fluids", ["itemid"]), ("rates", ["unit"]),
        ("words", ["itemid", "word"]), ("ventilation", ["itemid", "word"]), ("routes", ["route"]), ("specimens", ["specimen"]),
        ("antibiotics", ["ingredient"]), ("emar_events", ["event"]), ("fluid_units", ["unit"]), ("tests", ["pattern"]),
        ("diagnoses", ["version", "code"]),
    ],
)  # fmt: skip
def test_no_code_stands_twice(name, key):
    listed = read_map(name)
    assert listed.filter(listed.select(key).is_duplicated()).is_empty()


def test_no_test_has_more_than_two_units_nor_two_concepts():
    assert (
        LABS.group_by("itemid")
        .agg(pl.len(), pl.col("concept").n_unique())
        .filter((pl.col("len") > 2) | (pl.col("concept") > 1))
        .is_empty()
    )


def test_rates_are_what_their_names_say():
    mass = {"ng": 1e-3, "mcg": 1.0, "ug": 1.0, "mg": 1e3, "grams": 1e6}
    activity = {"units": 1.0, "munits": 1e-3}
    per = {"min": 1.0, "hour": 1 / 60}
    for unit, amount, number, per_kg in (
        read_map("rates").select("unit", "amount", "factor", "per_kg").iter_rows()
    ):
        parts = unit.split("/")
        expected = (mass if amount == "mass" else activity)[parts[0]] * per[parts[-1]]
        assert number == pytest.approx(expected, rel=1e-12) and per_kg == ("kg" in parts)


def test_words_of_support_are_allowed():
    listed = read_map("ventilation")
    assert set(listed["ventilation"].drop_nulls()) <= set(STRENGTH)
    assert set(STRENGTH) - {"off", "stop"} == set(CONCEPTS["ventilation"].words)
    assert listed["word"].equals(listed["word"].str.strip_chars().str.to_lowercase())
    assert set(read_map("words").filter(itemid=226104)["text"]) <= set(CONCEPTS["consciousness"].words)


def test_every_word_of_the_lists_is_a_word_of_its_concept():
    listed = (
        ITEMS.filter(pl.col("text").is_not_null()).select(pl.col("concept").cast(pl.String), "text").rows()
    )
    listed += [("oxygen", text) for text in read_map("ventilation")["oxygen"].drop_nulls()]
    listed += [("ventilation", text) for text in set(STRENGTH) - {"off", "stop"}]
    circuits = ITEMS.filter(pl.col("rule") == "circuit")["itemid"].to_list()
    modes = read_map("words").filter(pl.col("itemid").is_in(circuits), pl.col("text").is_not_null())
    listed += [("ecmo", text) for text in modes["text"]]
    assert [(c, t) for c, t in listed if CONCEPTS[c].words and word_of(c, t) != t] == []


def test_routes_are_read_as_their_list_says():
    for route, text, systemic in read_map("routes").select("route", "text", "systemic").iter_rows():
        if systemic:
            assert read_dose(f"x|{text}").way is read_dose(f"x|{route}").way is not None, route


def test_patterns_find_each_drug_by_its_own_name():
    listed = read_map("antibiotics")
    pairs = list(listed.select("pattern", "ingredient").iter_rows())
    for name in listed["ingredient"]:
        assert first_ingredient(name, pairs) == name
        assert not names_no_systemic_use(name)
    for pattern in [*listed["pattern"], *read_map("drugs")["pattern"]]:
        re.compile(pattern)
    assert set(read_map("drugs")["concept"]) <= set(CONCEPTS)


@pytest.mark.parametrize(
    "name", ["Pantoprazole", "Ferrous Sulfate", "Methimazole", "Rifaximin", "Neomycin Sulfate", "Mitomycin"]
)
def test_no_antibiotic(name):
    assert (
        first_ingredient(name, list(read_map("antibiotics").select("pattern", "ingredient").iter_rows()))
        is None
    )
