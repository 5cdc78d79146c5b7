"""The national Paediatric Early Warning System of England (NPEWS), 2025."""

from opensepsis.definitions.concepts import vitals
from opensepsis.definitions.papers import NHS_ENGLAND_2025
from opensepsis.definitions.signals.carried import (
    OXYGEN,
    VALID,
    capillary_refill,
    current,
    fio2,
    heart_rate,
    on_oxygen,
    oxygen_flow,
    respiratory_rate,
    spo2,
    systolic_pressure,
)
from opensepsis.definitions.signals.children import AGE, age_months
from opensepsis.definitions.signals.measured import DEVICES, supported_by
from opensepsis.rules import Cells, Choice, Condition, Signal, by_range, score

# [from, to) in months: 0 to 11 months, 1 to 4, 5 to 12 and 13 to 18 years
BANDS = ((0, 12), (12, 60), (60, 156), (156, 228))
# of each band: below which there are 4, 2 and 1 points, and from which on 1, 2 and 4
RESPIRATORY_RATE = (
    (10, 20, 30, 50, 60, 70),
    (10, 20, 20, 40, 50, 60),
    (10, 15, 20, 25, 40, 50),
    (10, 10, 15, 25, 30, 40),
)
HEART_RATE = (
    (80, 90, 110, 150, 170, 180),
    (60, 70, 90, 140, 150, 170),
    (60, 70, 80, 120, 140, 160),
    (50, 60, 70, 100, 120, 130),
)
SYSTOLIC_PRESSURE = (
    (50, 60, 70, 90, 100, 110),
    (50, 60, 80, 100, 120, 130),
    (70, 80, 90, 110, 120, 130),
    (80, 90, 100, 120, 130, 140),
)

breathing_support = supported_by(
    "noninvasive",
    "cpap",
    "high_flow",
    name="breathing_support",
    label="high flow, BiPAP or CPAP",
)
respiratory_distress = current(vitals.RESPIRATORY_DISTRESS)


def _by_age(signal: Signal, limits: tuple[tuple[float, ...], ...]) -> dict[int, Condition]:
    """The cells of a row by age."""
    cells: dict[tuple[float, float], Cells] = {}
    for band, (four, two, one, one_up, two_up, four_up) in zip(BANDS, limits, strict=True):
        cells[band] = {
            1: (signal < one) | (signal >= one_up),
            2: (signal < two) | (signal >= two_up),
            4: (signal < four) | (signal >= four_up),
        }
    return by_range(age_months, cells)


NPEWS = score(
    "npews",
    "National Paediatric Early Warning System of England",
    NHS_ENGLAND_2025,
    age_below=19,
    respiration=_by_age(respiratory_rate, RESPIRATORY_RATE),
    distress={
        1: respiratory_distress.one_of("mild", "moderate", "severe"),
        2: respiratory_distress.one_of("moderate", "severe"),
        4: respiratory_distress.one_of("severe"),
    },
    oxygenation={1: spo2 < 95, 4: spo2 <= 91},
    oxygen={
        1: on_oxygen,
        2: (fio2 >= 0.3) | (oxygen_flow >= 2),
        4: (fio2 >= 0.5) | (oxygen_flow >= 6) | breathing_support.holds,
    },
    pulse=_by_age(heart_rate, HEART_RATE),
    pressure=_by_age(systolic_pressure, SYSTOLIC_PRESSURE),
    refill={2: capillary_refill >= 3},
    titles={
        "respiration": "Respiratory rate",
        "distress": "Respiratory distress",
        "oxygenation": "SpO₂",
        "pulse": "Heart rate",
        "pressure": "Systolic pressure",
        "refill": "Capillary refill",
    },
    bands={"low": 1, "medium": 5, "high": 9, "emergency": 13},
    choices=(
        VALID,
        AGE,
        OXYGEN,
        Choice(
            "bands",
            "each band runs up to the next: a rate of 19.9 is in 10–19, a refill of 2.9 s in ≤ 2",
            "the chart prints whole numbers, and nothing between a refill of 2 and of 3 s",
        ),
        Choice(
            "oxygen of unknown amount",
            "1 point where neither share nor flow is charted; of both the worse; through a tube by share or flow alone",
            "any support is at least 1; the chart does not say which of two counts, and is not designed for a tube",
        ),
        Choice(
            "pressure not taken",
            "not known",
            "the chart gives 0 without concern and 4 when an attempt failed and there is concern: no feed states this",
        ),
        Choice(
            "distress",
            "the grade as charted: none, mild, moderate or severe",
            "the signs of each grade differ by age; from single signs no grade is made",
        ),
        Choice(
            "escalation",
            "consciousness, temperature and concern give no points and do not change the total",
            "the chart escalates on them beside the total: V is high, P, U or abnormal pupils emergency, suspected sepsis "
            "medium, suspected septic shock high",
        ),
        Choice(
            "1 to 4 years",
            "a heart rate below 60 and oxygen by high flow give 4 points",
            "the document has a block there that seems to print 7 and 2, against every other age and the charts",
        ),
        DEVICES,
    ),
)
