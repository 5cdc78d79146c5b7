"""Obstetrically modified SOFA and quick SOFA, 2017."""

from opensepsis.definitions.concepts import labs, vitals
from opensepsis.definitions.papers import BOWYER_2017, BOWYER_2017_QUICK
from opensepsis.definitions.signals.carried import (
    NOT_PREGNANT,
    ONLY_PREGNANT,
    VALID,
    consciousness,
    respiratory_rate,
    systolic_pressure,
)
from opensepsis.definitions.signals.hypoperfusion import VASOPRESSORS
from opensepsis.definitions.signals.measured import (
    INFUSION,
    PAIRING,
    infusion,
    mean_pressure,
    measured,
    pao2_fio2,
    platelets,
)
from opensepsis.rules import Choice, Concept, CountActive, Linear, Rounded, hours, score


def _micromoles(concept: Concept, times: float) -> Rounded:
    """A value in whole µmol/L, as the table prints its limits."""
    named = {"name": concept.name, "label": concept.label, "unit": "umol/L"}
    return Rounded(**named, signal=Linear(**named, signal=measured(concept), times=times), decimals=0)


bilirubin = _micromoles(labs.BILIRUBIN, 17.104)
creatinine = _micromoles(labs.CREATININE, 88.42)
vasopressors = CountActive(
    name="vasopressors", label="vasopressors", parts=tuple(map(infusion, VASOPRESSORS))
)
awareness = measured(vitals.CONSCIOUSNESS)

OMSOFA = score(
    "omsofa",
    "Obstetrically modified SOFA",
    BOWYER_2017,
    window=hours(24),
    not_while=NOT_PREGNANT,
    respiration={1: pao2_fio2 < 400, 2: pao2_fio2 < 300},
    coagulation={1: platelets < 150, 2: platelets < 100},
    liver={1: bilirubin > 20, 2: bilirubin > 32},
    circulation={1: mean_pressure < 70, 2: vasopressors >= 1},
    consciousness={1: awareness.one_of("V", "P", "U"), 2: awareness.one_of("P", "U")},
    kidney={1: creatinine > 90, 2: creatinine > 120},
    titles={
        "respiration": "PaO₂/FiO₂",
        "coagulation": "Coagulation (platelets)",
        "liver": "Liver (bilirubin)",
        "circulation": "Cardiovascular",
        "kidney": "Renal (creatinine)",
    },
    choices=(
        ONLY_PREGNANT,
        Choice("window", "each row keeps the worst of 24 hours", "as SOFA; the table prints none"),
        Choice(
            "µmol/L",
            "bilirubin (17.104) and creatinine (88.42) are turned into µmol/L and rounded to whole ones",
            "the limits are printed in whole µmol/L",
        ),
        Choice(
            "consciousness",
            "unresponsive is 2 points as rousable by pain; new confusion (C) is alert",
            "the table prints alert, rousable by voice and by pain, and nothing else",
        ),
        PAIRING,
        INFUSION,
    ),
)
OMQSOFA = score(
    "omqsofa",
    "Obstetrically modified quick SOFA",
    BOWYER_2017_QUICK,
    not_while=NOT_PREGNANT,
    circulation={1: systolic_pressure < 90},
    respiration={1: respiratory_rate >= 25},
    brain={1: consciousness.one_of("C", "V", "P", "U")},
    titles={
        "circulation": "Systolic pressure",
        "respiration": "Respiratory rate",
        "brain": "Not alert",
    },
    bands={"positive": 2},
    choices=(
        ONLY_PREGNANT,
        VALID,
        Choice("rate", "25 counts", "one code prints above 25"),
    ),
)
