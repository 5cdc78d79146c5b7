"""Emergency signs for places with few resources: WHO's triage tool, and as Kenya codes them."""

from opensepsis.definitions.papers import IITT, KENYA_2026
from opensepsis.definitions.signals.carried import (
    VALID,
    capillary_refill,
    consciousness,
    heart_rate,
    mean_pressure,
    respiratory_rate,
    spo2,
    temperature,
)
from opensepsis.rules import Choice, score

_VITAL_SIGNS = {
    "pulse": {1: (heart_rate < 60) | (heart_rate > 130)},
    "respiration": {1: (respiratory_rate < 10) | (respiratory_rate > 30)},
    "oxygenation": {1: spo2 < 92},
    "consciousness": {1: consciousness.one_of("C", "V", "P", "U")},
}
TITLES = {
    "pulse": "Heart rate",
    "respiration": "Respiratory rate",
    "oxygenation": "SpO₂",
    "consciousness": "Not alert",
    "refill": "Capillary refill",
    "pressure": "MAP",
}
CHOICES = (
    VALID,
    Choice(
        "edges", "every limit is exclusive, as measured", "as printed: 60, 130, 10, 30 and 92 do not count"
    ),
    Choice("SpO₂", "also on oxygen", "the sheet speaks of air; the same value on oxygen is no better"),
    Choice("who", "from 12 years on", "the limits of children were not read"),
)

WHO_EMERGENCY_SIGNS = score(
    "who_emergency_signs",
    "WHO emergency signs as Kenya codes them",
    KENYA_2026,
    lowest_age=12,
    rows=_VITAL_SIGNS,
    refill={1: capillary_refill > 3},
    pressure={1: mean_pressure < 65},
    titles=TITLES,
    bands={"emergency": 1},
    choices=(
        *CHOICES,
        Choice("MAP", "as measured, else (systolic + 2 × diastolic) / 3", "a cuff without MAP is common"),
    ),
)
IITT_VITAL_SIGNS = score(
    "iitt_vital_signs",
    "High-risk vital signs of the Interagency Integrated Triage Tool",
    IITT,
    lowest_age=12,
    rows=_VITAL_SIGNS,
    temperature={1: (temperature < 36) | (temperature > 39)},
    titles=TITLES,
    bands={"high risk": 1},
    choices=CHOICES,
)
