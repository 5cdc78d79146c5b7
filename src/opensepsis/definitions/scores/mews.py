"""Modified Early Warning Score, 2001."""

from opensepsis.definitions.papers import SUBBE_2001
from opensepsis.definitions.signals.carried import (
    VALID,
    consciousness,
    heart_rate,
    respiratory_rate,
    rounded,
    systolic_pressure,
    temperature,
)
from opensepsis.rules import Choice, score

systolic = rounded(systolic_pressure)
pulse = rounded(heart_rate)
rate = rounded(respiratory_rate)
degrees = rounded(temperature, decimals=1)

MEWS = score(
    "mews",
    "Modified Early Warning Score",
    SUBBE_2001,
    lowest_age=18,
    pressure={1: systolic <= 100, 2: (systolic <= 80) | (systolic >= 200), 3: systolic <= 70},
    pulse={
        1: (pulse <= 50) | (pulse >= 101),
        2: (pulse <= 40) | (pulse >= 111),
        3: pulse >= 130,
    },
    respiration={2: (rate < 9) | (rate >= 21), 1: rate >= 15, 3: rate >= 30},
    temperature={2: (degrees < 35.0) | (degrees >= 38.5)},
    consciousness={
        1: consciousness.one_of("V", "P", "U"),
        2: consciousness.one_of("P", "U"),
        3: consciousness.one_of("U"),
    },
    titles={
        "pressure": "Systolic pressure",
        "pulse": "Heart rate",
        "respiration": "Respiratory rate",
        "consciousness": "AVPU",
    },
    bands={"higher risk": 5},
    choices=(
        VALID,
        Choice(
            "rounding",
            "temperature to 0.1 °C, everything else to whole numbers, half up, before the table is read",
            "the table prints whole-number bands and no rule for what lies between",
        ),
        Choice(
            "open limits",
            "70, 40, 200, 30 and 130 belong to the band with more points",
            "prints leave them open or differ",
        ),
        Choice("confusion", "new confusion (C) is alert: 0 points", "AVPU has no word for it"),
        Choice("name", "the table of 2001 alone", "charts with urine, SpO₂ or other bands are local"),
    ),
)
