"""Names of drugs: international, local and brand names by whole words; forms that do not reach the blood."""

import csv
from importlib.resources import files

import polars as pl
import pytest

from opensepsis.data.intake.medicines import (
    dose_in_words,
    find_medicine,
    form_of,
    has_local_anaesthetic,
    local_form,
)
from opensepsis.data.intake.text_codes import plain, read_dose
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.definitions.concepts import CONCEPTS

ROWS = list(
    csv.DictReader((files("opensepsis.data.maps") / "medicines.csv").read_text(encoding="utf-8").splitlines())
)

NAMES = {
    "ceftriaxone": (
        "Rocephin|Rocephine|Ceftriaxon|Ceftriaxona|CEFTRIAXONE 2 g IVPB|ceftriaxone sodium|Ceftriaxon-Natrium 2 g|"
        "Ceftriaxon Kabi"
    ),
    "piperacillin/tazobactam": (
        "Zosyn|Tazocin|Pip-Taz|Piperacillin/Tazobactam|piperacillin-tazobactam 4.5 g|Piperacilline/tazobactam|"
        "TAZOBACTAM+PIPERACILLIN"
    ),
    "meropenem": "Meropenem|Merrem|Meronem|Méropénem|meropenem trihydrate 1 g in sodium chloride 0.9% 100 mL",
    "amoxicillin/clavulanate": (
        "Augmentin|Co-amoxiclav|Amoxicillin/Clavulansäure|amoxicillin + clavulanic acid|Amoxicilline/acide clavulanique|"
        "Amoxicilina-ácido clavulánico"
    ),
    "cephalexin": "cefalexin|Cefalexina|cephalexin|Keflex|céfalexine",
    "trimethoprim/sulfamethoxazole": "Bactrim|Co-trimoxazole|Cotrim|TMP-SMX|sulfamethoxazole-trimethoprim|Septrin",
    "penicillin g": "Benzylpenicillin|Penicillin G|Penicillin|bensylpenicillin|bencilpenicilina|penicillin G potassium",
    "benzathine penicillin": "penicillin G benzathine|Bicillin L-A",
    "vancomycin": "Vancomycin|vancomycine|Vancomicina|Vanco 1 g|Vancomycin HCl",
    "gentamicin": "gentamicin|Gentamycin|Refobacin|Genta",
    "flucloxacillin": "Flucloxacillin|Staphylex|Heracillin",
    "ceftazidime/avibactam": "Zavicefta|Avycaz|ceftazidime-avibactam",
    "ceftazidime": "ceftazidime|Fortum|Ceftazidim",
    "metronidazole": "Metronidazol|Flagyl|metronidazole 500 mg",
    "aciclovir": "acyclovir|Aciclovir|Zovirax",
    "hydrocortisone": "Solu-Cortef|Hydrocortison|hydrocortisone",
    "metaraminol": "metaraminol|Aramine",
    "terlipressin": "Terlipressin|Glypressin|terlipressine",
}  # fmt: skip
CONCEPT_NAMES = {
    "norepinephrine": (
        "Levophed|Noradrenaline|Noradrenalin|noradrenalina|Arterenol|noradrénaline|norepinephrine bitartrate|"
        "Noradrenalintartrat"
    ),
    "epinephrine": "Adrenaline|Adrenalin|epinephrine|Suprarenin|adrenalina|Epinephrine (adrenaline)",
    "vasopressin": "Argipressin|Vasostrict|vasopressin|Vasopresina",
    "dobutamine": "Dobutamin|dobutamine|dobutamina",
    "crystalloid": (
        "Ringer's lactate|Lactated Ringers|Plasma-Lyte 148|Sterofundin|NaCl 0,9 %|0.9% sodium chloride|"
        "Natriumchlorid 0,9%|Hartmann's solution|normal saline|NS|Isotone Kochsalzlösung"
    ),
    "sedative": "Propofol 2%|Disoprivan|Midazolam|Dormicum|dexmedetomidine",
}  # fmt: skip


@pytest.mark.parametrize(
    ("ingredient", "name"), [(i, n) for i, many in NAMES.items() for n in many.split("|")]
)
def test_ingredients(ingredient, name):
    assert find_medicine(name).ingredient == ingredient


@pytest.mark.parametrize(
    ("concept", "name"), [(c, n) for c, many in CONCEPT_NAMES.items() for n in many.split("|")]
)
def test_concepts(concept, name):
    assert find_medicine(name).concept == concept


@pytest.mark.parametrize(
    "name",
    [
        "norepinephrinex", "prednimycin", "vancomycin level", "vasopressin antagonist", "penicillin allergy", "sodium chloride 0.45%",
        "sodium chloride 3 %", "cefunheard 1 g in sodium chloride 0.9%", "NS flush", "glucose 5%", "", "dopa", "insulinoma",
    ],
)  # fmt: skip
def test_what_no_list_knows(name):
    assert find_medicine(name) is None


def test_a_diluent_is_not_the_drug():
    assert find_medicine("Norepinephrine 4 mg in sodium chloride 0.9% 250 mL").concept == "norepinephrine"
    assert find_medicine("Sodium chloride 0.9% with potassium chloride 20 mmol").concept == "crystalloid"


def test_codes_come_before_names():
    assert find_medicine("local mixture", ("2193",)).ingredient == "ceftriaxone"
    assert find_medicine("local mixture", ("J01CR05",)).ingredient == "piperacillin/tazobactam"


def test_every_name_has_one_meaning():
    seen = {}
    for row in ROWS:
        assert row["concept"] in CONCEPTS
        for name in row["names"].split("|"):
            meaning = row["concept"], row["ingredient"]
            assert seen.setdefault(plain(name), meaning) == meaning, name
            found = find_medicine(name.removeprefix("=").replace("+", " "))
            assert found is not None and (found.concept, found.ingredient) == meaning, name


def test_forms():
    for name, form in [
        ("Gentamicin 0.3 % eye drops", "eye"), ("Gentamicin Augentropfen", "eye"), ("sodium chloride 0.9 % flush", "flush"),
        ("Sodium chloride 0.9% irrigation", "irrigation"), ("Natriumchlorid 0,9% Spüllösung", "irrigation"), ("Prismasol", "dialysis"),
        ("vancomycin lock", "lock"), ("Clindamycin gel", "topical"), ("tobramycin nebules", "inhaled"), ("Ceftriaxone", ""),
    ]:  # fmt: skip
        assert form_of(name) == form
    assert read_dose("x|eye").way is not None
    assert has_local_anaesthetic("Articain 4 % mit Adrenalin 1:100.000") and not has_local_anaesthetic(
        "Adrenalin"
    )


def test_ingredients_of_the_mimic_lists_stay_as_they_are():
    read = {}
    for name in ("mimic_iv_antibiotics", "mimic_iv_drugs"):
        text = (files("opensepsis.data.maps") / f"{name}.csv").read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            concept = row.get("concept") or {"antibacterial": "antibiotic"}.get(row["group"], row["group"])
            read[row["ingredient"]] = dose_in_words(concept, f"{row['ingredient']}|iv")
    assert {i: dose for i, dose in read.items() if dose != f"{i}|iv"} == {}


def test_a_tablet_without_a_route_is_taken_by_mouth():
    assert dose_in_words("antibiotic", "Vancomycin 125 mg capsule|") == "vancomycin|oral"
    assert dose_in_words("antibiotic", "vancomycin|") == "vancomycin|"
    assert dose_in_words("antibiotic", "vancomycin") == "vancomycin"
    assert dose_in_words("antibiotic", "Cipro tablets|IV") == "ciprofloxacin|IV"
    assert dose_in_words("antibiotic", "Vancomycin PO 125 mg|") == "vancomycin|oral"
    assert dose_in_words("antibiotic", "Ciprofloxacin IV/PO|") == "ciprofloxacin|"


@pytest.mark.parametrize(
    ("name", "concept"),
    [("nor-epinephrine", "norepinephrine"), ("Nor Adrenaline 4 mg", "norepinephrine"),
     ("Vancomycin random", None), ("Gentamicin peak", None), ("Penicillin skin test", None),
     ("Pen G 4 MU", "antibiotic"), ("Cefuroksym", "antibiotic"), ("Ceftriaxonum", "antibiotic"), ("Norad 4 mg/50 mL", "norepinephrine"),
     ("NS", "crystalloid"), ("NS 0.9% 1000 mL", "crystalloid"), ("Soluzione fisiologica", "crystalloid"), ("KCl in NS", None),
     ("1/2 NS", None),
     ("D5 NS", None), ("Heparin in NS", None), ("Vancomycin dosing consult", None), ("Penguin", None)],
)  # fmt: skip
def test_names_of_the_bedside(name, concept):
    found = find_medicine(name)
    assert (found and found.concept) == concept


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("TOBI", "inhaled"),
        ("Cayston (aztreonam)", "inhaled"),
        ("Gentamicin cement", "implant"),
        ("Tobramycin 80 mg", ""),
    ],
)
def test_a_brand_or_a_carrier_may_tell_the_form(name, form):
    assert local_form(name) == form


def test_a_brand_is_its_ingredient_in_a_dose():
    doses = pl.DataFrame(
        {
            "patient": "a",
            "concept": "antibiotic",
            "text": ["Vancocin|PO", "vancomycin|IV", "Gentamicin eye drops|"],
        }
    )
    assert WordsRead().read(doses)["text"].to_list() == ["vancomycin|PO", "vancomycin|IV", "gentamicin|eye"]
