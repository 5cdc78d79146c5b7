"""DIC by the Japanese Association for Acute Medicine, 2006, and its revision with antithrombin."""

from opensepsis.definitions.papers import GANDO_2006, IBA_2016
from opensepsis.definitions.signals.clotting import (
    DAY,
    antithrombin,
    bands,
    fdp,
    heart_rate,
    paco2,
    platelets_fall,
    pt_ratio,
    respiratory_rate,
    temperature,
    wbc,
)
from opensepsis.definitions.signals.measured import platelets
from opensepsis.rules import Choice, add, hours, score

SIRS = add(
    {1: (temperature > 38) | (temperature < 36)},
    {1: heart_rate > 90},
    {1: (respiratory_rate > 20) | (paco2 < 32)},
    {1: (wbc > 12) | (wbc < 4) | (bands > 10)},
    steps={3: 1},
)
CLOTTING = {
    "platelets": {
        1: (platelets < 120) | (platelets_fall > 30),
        3: (platelets < 80) | (platelets_fall > 50),
    },
    "pt": {1: pt_ratio >= 1.2},
    "fdp": {1: fdp >= 10, 3: fdp >= 25},
}
TITLES = {
    "sirs": "SIRS criteria, 3 or more",
    "pt": "Prothrombin time ratio",
    "fdp": "Fibrin degradation products",
}
CHOICES = (
    Choice("points", "3 for platelets below 80 and for FDP of 25 and above", "one table prints 2"),
    Choice("fall", "against the highest platelets of the 24 hours up to the count", "'within 24 hours'"),
    Choice("D-dimer", "is not converted to FDP", "the conversion belongs to the assay"),
    Choice("ratio", "only where the laboratory reports one", "an INR is not the same ratio"),
    DAY,
)

JAAM_DIC = score(
    "jaam_dic",
    "JAAM DIC",
    GANDO_2006,
    window=hours(24),
    lowest_age=18,
    rows={"sirs": SIRS, **CLOTTING},
    titles=TITLES,
    bands={"DIC": 4},
    choices=(
        Choice("SIRS", "criteria met at any time in the 24 hours count together", "the table does not say"),
        *CHOICES,
    ),
)
JAAM_DIC_2 = score(
    "jaam_dic_2",
    "JAAM-2 DIC",
    IBA_2016,
    window=hours(24),
    lowest_age=18,
    rows={"antithrombin": {1: antithrombin < 70}, **CLOTTING},
    titles=TITLES,
    bands={"DIC": 4},
    choices=CHOICES,
)
