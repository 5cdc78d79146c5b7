"""SOFA, as printed in 1996."""

from opensepsis.definitions.papers import GRISSOM_2010, PANDHARIPANDE_2009, RICE_2007, VINCENT_1996
from opensepsis.definitions.signals.measured import (
    DEVICES,
    HUNDREDTHS,
    INFUSION,
    IRRIGATION,
    PAIRING,
    PUMPS,
    SEDATION,
    TUBE,
    URINE,
    bilirubin,
    creatinine_to_the_hundredth,
    dobutamine,
    dopamine,
    epinephrine,
    gcs,
    gcs_as_recorded,
    gcs_assumed_15,
    gcs_before_sedation,
    infusion,
    mean_pressure,
    norepinephrine,
    pao2_fio2,
    platelets,
    supported,
    supported_or_high_flow,
    urine_24h,
    ventilated,
)
from opensepsis.definitions.signals.sofa2 import spo2, spo2_fio2
from opensepsis.rules import Cells, Choice, CompositeRow, Signal, fallback, first_of, hours, score, variant


def _respiration(support: Signal) -> Cells:
    return {
        1: pao2_fio2 < 400,
        2: pao2_fio2 < 300,
        3: (pao2_fio2 < 200) & support.holds,
        4: (pao2_fio2 < 100) & support.holds,
    }


def _oximeter(limits: tuple[float, ...], closed: bool = False, asks_support: bool = True) -> CompositeRow:
    """PaO₂/FiO₂ in the window decides; without one SpO₂/FiO₂ where SpO₂ is 97 % or less."""
    cells = {p: spo2_fio2 <= limit if closed else spo2_fio2 < limit for p, limit in enumerate(limits, 1)}
    if asks_support:
        cells |= {p: cells[p] & supported.holds for p in (3, 4)}
    return fallback(_respiration(supported), {p: cell.where(spo2 <= 97) for p, cell in cells.items()})


def _circulation(dopamine: Signal, dobutamine: Signal, epinephrine: Signal, norepinephrine: Signal) -> Cells:
    return {
        1: mean_pressure < 70,
        2: (dopamine > 0) | (dobutamine > 0),
        3: (dopamine > 5) | (epinephrine > 0) | (norepinephrine > 0),
        4: (dopamine > 15) | (epinephrine > 0.1) | (norepinephrine > 0.1),
    }


def _brain(coma_scale: Signal, *before: Signal) -> Cells:
    limits = {1: 15, 2: 13, 3: 10, 4: 6}
    return {
        p: first_of(coma_scale < limit, *(scale < limit for scale in before)) for p, limit in limits.items()
    }


SOFA = score(
    "sofa",
    "Sequential Organ Failure Assessment",
    VINCENT_1996,
    window=hours(24),
    lowest_age=18,
    brain=_brain(gcs, gcs_before_sedation),
    respiration=_respiration(supported),
    circulation=_circulation(dopamine, dobutamine, epinephrine, norepinephrine),
    liver={1: bilirubin >= 1.2, 2: bilirubin >= 2.0, 3: bilirubin >= 6.0, 4: bilirubin >= 12.0},
    kidney={
        1: creatinine_to_the_hundredth >= 1.2,
        2: creatinine_to_the_hundredth >= 2.0,
        3: (creatinine_to_the_hundredth >= 3.5) | (urine_24h < 500),
        4: (creatinine_to_the_hundredth >= 5.0) | (urine_24h < 200),
    },
    coagulation={1: platelets < 150, 2: platelets < 100, 3: platelets < 50, 4: platelets < 20},
    titles={
        "brain": "Central nervous system (GCS)",
        "circulation": "Cardiovascular",
        "kidney": "Renal",
        "liver": "Liver (bilirubin)",
        "coagulation": "Coagulation (platelets)",
    },
    choices=(
        Choice(
            "bands",
            "each band runs up to the next limit; 4 points from 12.0 (bilirubin) and 5.0 (creatinine) on",
            "the printed table has gaps between 11.9 and 12.0 and between 4.9 and 5.0",
        ),
        Choice(
            "dopamine 5",
            "exactly 5 µg/kg/min is 2 points",
            "1996 prints ≤ 5 for 2 points; a later reprint prints < 5",
        ),
        Choice(
            "support",
            "invasive and non-invasive ventilation and CPAP; without support a low PaO₂/FiO₂ is 2 points",
            "the table says 'with respiratory support' and does not define it",
        ),
        Choice(
            "other drugs",
            "vasopressin, phenylephrine and milrinone give no points of their own",
            "they are not in the table",
        ),
        DEVICES,
        INFUSION,
        PUMPS,
        PAIRING,
        SEDATION,
        TUBE,
        URINE,
        IRRIGATION,
        HUNDREDTHS,
    ),
)

SOFA_HIGH_FLOW = variant(
    SOFA,
    "high_flow",
    why="high-flow oxygen counts as support",
    respiration=_respiration(supported_or_high_flow),
)
SOFA_INVASIVE = variant(
    SOFA,
    "invasive_only",
    why="only invasive ventilation counts as support",
    respiration=_respiration(ventilated),
)
SOFA_HIGHEST_PUMP = variant(
    SOFA,
    "highest_pump",
    why="of two pumps of one drug the higher rate counts, not the sum",
    circulation=_circulation(
        *(
            infusion(drug.concept, highest=True)
            for drug in (dopamine, dobutamine, epinephrine, norepinephrine)
        )
    ),
)
SOFA_GCS_AS_RECORDED = variant(
    SOFA, "gcs_as_recorded", why="the GCS counts as charted, sedated or not", brain=_brain(gcs_as_recorded)
)
SOFA_GCS_ASSUMED_15 = variant(
    SOFA, "gcs_assumed_15", why="under sedation the GCS is taken as 15", brain=_brain(gcs_assumed_15)
)

_OXIMETER = "SpO₂/FiO₂ where the window has no PaO₂/FiO₂ and SpO₂ is 97 % or less"
SOFA_PANDHARIPANDE = variant(
    SOFA,
    "s_f_pandharipande",
    why=f"{_OXIMETER}: below 512, 357, 214, 89, the two last on support (2009). 512 lies above what air allows, so SpO₂ of 97 % "
    "or less is always a point",
    paper=PANDHARIPANDE_2009,
    respiration=_oximeter((512, 357, 214, 89)),
)
SOFA_GRISSOM = variant(
    SOFA,
    "s_f_grissom",
    why=f"{_OXIMETER}: up to 400, 315, 235, 150, with or without support (the limits of MSOFA, 2010; its other rows, jaundice for "
    "bilirubin and no platelets, are not taken)",
    paper=GRISSOM_2010,
    respiration=_oximeter((400, 315, 235, 150), closed=True, asks_support=False),
)
SOFA_RICE = variant(
    SOFA,
    "s_f_rice",
    why=f"{_OXIMETER}: below 400, 315, 235, 148, the two last on support (2007: 64 + 0.84 × PaO₂/FiO₂)",
    paper=RICE_2007,
    respiration=_oximeter((400, 315, 235, 148)),
)
