"""SIRS, 1992."""

from opensepsis.definitions.papers import BONE_1992
from opensepsis.definitions.signals.carried import (
    VALID,
    bands,
    heart_rate,
    paco2,
    respiratory_rate,
    temperature,
    wbc,
)
from opensepsis.rules import Choice, score

SIRS = score(
    "sirs",
    "Systemic Inflammatory Response Syndrome",
    BONE_1992,
    lowest_age=18,
    temperature={1: (temperature > 38) | (temperature < 36)},
    heart_rate={1: heart_rate > 90},
    respiration={1: (respiratory_rate > 20) | (paco2 < 32)},
    white_cells={1: (wbc > 12) | (wbc < 4) | (bands > 10)},
    bands={"positive": 2},
    choices=(
        VALID,
        Choice(
            "signs",
            "strictly above or below each limit",
            "some sources print ≥; the definitions box prints >",
        ),
        Choice("alternatives", "an unknown PaCO₂ or band count is disregarded", "they are seldom measured"),
    ),
)
