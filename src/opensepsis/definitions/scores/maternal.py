"""Obstetrically modified SOFA and quick SOFA, 2017, and the Maternal Early Warning Criteria, 2014."""

from opensepsis.definitions.concepts import labs, vitals
from opensepsis.definitions.papers import BOWYER_2017, BOWYER_2017_QUICK, MHYRE_2014
from opensepsis.definitions.signals.carried import (
    HOW_LONG_PREGNANT,
    NOT_PREGNANT,
    ONLY_PREGNANT,
    VALID,
    consciousness,
    diastolic_pressure,
    heart_rate,
    respiratory_rate,
    spo2,
    systolic_pressure,
)
from opensepsis.definitions.signals.hypoperfusion import VASOPRESSORS, urine_2h
from opensepsis.definitions.signals.measured import (
    INFUSION,
    PAIRING,
    infusion,
    mean_pressure,
    measured,
    pao2_fio2,
    platelets,
)
from opensepsis.rules import Choice, Concept, CountActive, Linear, MeanRate, Rounded, hours, score


def _micromoles(concept: Concept, times: float) -> Rounded:
    """A value in whole µmol/L, as the table prints its limits."""
    exact = Linear(
        name=concept.name, label=concept.label, unit="umol/L", signal=measured(concept), times=times
    )
    return Rounded(name=exact.name, label=exact.label, unit=exact.unit, signal=exact, decimals=0)


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
        HOW_LONG_PREGNANT,
        Choice("window", "each row keeps the worst of 24 hours", "as SOFA; the table prints none"),
        Choice(
            "µmol/L",
            "bilirubin (17.104) and creatinine (88.42) are converted to µmol/L and rounded to whole ones",
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
        HOW_LONG_PREGNANT,
        VALID,
        Choice("rate", "25 counts", "one code prints above 25"),
    ),
)

urine_per_hour = MeanRate(name="urine_per_hour", label="urine over 2 h", unit="mL/h", total=urine_2h)
MATERNAL_EARLY_WARNING = score(
    "maternal_early_warning",
    "Maternal Early Warning Criteria",
    MHYRE_2014,
    not_while=NOT_PREGNANT,
    pressure={1: (systolic_pressure < 90) | (systolic_pressure > 160)},
    diastolic_pressure={1: diastolic_pressure > 100},
    heart_rate={1: (heart_rate < 50) | (heart_rate > 120)},
    respiratory_rate={1: (respiratory_rate < 10) | (respiratory_rate > 30)},
    spo2={1: spo2 < 95},
    urine={1: urine_per_hour < 35},
    consciousness={1: consciousness.one_of("C", "V", "P", "U")},
    titles={"spo2": "SpO₂", "pressure": "systolic pressure"},
    bands={"bedside review": 1},
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        VALID,
        Choice(
            "rows",
            "those that are measured; headache and breathlessness in pre-eclampsia are not",
            "no concept records them",
        ),
        Choice(
            "SpO₂", "also on oxygen", "the criterion speaks of air; the same value on oxygen is no better"
        ),
        Choice(
            "urine",
            "below 35 mL/h on the mean of the last 2 h, judged only when charting covers them",
            "a half-charted window is not oliguria",
        ),
    ),
)
