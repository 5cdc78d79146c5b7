"""Universal Vital Assessment, 2017."""

from opensepsis.definitions.concepts import person
from opensepsis.definitions.papers import MOORE_2017
from opensepsis.definitions.signals.carried import (
    VALID,
    current,
    gcs,
    heart_rate,
    respiratory_rate,
    spo2,
    systolic_pressure,
    temperature,
)
from opensepsis.rules import Choice, days, score, variant

hiv = current(person.HIV, days(3650))

UVA = score(
    "uva",
    "Universal Vital Assessment",
    MOORE_2017,
    lowest_age=18,
    temperature={2: temperature < 36},
    pulse={1: heart_rate >= 120},
    respiration={1: respiratory_rate >= 30},
    pressure={1: systolic_pressure < 90},
    oxygenation={2: spo2 < 92},
    brain={4: gcs < 15},
    hiv={2: hiv.one_of("positive")},
    titles={
        "pulse": "Heart rate",
        "respiration": "Respiratory rate",
        "pressure": "Systolic pressure",
        "oxygenation": "SpO₂",
        "brain": "GCS",
        "hiv": "HIV",
    },
    bands={"medium risk": 2, "high risk": 5},
    choices=(
        VALID,
        Choice(
            "HIV",
            "as charted, for ten years; not from codes of diagnoses; not charted: not known",
            "a code that is absent says nothing",
        ),
    ),
)
UVA_WITHOUT_HIV = variant(
    UVA, "without_hiv", why="the modified score: without HIV, for where it is not tested", without=("hiv",)
)
