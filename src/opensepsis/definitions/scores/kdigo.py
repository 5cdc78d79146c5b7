"""Stages of acute kidney injury, KDIGO 2012."""

from opensepsis.definitions.papers import KDIGO_2012
from opensepsis.definitions.signals.children import AGE, age_months
from opensepsis.definitions.signals.kidney import (
    URINE_BANDS,
    back_calculated,
    between_dialysis,
    by_baseline,
    creatinine_ratio,
    creatinine_rise,
    dialysis,
    egfr,
    given_baseline,
    urine_6h,
    urine_12h,
    urine_24h,
    urine_volume_12h,
)
from opensepsis.definitions.signals.measured import HUNDREDTHS, IRRIGATION, creatinine_to_the_hundredth
from opensepsis.rules import Cells, Choice, Condition, Signal, hours, score, variant


def _stages(ratio: Signal, on_dialysis: Condition = dialysis.holds) -> Cells:
    injured = (ratio >= 1.5) | (creatinine_rise >= 0.3)
    child_with_low_egfr = (age_months < 216) & (egfr < 35)
    return {
        1: injured | (urine_6h < 0.5),
        2: (ratio >= 2.0) | (urine_12h < 0.5),
        3: (ratio >= 3.0)
        | ((creatinine_to_the_hundredth >= 4.0) & injured)
        | (urine_24h < 0.3)
        | (urine_volume_12h <= 0)
        | on_dialysis
        | child_with_low_egfr,
    }


KDIGO = score(
    "kdigo",
    "KDIGO stage of acute kidney injury",
    KDIGO_2012,
    window=hours(24),
    aki=_stages(creatinine_ratio),
    titles={"aki": "Acute kidney injury"},
    choices=(
        Choice(
            "baseline",
            "the lowest creatinine of the 7 days up to the measurement; not known without another one in them, and likewise "
            "the rise in 48 hours",
            "the guideline does not fix it, and one value alone shows no rise; the variants take one that the site gives or "
            "that is calculated from age and sex",
        ),
        Choice("window", "the worst stage of 24 hours", "the guideline stages an episode by its worst"),
        Choice(
            "bands",
            "each band runs up to the next limit: [1.5, 2.0), [2.0, 3.0), 3.0 and above",
            "the table prints 1.5–1.9 and 2.0–2.9",
        ),
        Choice(
            "4.0 mg/dL",
            "stage 3 only with a rise of 0.3 mg/dL in 48 h or to 1.5 times the baseline",
            "'with the definition of AKI met'",
        ),
        Choice(
            "children",
            "below 18 years an eGFR under 35 is stage 3: bedside Schwartz, 0.413 × height / creatinine",
            "the guideline does not name the formula",
        ),
        Choice("dialysis", "any, but that charted as non_renal", "removal of a toxin is not kidney injury"),
        Choice(
            "rise in µmol/L",
            "a rise is compared to the thousandth of mg/dL: 26.5 µmol/L is 0.300 mg/dL",
            "the guideline prints 0.3 mg/dL (26.5 µmol/L)",
        ),
        HUNDREDTHS,
        URINE_BANDS,
        IRRIGATION,
        AGE,
    ),
)
KDIGO_GIVEN_BASELINE = variant(
    KDIGO,
    "given_baseline",
    why="against the baseline creatinine that the site gives: from before admission or calculated from age and sex",
    aki=_stages(by_baseline(given_baseline)),
)
KDIGO_ESTIMATED_BASELINE = variant(
    KDIGO,
    "estimated_baseline",
    why="against the creatinine at which MDRD gives 75 mL/min/1.73 m² for age and sex, race left out (KDIGO 2012, table 9: "
    "186 × creatinine^-1.154 × age^-0.203 × 0.742 if female); not known below 18 years or without age or sex",
    aki=_stages(by_baseline(back_calculated)),
)
KDIGO_BETWEEN_SESSIONS = variant(
    KDIGO,
    "between_sessions",
    why="dialysis in sessions is stage 3 for 72 h after a session too, as SOFA-2's footnote q has it",
    aki=_stages(creatinine_ratio, dialysis.holds | between_dialysis.holds),
)
