"""Overt DIC by the ISTH, 2001 and 2025, and sepsis-induced coagulopathy, 2017."""

from opensepsis.definitions.papers import IBA_2017, ISTH_2025, TAYLOR_2001
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.definitions.signals.clotting import (
    DAY,
    NORMAL,
    d_dimer_by_normal,
    fdp_by_normal,
    fibrinogen,
    inr,
    pt_prolongation,
)
from opensepsis.definitions.signals.measured import platelets
from opensepsis.rules import Choice, Row, add, hours, score, variant

WHO = Choice("who", "the underlying disease is not judged by the score", "the table asks for one")
TITLES = {"pt": "Prothrombin time", "fibrin": "Fibrin marker (D-dimer)"}

ISTH_DIC_2001 = score(
    "isth_dic_2001",
    "ISTH overt DIC (2001)",
    TAYLOR_2001,
    window=hours(24),
    platelets={1: platelets < 100, 2: platelets < 50},
    fibrin={2: d_dimer_by_normal >= 2, 3: d_dimer_by_normal > 4},
    pt={1: pt_prolongation >= 3, 2: pt_prolongation >= 6},
    fibrinogen={1: fibrinogen < 100},
    titles=TITLES,
    bands={"overt DIC": 5},
    choices=(
        WHO,
        Choice(
            "fibrin marker",
            "D-dimer: moderate from 2 to 4 times the upper limit of normal, strong above 4 times",
            "2001 prints no limits; these are the most used",
        ),
        Choice(
            "boundaries",
            "platelets of 100, a prolongation of 3 s and of 6 s, fibrinogen of 1.0 g/L: 0, 1, 2 and 0 points",
            "one review prints the other side for each",
        ),
        NORMAL,
        DAY,
    ),
)
ISTH_DIC_2025 = score(
    "isth_dic_2025",
    "ISTH overt DIC (2025 update)",
    ISTH_2025,
    window=hours(24),
    platelets={1: platelets < 100, 2: platelets < 50},
    fibrin={2: d_dimer_by_normal > 3, 3: d_dimer_by_normal > 7},
    pt={1: (pt_prolongation >= 3) | (inr > 1.2), 2: (pt_prolongation >= 6) | (inr > 1.4)},
    fibrinogen={1: fibrinogen < 100},
    titles=TITLES,
    bands={"overt DIC": 5},
    choices=(
        WHO,
        Choice("ratio", "the worse of seconds and INR", "one source only gives limits for the ratio"),
        NORMAL,
        DAY,
    ),
)

_FDP = (
    "fibrin degradation products in the place of D-dimer, against the upper limit of normal that the site gives (fdp_upper_limit); "
    "without it the row is not known"
)
ISTH_DIC_2001_FDP = variant(
    ISTH_DIC_2001, "fdp", why=_FDP, fibrin={2: fdp_by_normal >= 2, 3: fdp_by_normal > 4}
)
ISTH_DIC_2025_FDP = variant(
    ISTH_DIC_2025, "fdp", why=_FDP, fibrin={2: fdp_by_normal > 3, 3: fdp_by_normal > 7}
)

_FOUR = [
    row
    for row in SOFA.rows
    if isinstance(row, Row) and row.name in ("respiration", "circulation", "liver", "kidney")
]
SIC = score(
    "sic",
    "Sepsis-induced coagulopathy",
    IBA_2017,
    window=hours(24),
    lowest_age=18,
    pt={1: inr > 1.2, 2: inr > 1.4},
    platelets={1: platelets < 150, 2: platelets < 100},
    sofa=add(*_FOUR, at_most=2),
    titles={"pt": "Prothrombin time (INR)", "sofa": "SOFA: respiration, circulation, liver, kidney"},
    bands={"coagulopathy, if platelets and prothrombin time give more than 2 of them,": 4},
    choices=(
        Choice(
            "sepsis and the third condition",
            "judged by the phenotype sepsis_induced_coagulopathy, not by the score",
            "the definition asks for sepsis and for more than 2 points of platelets and prothrombin time",
        ),
        Choice("SOFA", "that of 1996", "no paper says how to use SOFA-2 here"),
        Choice("boundaries", "an INR of 1.2 gives 0 and of 1.4 gives 1", "one source prints the other side"),
        DAY,
        *SOFA.choices,
    ),
)
