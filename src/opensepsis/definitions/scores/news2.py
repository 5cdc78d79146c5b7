"""NEWS2, 2017."""

from opensepsis.definitions.papers import RCP_2017
from opensepsis.definitions.signals.carried import (
    HOW_LONG_PREGNANT,
    OXYGEN,
    VALID,
    consciousness,
    gcs,
    heart_rate,
    on_oxygen,
    pregnant,
    respiratory_rate,
    rounded,
    scale_2,
    spo2,
    systolic_pressure,
    temperature,
)
from opensepsis.rules import Cells, Choice, Condition, either, score, variant

rate = rounded(respiratory_rate)
saturation = rounded(spo2)
systolic = rounded(systolic_pressure)
pulse = rounded(heart_rate)
degrees = rounded(temperature, decimals=1)


def _oxygenation(points: int, scale_1: Condition, low: Condition, high: Condition) -> Cells:
    """One cell of the two SpO₂ scales; the second only by order, its upper half only on oxygen."""
    on_scale_2 = either(low, high & on_oxygen)
    return {points: either(~scale_2.holds & scale_1, scale_2.holds & on_scale_2)}


NEWS2 = score(
    "news2",
    "National Early Warning Score 2",
    RCP_2017,
    lowest_age=16,
    not_while=pregnant,
    respiration={1: rate <= 11, 2: rate >= 21, 3: (rate <= 8) | (rate >= 25)},
    oxygenation={
        **_oxygenation(1, saturation <= 95, saturation <= 87, saturation >= 93),
        **_oxygenation(2, saturation <= 93, saturation <= 85, saturation >= 95),
        **_oxygenation(3, saturation <= 91, saturation <= 83, saturation >= 97),
    },
    oxygen={2: on_oxygen},
    pressure={1: systolic <= 110, 2: systolic <= 100, 3: (systolic <= 90) | (systolic >= 220)},
    pulse={1: (pulse <= 50) | (pulse >= 91), 2: pulse >= 111, 3: (pulse <= 40) | (pulse >= 131)},
    consciousness={3: consciousness.one_of("C", "V", "P", "U")},
    temperature={1: (degrees <= 36.0) | (degrees >= 38.1), 2: degrees >= 39.1, 3: degrees <= 35.0},
    titles={"oxygen": "Air or oxygen", "pressure": "Systolic pressure", "oxygenation": "SpO₂"},
    bands={"medium": 5, "high": 7},
    choices=(
        VALID,
        OXYGEN,
        Choice(
            "rounding",
            "temperature to 0.1 °C, everything else to whole numbers, half up, before the table is read",
            "the chart prints whole-number bands and no rule for what lies between",
        ),
        Choice(
            "scale 2", "SpO₂ scale 2 only while a clinician's order for it runs", "never from a diagnosis"
        ),
        Choice(
            "pregnancy",
            "not known while somebody is charted as pregnant or recently pregnant, or coded so",
            "the chart is not designed for pregnancy; NG255 has a table of criteria for it, `nice_pregnant`",
        ),
        HOW_LONG_PREGNANT,
        Choice("consciousness", "only from a charted ACVPU", "there is no official mapping from the GCS"),
    ),
)

NEWS2_GCS = variant(
    NEWS2,
    "consciousness_from_gcs",
    why="a site's choice: GCS 15 is alert, less is not",
    consciousness={3: consciousness.one_of("C", "V", "P", "U") | (gcs < 15)},
)
