"""Single-parameter charts: any one sign calls. For patients whom NEWS2 is not made for; none of them is a validated score.

A row has its chart's points, or 1, while its sign is met. They are no labels and rest on no suspicion of infection.
"""

from opensepsis.definitions.papers import MHYRE_2014, NHS_ENGLAND_2025, SCHLAPBACH_2024
from opensepsis.definitions.scores.maternal import MATERNAL_EARLY_WARNING
from opensepsis.definitions.scores.npews import NPEWS
from opensepsis.definitions.scores.phoenix import BANDS, LOW
from opensepsis.definitions.signals.carried import (
    VALID,
    consciousness,
    lactate,
    mean_pressure,
    pregnant,
)
from opensepsis.definitions.signals.children import AGE, age_months
from opensepsis.rules import (
    Choice,
    Condition,
    Score,
    by_range,
    score,
)

ADULT_AGE = 16  # NEWS2 is made from here on
NOT_VALIDATED = Choice(
    "validation",
    "none: a safety net for patients without NEWS2",
    "no study tells how often it calls in sepsis",
)


def _four_points(row: str) -> dict[int, Condition]:
    """The 4-point cell of a row of England's PEWS."""
    return {4: NPEWS.cells(row)[4]}


CHILD_SIGNS = score(
    "child_signs",
    "A 4-point sign of England's PEWS",
    NHS_ENGLAND_2025,
    age_below=ADULT_AGE,
    titles={"spo2": "SpO₂", "pressure": "systolic pressure"},
    choices=(VALID, AGE, NOT_VALIDATED, Choice("consciousness", "P or U", "the chart's emergency by itself")),
    respiratory_rate=_four_points("respiration"),
    heart_rate=_four_points("pulse"),
    pressure=_four_points("pressure"),
    spo2=_four_points("oxygenation"),
    oxygen=_four_points("oxygen"),
    consciousness={4: consciousness.one_of("P", "U")},
)
CHILD_SHOCK = score(
    "child_shock",
    "MAP below Phoenix's first limit for the age, with lactate above 4",
    SCHLAPBACH_2024,
    age_below=ADULT_AGE,
    choices=(VALID, AGE, NOT_VALIDATED),
    pressure_and_lactate=by_range(
        age_months,
        {band: {1: (mean_pressure < low) & (lactate > 4)} for band, low in zip(BANDS, LOW, strict=True)},
    ),
)
MATERNAL_SIGNS = score(
    "maternal_signs",
    "A Maternal Early Warning Criterion",
    MHYRE_2014,
    titles={"spo2": "SpO₂", "pressure": "systolic pressure"},
    choices=(NOT_VALIDATED, *MATERNAL_EARLY_WARNING.choices),
    rows={
        row.name: {1: MATERNAL_EARLY_WARNING.cells(row.name)[1] & pregnant}
        for row in MATERNAL_EARLY_WARNING.rows
    },
)
MATERNAL_SHOCK = score(
    "maternal_shock",
    "MAP below 65 with lactate above 4 in pregnancy",
    MHYRE_2014,
    choices=(VALID, NOT_VALIDATED),
    pressure_and_lactate={1: (mean_pressure < 65) & (lactate > 4) & pregnant},
)
SINGLE_PARAMETER: dict[str, Score] = {
    chart.name: chart for chart in (CHILD_SIGNS, CHILD_SHOCK, MATERNAL_SIGNS, MATERNAL_SHOCK)
}
