"""Maternal sepsis in two steps (CMQCC) and the signs that WHO looked at."""

from opensepsis.definitions.concepts import labs, person, vitals
from opensepsis.definitions.papers import CMQCC_2020, CMQCC_STEP_1, GLOSS
from opensepsis.definitions.signals.bedside_signs import usual_systolic
from opensepsis.definitions.signals.carried import (
    HOW_LONG_PREGNANT,
    NOT_PREGNANT,
    ONLY_PREGNANT,
    VALID,
    bands,
    heart_rate,
    respiratory_rate,
    temperature,
    wbc,
)
from opensepsis.definitions.signals.hypoperfusion import urine_rate_2h
from opensepsis.definitions.signals.kidney import creatinine_ratio
from opensepsis.definitions.signals.measured import DEVICES, PAIRING, measured, pao2_fio2, supported_by
from opensepsis.rules import Choice, Linear, Plus, Running, hours, score

labour = Running(name="labour", label="in labour", concept=person.LABOUR)
LABOUR = Choice(
    "labour",
    "white cells and lactate are not judged while labour is charted",
    "both rise in labour; labour that is not charted is taken as absent",
)
ventilated = supported_by(
    "invasive", "noninvasive", "cpap", name="ventilated", label="invasive or non-invasive ventilation"
)
platelets, inr, aptt = measured(labs.PLATELETS), measured(labs.INR), measured(labs.APTT)
bilirubin, creatinine, lactate = measured(labs.BILIRUBIN), measured(labs.CREATININE), measured(labs.LACTATE)
systolic, mean = measured(vitals.SYSTOLIC_PRESSURE), measured(vitals.MEAN_PRESSURE)
awareness = measured(vitals.CONSCIOUSNESS)
_below = Linear(name=systolic.name, label=systolic.label, unit=systolic.unit, signal=systolic, times=-1)
systolic_fall = Plus(
    name="systolic_fall",
    label="fall below the usual systolic pressure",
    unit="mm[Hg]",
    parts=(usual_systolic, _below),
)

CMQCC_STEP_1_SIGNS = score(
    "cmqcc_step_1",
    "Maternal sepsis, step 1 (CMQCC)",
    CMQCC_STEP_1,
    not_while=NOT_PREGNANT,
    temperature={1: (temperature < 36) | (temperature >= 38)},
    pulse={1: heart_rate > 110},
    respiration={1: respiratory_rate > 24},
    white_cells={1: ((wbc > 15) | (wbc < 4) | (bands > 10)).where(~labour.holds)},
    titles={"pulse": "Heart rate", "respiration": "Respiratory rate", "white_cells": "White cells"},
    bands={"positive": 2},
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        VALID,
        LABOUR,
        Choice("fever", "38.0 °C counts", "two copies print above 38"),
        Choice(
            "sustained",
            "the last value, whatever it was before",
            "one source asks for 15 minutes; observations are seldom charted so often",
        ),
        Choice(
            "respiratory rate",
            "above 24, and one sign among others",
            "a newer teaching set takes 24 alone as positive",
        ),
    ),
)
CMQCC_STEP_2_ORGANS = score(
    "cmqcc_step_2",
    "Maternal sepsis, step 2: organ injury (CMQCC)",
    CMQCC_2020,
    window=hours(24),
    not_while=NOT_PREGNANT,
    respiration={1: ventilated.holds | (pao2_fio2 < 300)},
    coagulation={1: (platelets < 100) | (inr > 1.5) | (aptt > 60)},
    liver={1: bilirubin > 2.0},
    circulation={1: (systolic < 85) | (mean < 65) | (systolic_fall > 40)},
    kidney={1: (creatinine >= 1.2) | (creatinine_ratio >= 2) | (urine_rate_2h < 0.5)},
    mental={1: awareness.one_of("C", "V", "P", "U")},
    lactate={1: (lactate > 2).where(~labour.holds)},
    titles={"circulation": "Pressure", "mental": "Mental state"},
    bands={"organ injury": 1},
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        LABOUR,
        Choice("window", "each row keeps the worst of 24 hours", "the steps print none"),
        Choice(
            "fluid",
            "a low pressure counts whatever fluid was given before",
            "the table says after fluid; how much and when is not printed",
        ),
        Choice(
            "ventilation",
            "while it runs, by tube, mask or CPAP",
            "new need cannot be distinguished from long-term ventilation",
        ),
        Choice("liver", "above 2.0 mg/dL", "one copy prints above 30 µmol/L (1.75 mg/dL)"),
        Choice("creatinine doubled", "against the lowest of 7 days", "the baseline is not printed"),
        Choice(
            "after birth",
            "the same limits throughout",
            "one summary takes 90 mm Hg from day 3 after birth on",
        ),
        Choice("alternatives", "those that are not known are disregarded", "one of them is enough"),
        PAIRING,
        DEVICES,
    ),
)
WHO_MATERNAL_SIGNS = score(
    "who_maternal_signs",
    "Candidate signs of maternal sepsis in WHO's study",
    GLOSS,
    not_while=NOT_PREGNANT,
    temperature={1: (temperature > 38) | (temperature < 36)},
    pulse={1: heart_rate > 110},
    respiration={1: respiratory_rate > 24},
    titles={"pulse": "Heart rate", "respiration": "Respiratory rate"},
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        VALID,
        Choice(
            "meaning",
            "signs that were studied; how many are enough is not printed",
            "WHO's definition has no limits",
        ),
    ),
)
