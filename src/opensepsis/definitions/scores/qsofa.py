"""qSOFA, 2016, and with lactate, 2017."""

from opensepsis.definitions.papers import SHETTY_2017, SINGER_2016_QSOFA
from opensepsis.definitions.signals.carried import VALID, gcs, lactate, respiratory_rate, systolic_pressure
from opensepsis.rules import Choice, score, variant

QSOFA = score(
    "qsofa",
    "quick SOFA",
    SINGER_2016_QSOFA,
    lowest_age=18,
    respiration={1: respiratory_rate >= 22},
    brain={1: gcs < 15},
    circulation={1: systolic_pressure <= 100},
    titles={"brain": "Altered mentation", "circulation": "Systolic pressure"},
    bands={"positive": 2},
    choices=(
        VALID,
        Choice(
            "mentation",
            "GCS below 15",
            "the derivation used 13 or less; the criteria print altered mentation",
        ),
    ),
)

QSOFA_GCS_13 = variant(
    QSOFA, "gcs_13", why="altered mentation as in the derivation: GCS 13 or less", brain={1: gcs <= 13}
)
QSOFA_LACTATE = score(
    "qsofa_lactate",
    "quick SOFA with lactate",
    SHETTY_2017,
    lowest_age=18,
    rows={row.name: row for row in QSOFA.rows},
    lactate={1: lactate >= 2},
    titles={row.name: row.title for row in QSOFA.rows},
    bands={"positive": 2},
    choices=(
        *QSOFA.choices,
        Choice(
            "name",
            "LqSOFA(2) of Shetty and others, for adults",
            "the Liverpool score of children has the same letters and other signs",
        ),
    ),
)
