"""NICE's criteria of suspected sepsis under 5 years and from 5 to 11 years (NG254, 2025)."""

from collections.abc import Mapping

from opensepsis.definitions.papers import NICE_5_TO_11, NICE_UNDER_5
from opensepsis.definitions.scores.nice import (
    BANDS,
    LOWER_BOUND,
    URINE,
    WHOLE,
    degrees,
    limited_by,
    not_alert,
    pulse,
    rate,
    seen_altered,
    told_altered,
)
from opensepsis.definitions.signals.bedside_signs import (
    abnormal_cry,
    apnoea,
    carer_concern,
    cold_hands_or_feet,
    cyanosis,
    grunting,
    leg_pain,
    looks_ill,
    more_oxygen,
    mottled_skin,
    nasal_flaring,
    non_blanching_rash,
    pallor,
    reduced_urine,
    urinary_catheter,
    urine_6h,
)
from opensepsis.definitions.signals.carried import VALID, capillary_refill, consciousness, rounded, spo2
from opensepsis.definitions.signals.children import AGE, age_months
from opensepsis.rules import Cells, Choice, Signal, by_range, either, score

saturation = rounded(spo2)
# [from, to) in months; moderate to high and high from these on
Band = tuple[float, float]
Rates = Mapping[Band, tuple[float, float]]
RATES_5_TO_11: Rates = {(60, 72): (24, 29), (72, 96): (24, 27), (96, 144): (22, 25)}
PULSES_5_TO_11: Rates = {(60, 72): (120, 130), (72, 96): (110, 120), (96, 144): (105, 115)}
RATES_UNDER_5: Rates = {(0, 12): (50, 60), (12, 36): (40, 50), (36, 60): (35, 40)}
PULSES_UNDER_5: Rates = {(0, 12): (150, 160), (12, 36): (140, 150), (36, 60): (130, 140)}


def _from(signal: Signal, table: Rates, lowest: float | None = None) -> Cells:
    """The cells of a rate by age; below `lowest` it is high too."""
    cells: dict[Band, Cells] = {}
    for months, (moderate, high) in table.items():
        fast = {1: signal >= moderate, 2: signal >= high}
        cells[months] = (
            fast if lowest is None else {points: cell | (signal < lowest) for points, cell in fast.items()}
        )
    return by_range(age_months, cells)


_CIRCULATION = {1: either(capillary_refill >= 3, reduced_urine, (urine_6h < 1) & urinary_catheter.holds)}
_SKIN = either(mottled_skin, cyanosis, non_blanching_rash)
_OTHER = {1: either(leg_pain, cold_hands_or_feet)}


def _oxygenation(moderate: int):
    high = either(saturation < 90, more_oxygen)
    return {1: either(saturation < moderate, high), 2: high}


TITLES = {
    "behaviour": "Behaviour",
    "respiration": "Respiratory rate",
    "oxygenation": "SpO₂",
    "effort": "Effort of breathing",
    "pulse": "Heart rate",
    "circulation": "Refill and urine",
}
CHOICES = (
    LOWER_BOUND,
    VALID,
    AGE,
    WHOLE,
    URINE,
    Choice(
        "signs",
        "a row of several signs is 0 only where each of them is charted as absent",
        "a sign that nobody charted is not absent",
    ),
    Choice("SpO₂", "also on oxygen", "the table speaks of air; the same value on oxygen is no better"),
    Choice("more oxygen than usual", "high", "both columns print it"),
)

NICE_TABLE_5_TO_11 = score(
    "nice_5_to_11",
    "NICE's criteria for 5 to 11 years (NG254)",
    NICE_5_TO_11,
    lowest_age=5,
    age_below=12,
    by_worst_row=True,
    bands=BANDS,
    titles=TITLES,
    choices=CHOICES,
    behaviour=limited_by(either(not_alert, seen_altered, looks_ill), either(told_altered, carer_concern)),
    respiration=_from(rate, RATES_5_TO_11),
    oxygenation=_oxygenation(92),
    pulse=_from(pulse, PULSES_5_TO_11, lowest=60),
    circulation=_CIRCULATION,
    skin={2: _SKIN},
    temperature={1: degrees < 36},
    other=_OTHER,
)
_NOT_AWAKE = consciousness.one_of("P", "U")
_HOT = either(degrees < 36, (degrees >= 38) & (age_months < 3))
NICE_TABLE_UNDER_5 = score(
    "nice_under_5",
    "NICE's criteria for under 5 years (NG254)",
    NICE_UNDER_5,
    age_below=5,
    by_worst_row=True,
    bands=BANDS,
    titles=TITLES,
    choices=(
        *CHOICES,
        Choice("consciousness", "P or U: does not wake", "the table has no ACVPU"),
        Choice("3 to 6 months", "the sixth month included", "completed months, as the other ages"),
    ),
    behaviour=limited_by(
        either(_NOT_AWAKE, seen_altered, looks_ill, abnormal_cry), either(told_altered, carer_concern)
    ),
    respiration=_from(rate, RATES_UNDER_5),
    oxygenation=_oxygenation(91),
    effort=limited_by(either(grunting, apnoea), nasal_flaring),
    pulse=_from(pulse, PULSES_UNDER_5, lowest=60),
    circulation=_CIRCULATION,
    skin=limited_by(_SKIN, pallor),
    temperature={
        1: either(_HOT, (degrees >= 39) & (age_months < 7)),
        2: _HOT,
    },
    other=_OTHER,
)
