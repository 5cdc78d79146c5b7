"""Phoenix and Phoenix-8, 2024."""

from opensepsis.definitions.papers import SCHLAPBACH_2024
from opensepsis.definitions.signals.children import (
    AGE,
    age_months,
    alt,
    d_dimer,
    fibrinogen,
    fio2_of_gas,
    fio2_of_oximeter,
    fixed_pupils,
    gcs,
    glucose,
    inr,
    lactate,
    lymphocytes,
    mean_or_computed_pressure,
    neutrophils,
    on_oxygen,
    supported,
    vasoactives,
    ventilated,
)
from opensepsis.definitions.signals.measured import (
    DEVICES,
    PAIRING,
    bilirubin,
    creatinine,
    pao2_fio2,
    platelets,
)
from opensepsis.definitions.signals.sofa2 import spo2, spo2_fio2
from opensepsis.rules import (
    Cells,
    Choice,
    Condition,
    Signal,
    add,
    by_range,
    fallback,
    hours,
    score,
    variant,
    worst,
)

BANDS = ((0, 1), (1, 12), (12, 24), (24, 60), (60, 144), (144, 216))
LOW = (31, 39, 44, 45, 49, 52)
VERY_LOW = (17, 25, 31, 32, 36, 38)
HIGH_CREATININE = (0.8, 0.3, 0.4, 0.6, 0.7, 1.0)


def by_age(pressure: Signal) -> Cells:
    """The cells of the mean pressure."""
    limits = zip(BANDS, LOW, VERY_LOW, strict=True)
    cells: dict[tuple[float, float], Cells] = {
        band: {1: pressure < low, 2: pressure < very_low} for band, low, very_low in limits
    }
    return by_range(age_months, cells)


def respiration(
    ratio: Signal,
    any_support: Condition,
    some: float,
    severe: float,
    lowest: float,
    severe_counts: bool = False,
) -> dict[int, Condition]:
    """The cells of one of the two ratios; `severe_counts`: exactly the second limit is 2 points."""
    return {
        1: (ratio < some) & any_support,
        2: (ratio <= severe if severe_counts else ratio < severe) & ventilated.holds,
        3: (ratio < lowest) & ventilated.holds,
    }


GAS, OXIMETER = (400, 200, 100), (292, 220, 148)


def _ratios(severe_counts: bool = False) -> tuple[Cells, Cells]:
    """The tables of PaO₂/FiO₂ and of SpO₂/FiO₂."""
    by_gas, by_oximeter = (
        supported.holds | on_oxygen.holds | (fio2 > 0.21) for fio2 in (fio2_of_gas, fio2_of_oximeter)
    )
    gas = respiration(pao2_fio2, by_gas, *GAS, severe_counts)
    oximeter = respiration(spo2_fio2, by_oximeter, *OXIMETER, severe_counts)
    return gas, {points: cell.where(spo2 <= 97) for points, cell in oximeter.items()}


_gas, _oximeter = _ratios()

FOUR = {
    "respiration": worst(_gas, _oximeter),
    "circulation": add(
        {1: vasoactives >= 1, 2: vasoactives >= 2},
        {1: lactate >= 5, 2: lactate >= 11},
        by_age(mean_or_computed_pressure),
    ),
    "coagulation": add(
        {1: platelets < 100}, {1: inr > 1.3}, {1: d_dimer > 2}, {1: fibrinogen < 100}, at_most=2
    ),
    "brain": {1: gcs <= 10, 2: fixed_pupils.holds},
}
TITLES = {
    "respiration": "Respiratory",
    "circulation": "Cardiovascular: drugs, lactate, MAP by age",
    "coagulation": "Coagulation",
    "brain": "Neurologic",
    "glucose": "Endocrine (glucose)",
    "immune": "Immunologic",
    "liver": "Hepatic",
    "kidney": "Renal (creatinine by age)",
}
CHOICES = (
    Choice(
        "window",
        "each row, and each part of a row that is a sum, keeps the worst of 24 hours",
        "the rubric prints no window; the criteria were derived on the first 24 hours",
    ),
    Choice(
        "sums",
        "unknown parts add nothing; a row with no known part is not known",
        "the authors' code takes what is missing as normal",
    ),
    Choice(
        "oximeter",
        "the worse of PaO₂/FiO₂ and SpO₂/FiO₂, the latter at moments with SpO₂ of 97 % or less",
        "the authors' code takes the worse of the two and does not check SpO₂; the rubric does. The variant pf_first takes "
        "SpO₂/FiO₂ only while the window holds no PaO₂/FiO₂",
    ),
    Choice(
        "support",
        "oxygen, high flow, CPAP, non-invasive or invasive ventilation; a FiO₂ above 0.21 is oxygen",
        "'any respiratory support'; the authors' notes for record systems count a FiO₂ above 0.21",
    ),
    DEVICES,
    Choice(
        "limits", "MAP and lactate are compared as measured, not rounded", "the paper prints whole numbers"
    ),
    Choice(
        "MAP", "as measured; else (systolic + 2 × diastolic) / 3 of one moment", "as in the authors' code"
    ),
    Choice("pupils", "both fixed, as charted", "a single fixed pupil gives none"),
    Choice("GCS", "as charted, sedated or not", "the rubric does not say"),
    Choice(
        "who",
        "age below 18 years; newborns before 37 weeks and birth admissions are not left out by the score",
        "the timeline does not contain them",
    ),
    AGE,
    PAIRING,
)

PHOENIX = score(
    "phoenix",
    "Phoenix Sepsis Score",
    SCHLAPBACH_2024,
    window=hours(24),
    age_below=18,
    titles=TITLES,
    bands={"sepsis, with suspected infection,": 2},
    choices=CHOICES,
    rows=FOUR,
)
PHOENIX_8 = score(
    "phoenix8",
    "Phoenix-8",
    SCHLAPBACH_2024,
    window=hours(24),
    age_below=18,
    titles=TITLES,
    choices=CHOICES,
    rows=FOUR,
    glucose={1: (glucose < 50) | (glucose > 150)},
    immune={1: (neutrophils < 0.5) | (lymphocytes < 1.0)},
    liver={1: (bilirubin >= 4) | (alt > 102)},
    kidney=by_range(
        age_months,
        {band: {1: creatinine >= limit} for band, limit in zip(BANDS, HIGH_CREATININE, strict=True)},
    ),
)
_PF_FIRST = "SpO₂/FiO₂ only while the window holds no PaO₂/FiO₂"
PHOENIX_PF_FIRST = variant(PHOENIX, "pf_first", why=_PF_FIRST, respiration=fallback(_gas, _oximeter))
PHOENIX_8_PF_FIRST = variant(PHOENIX_8, "pf_first", why=_PF_FIRST, respiration=fallback(_gas, _oximeter))
_PRINTED = (
    "exactly 200 (PaO₂/FiO₂) or 220 (SpO₂/FiO₂) with a tube is 2 points, as the table prints 100–200 and 148–220; "
    "the authors' code gives 1"
)
PHOENIX_PRINTED_EDGES = variant(PHOENIX, "printed_edges", why=_PRINTED, respiration=worst(*_ratios(True)))
PHOENIX_8_PRINTED_EDGES = variant(PHOENIX_8, "printed_edges", why=_PRINTED, respiration=worst(*_ratios(True)))
