"""Every conversion once, with the number worked out by hand."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.data.intake.unit_spelling import fold
from opensepsis.data.intake.units import (
    conversion,
    conversions,
    convert,
    convert_column,
    find_conversion,
    rescue_fio2,
)
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, UnitError

GOLDEN = [
    ("heart_rate", "/s", 2, 120.0),
    ("heart_rate", "bpm", 90, 90.0),
    ("respiratory_rate", "insp/min", 22, 22.0),
    ("temperature", "degF", 100.4, 38.0),
    ("temperature", "°F", 96.8, 36.0),
    ("temperature", "K", 309.15, 36.0),
    ("temperature", "Deg. C", 38.3, 38.3),
    ("egfr", "mL/min/{1.73_m2}", 60, 60.0),
    ("egfr", "mL/min/1.73m2", 60, 60.0),
    ("egfr", "mL/min/1.73 m2", 60, 60.0),
    ("egfr", "mL/min/1.73m^2", 60, 60.0),
    ("egfr", "ml/min/1,73 m²", 60, 60.0),
    ("egfr", "mL/min per 1.73 sq m", 60, 60.0),
    ("egfr", "mL/min/[1.73_m2]", 60, 60.0),
    ("egfr", "mL/min/(1.73 m2)", 60, 60.0),
    ("egfr", "mL/min/1.73", 60, 60.0),
    ("egfr", "mL/s/{1.73_m2}", 1, 60.0),
    ("pao2", "kPa", 10, 75.0062),
    ("pao2", "hPa", 100, 75.0062),
    ("fio2", "%", 20.9, 0.209),
    ("platelets", "10*4/uL", 15, 150.0),
    ("platelets", "10*6/mL", 150, 150.0),
    ("lactate", "umol/L", 2000, 2.0),
    ("lactate", "umol/mL", 2, 2.0),
    ("creatinine", "nmol/mL", 106.104, 1.2),
    ("creatinine", "ug/mL", 12, 1.2),
    ("mean_pressure", "mm Hg", 65, 65.0),
    ("spo2", "1", 0.93, 93.0),
    ("spo2", "percent", 93, 93.0),
    ("fio2", "%", 40, 0.4),
    ("fio2", "%", 21, 0.21),
    ("fio2", "%", 0.5, 0.5),
    ("fio2", "%", 1, 1.0),
    ("fio2", "1", 60, 0.6),
    ("fio2", "fraction", 0.35, 0.35),
    ("gcs_total", "{score}", 15, 15.0),
    ("gcs_eye", "points", 4, 4.0),
    ("ph", "units", 7.35, 7.35),
    ("ph", "pH", 7.35, 7.35),
    ("ph", "1", 7.35, 7.35),
    ("inr", "{INR}", 1.6, 1.6),
    ("aptt", "seconds", 61, 61.0),
    ("pt", "ms", 14000, 14.0),
    ("hours_without_urine", "min", 720, 12.0),
    ("membranes_ruptured", "d", 2, 48.0),
    ("gestational_age", "d", 273, 39.0),
    ("fdp", "mg/L", 5, 5.0),
    ("fdp", "ng/mL", 5000, 5.0),
    ("oxygen_flow", "LPM", 4, 4.0),
    ("oxygen_flow", "mL/min", 500, 0.5),
    ("weight", "lbs", 100, 45.359237),
    ("weight", "oz", 16, 0.45359237),
    ("weight", "g", 3200, 3.2),
    ("height", "in", 70, 177.8),
    ("height", "ft", 6, 182.88),
    ("height", "m", 1.75, 175.0),
    ("height", "mm", 1750, 175.0),
    ("urine_output", "L", 0.5, 500.0),
    ("urine_output", "dL", 2, 200.0),
    ("urine_output", "cL", 5, 50.0),
    ("peep", "mbar", 10, 10.1972),
    ("peep", "hPa", 10, 10.1972),
    ("peep", "kPa", 1, 10.1972),
    ("peep", "mm[Hg]", 10, 13.5951),
    ("platelets", "lakh/cumm", 1.5, 150.0),
    ("urine_output", "cc", 200, 200.0),
    ("lactate", "mEq/L", 2, 2.0),
    ("lactate", "mg/dL", 18.016, 2.0),
    ("creatinine", "µmol/L", 106.104, 1.2),
    ("creatinine", "umol/L", 442.1, 5.0),
    ("creatinine", "mg/L", 12, 1.2),
    ("bilirubin", "umol/L", 102.624, 6.0),
    ("bun", "mmol/L", 7.14, 20.0),
    ("glucose", "mmol/L", 10, 180.16),
    ("glucose", "g/L", 1.2, 120.0),
    ("fibrinogen", "g/L", 1.5, 150.0),
    ("platelets", "K/uL", 150, 150.0),
    ("platelets", "x10^9/L", 150, 150.0),
    ("platelets", "10³/µL", 150, 150.0),
    ("platelets", "G/L", 150, 150.0),
    ("platelets", "/nL", 150, 150.0),
    ("platelets", "/mm3", 150000, 150.0),
    ("platelets", "10*6/L", 150000, 150.0),
    ("wbc", "thou/mm3", 12, 12.0),
    ("d_dimer", "ng/mL FEU", 500, 0.5),
    ("d_dimer", "ug/L{FEU}", 500, 0.5),
    ("d_dimer", "ug/mL{FEU}", 0.5, 0.5),
    ("d_dimer", "mg/L", 0.5, 0.5),
    ("d_dimer", "ug/mL", 0.5, 0.5),
    ("d_dimer", "ng/mL", 500, 0.5),
    ("d_dimer", "ug/L", 500, 0.5),
    ("potassium", "mEq/L", 4.1, 4.1),
    ("hemoglobin", "g/L", 120, 12.0),
    ("albumin", "g/L", 35, 3.5),
    ("alt", "IU/L", 40, 40.0),
    ("alt", "ukat/L", 1, 60.0),
    ("direct_bilirubin", "umol/L", 17.104, 1.0),
    ("calcium", "mmol/L", 2.5, 10.02),
    ("calcium", "mEq/L", 5, 10.02),
    ("magnesium", "mmol/L", 1, 2.4305),
    ("magnesium", "mEq/L", 2, 2.4305),
    ("phosphate", "mmol/L", 1, 3.0974),
    ("troponin_i", "ng/L", 40, 0.04),
    ("troponin_i", "pg/mL", 40, 0.04),
    ("crp", "mg/dL", 10, 100.0),
    ("crp", "ug/mL", 100, 100.0),
    ("procalcitonin", "ug/L", 0.5, 0.5),
    ("norepinephrine", "mcg/kg/min", 0.1, 0.1),
    ("norepinephrine", "µg/kg/min", 0.1, 0.1),
    ("norepinephrine", "ng/kg/min", 100, 0.1),
    ("norepinephrine", "mg/kg/min", 0.0001, 0.1),
    ("norepinephrine", "mcg/kg/hr", 6, 0.1),
    ("norepinephrine", "mg/kg/h", 0.006, 0.1),
    ("norepinephrine", "mcg/kg/min (base)", 0.1, 0.1),
    ("norepinephrine", "mcg/kg/min bitartrate", 0.2, 0.1),
    ("norepinephrine", "ug/kg/min{tartrate}", 0.2, 0.1),
    ("vasopressin", "U/min", 0.03, 0.03),
    ("vasopressin", "units/hour", 1.8, 0.03),
    ("vasopressin", "mU/min", 30, 0.03),
    ("angiotensin", "ug/kg/min", 0.02, 20.0),
    ("angiotensin", "ng/kg/h", 1200, 20.0),
    ("angiotensin", "ug/kg/h", 1.2, 20.0),
]


@pytest.mark.parametrize(("concept", "unit", "value", "expected"), GOLDEN)
def test_golden(concept, unit, value, expected):
    assert convert(concept, unit, value) == expected


def test_every_conversion_has_a_golden_case():
    own = {c: CONCEPTS[c].unit for c in CONCEPTS}
    tried = {(own[c], fold(u)) for c, u, *_ in GOLDEN} | {(c, fold(u)) for c, u, *_ in GOLDEN}
    for concept in CONCEPTS:
        for unit in conversions(concept):
            known = {(own[concept], fold(unit)), (concept, fold(unit))}
            assert unit == own[concept] or known & tried, f"{concept} in {unit} has no golden case"


@pytest.mark.parametrize("concept", [c.name for c in CONCEPTS.values() if c.unit])
def test_the_own_unit_changes_nothing(concept):
    assert convert(concept, CONCEPTS[concept].unit, 1.1) == 1.1 or concept == "fio2"


SPELLINGS = {
    "10*3/ul": [
        "K/uL",
        "K/mcL",
        "x10^3/uL",
        "10*3/mm3",
        "thou/mm3",
        "k/cumm",
        "10³/µL",
        "1000/mm3",
        "X10E3/UL",
    ],
    "10*9/l": ["10^9/L", "x10⁹/L", "Giga/L", "10e9/l"],
    "/min": [
        "bpm",
        "beats/min",
        "br/min",
        "resp/min",
        "{breaths}/min",
        "breaths per minute",
        "1/min",
        "min-1",
    ],
    "mmhg": ["mmHg", "mm Hg", "torr", "mm[Hg]", "MMHG"],
    "meq/l": ["mEq/L", "meq/l", "MEQ/L"],
    "cel": ["degC", "°C", "C", "Deg. C", "Cel", "℃", "º C"],
    "degf": ["F", "°F", "degF", "[degF]", "Deg F"],
    "ug/kg/min": [
        "mcg/kg/min",
        "µg/kg/min",
        "μg/kg/min",
        "ug.kg-1.min-1",
        "mcg/kg per minute",
        "gamma/kg/min",
    ],
    "u/min": ["U/min", "units/min", "[iU]/min", "IU/min", "Units/minute"],
    "1": ["{score}", "{INR}", "1", "ratio"],
    "s": ["sec", "seconds", "s", "secs"],
    "ml/h": ["mL/hr", "ml/h", "mL/hour", "cc/hr"],
}


@pytest.mark.parametrize(("key", "spelling"), [(k, s) for k, many in SPELLINGS.items() for s in many])
def test_spellings(key, spelling):
    assert fold(spelling) == key


@pytest.mark.parametrize(
    ("concept", "unit", "said"),
    [
        ("lactate", "mg/dd", "'mg/dL'"),
        ("norepinephrine", "mcg/min", "weight is needed"),
        ("norepinephrine", "mg/h", "weight is needed"),
        ("norepinephrine", "mL/hr", "concentration of the infusion is needed, and the weight"),
        ("vasopressin", "U/kg/h", "weight is needed"),
        ("vasopressin", "mL/hr", "concentration"),
        ("d_dimer", "ng/mL DDU", "DDU"),
        ("d_dimer", "ng/mL{DDU}", "DDU"),
        ("platelets", "g/L", "10*3/uL"),
        ("neutrophils", "%", "multiply by the white cells"),
        ("heart_rate", "mmHg", "/min"),
    ],
)
def test_refused(concept, unit, said):
    with pytest.raises(UnitError, match=said.replace("*", r"\*")):
        conversion(concept, unit)


def test_concepts_without_a_unit_take_any():
    assert find_conversion("antibiotic", "mg") == find_conversion("antibiotic", "g")
    with pytest.raises(ConceptError, match="'lactate'"):
        conversions("lactat")


@given(st.floats(0.21, 1), st.sampled_from(["1", "%", "fraction"]))
def test_a_fraction_of_oxygen_stays_one(value, unit):
    assert convert("fio2", unit, value) == value


@given(st.floats(21, 100), st.sampled_from(["1", "%", "percent"]))
def test_a_percentage_of_oxygen_becomes_a_fraction(value, unit):
    assert convert("fio2", unit, value) == pytest.approx(value / 100, abs=1e-9)


def test_only_oxygen_is_rescued():
    frame = pl.DataFrame({"concept": ["fio2", "inr", "fio2", "fio2"], "value": [40.0, 40.0, 2.0, None]})
    assert rescue_fio2(frame)["value"].to_list() == [0.4, 40.0, 2.0, None]


def test_blank_and_unknown_units_leave_the_value():
    frame = pl.DataFrame(
        {"concept": ["wbc", "wbc", "wbc"], "unit": [None, "??", "/uL"], "value": [7.0, 7.0, 7000.0]}
    )
    assert convert_column(frame)["value"].to_list() == [7.0, 7.0, 7.0]
    assert convert_column(frame.head(2)).equals(frame.head(2))
