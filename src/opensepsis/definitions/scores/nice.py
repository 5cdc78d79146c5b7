"""NICE's criteria of suspected sepsis from 12 years: adults outside hospital, 12 to 15 years, and pregnancy (2025)."""

from opensepsis.definitions.papers import NICE_12_TO_15, NICE_ADULTS, NICE_PREGNANT
from opensepsis.definitions.signals.bedside_signs import (
    behaviour,
    cyanosis,
    functional_loss,
    hours_without_urine,
    impaired_immunity,
    mottled_skin,
    new_arrhythmia,
    non_blanching_rash,
    recent_injury,
    systolic_fall,
    urinary_catheter,
    urine_6h,
    wound_infection,
)
from opensepsis.definitions.signals.carried import (
    HOW_LONG_PREGNANT,
    NOT_PREGNANT,
    ONLY_PREGNANT,
    OXYGEN,
    VALID,
    consciousness,
    fio2,
    heart_rate,
    on_oxygen,
    pregnant,
    respiratory_rate,
    rounded,
    systolic_pressure,
    temperature,
)
from opensepsis.rules import Choice, Condition, either, first_of, score

BANDS = {"moderate to high risk": 1, "high risk": 2}
rate, pulse, systolic = map(rounded, (respiratory_rate, heart_rate, systolic_pressure))
degrees = rounded(temperature, decimals=1)
not_alert = consciousness.one_of("C", "V", "P", "U")
seen_altered = behaviour.one_of("altered")
told_altered = behaviour.one_of("reduced", "altered")

LOWER_BOUND = Choice(
    "at least",
    "2 is high, 1 moderate to high; while a row is not known the total is a lower bound, and it is 0 only where every row is known",
    "the tables call a person low only when nothing is met; many signs are seldom charted",
)
SIGNS = Choice(
    "signs",
    "a row of several signs is 0 only where each of them is charted as absent; a new arrhythmia and the usual pressure, which are "
    "charted seldom, are disregarded while they are not known",
    "a sign that nobody charted is not absent",
)
WHOLE = Choice(
    "rounding",
    "temperature to 0.1 °C, everything else to whole numbers, half up, before the table is read",
    "the tables print whole numbers and no rule for what lies between",
)
URINE = Choice(
    "urine",
    "with a catheter the mean over 6 h by weight decides, without one the hours since urine was passed",
    "the tables print a rate and no time for it",
)
INJURY_AND_IMMUNITY = Choice(
    "immunity and injury",
    "as charted, for a year and for 6 weeks; not from codes of diagnoses, drugs or procedures",
    "a code that is absent says nothing",
)


def limited_by(high: Condition, moderate: Condition) -> dict[int, Condition]:
    """A row with both columns: 0 only where each of its parts is known not to be met."""
    return {1: either(moderate, high), 2: high}


def _table(moderate_pulse: int, oxygen: Condition) -> dict[str, dict[int, Condition]]:
    """The rows from 12 years on; the pulse of the lower column and the share of oxygen differ."""
    with_catheter, fast = urinary_catheter.holds, pulse >= moderate_pulse
    return {
        "mental": limited_by(either(not_alert, seen_altered), either(told_altered, functional_loss)),
        "immunity": {1: impaired_immunity},
        "injury": {1: recent_injury},
        "respiration": {1: rate >= 21, 2: rate >= 25},
        "oxygen": {2: oxygen & on_oxygen},
        "pressure": {1: (systolic <= 100) | (systolic_fall > 40), 2: (systolic <= 90) | (systolic_fall > 40)},
        "pulse": {1: either(fast, first_of(new_arrhythmia, fast)), 2: pulse > 130},
        "urine": {
            1: either((hours_without_urine >= 12) & ~with_catheter, (urine_6h <= 1) & with_catheter),
            2: either((hours_without_urine >= 18) & ~with_catheter, (urine_6h < 0.5) & with_catheter),
        },
        "temperature": {1: degrees < 36},
        "skin": limited_by(either(mottled_skin, cyanosis, non_blanching_rash), wound_infection),
    }


TITLES = {
    "mental": "Mental state",
    "immunity": "Impaired immunity",
    "injury": "Recent injury or surgery",
    "respiration": "Respiratory rate",
    "oxygen": "Need of oxygen",
    "pressure": "Systolic pressure",
    "pulse": "Heart rate",
}
CHOICES = (
    LOWER_BOUND,
    VALID,
    SIGNS,
    WHOLE,
    OXYGEN,
    URINE,
    INJURY_AND_IMMUNITY,
    Choice(
        "need of oxygen",
        "the share that is given, whatever the SpO₂ it keeps and what is usual for the person",
        "no feed states for which SpO₂ oxygen is given",
    ),
    Choice("temperature", "measured anywhere", "the tables print tympanic"),
)

NICE_TABLE_ADULTS = score(
    "nice_adults",
    "NICE's criteria from 16 years, outside hospital (NG253)",
    NICE_ADULTS,
    lowest_age=16,
    not_while=pregnant,
    by_worst_row=True,
    bands=BANDS,
    titles=TITLES,
    choices=(
        *CHOICES,
        Choice(
            "place",
            "computed wherever the patient is",
            "the guideline asks for NEWS2 in acute hospitals, mental health units and ambulances, and for this table elsewhere",
        ),
    ),
    rows=_table(91, fio2 > 0.40),
)
NICE_TABLE_12_TO_15 = score(
    "nice_12_to_15",
    "NICE's criteria for 12 to 15 years (NG254)",
    NICE_12_TO_15,
    lowest_age=12,
    age_below=16,
    not_while=pregnant,
    by_worst_row=True,
    bands=BANDS,
    titles=TITLES,
    choices=CHOICES,
    rows=_table(91, fio2 > 0.40),
)
NICE_TABLE_PREGNANT = score(
    "nice_pregnant",
    "NICE's criteria in pregnancy and up to 6 weeks after (NG255)",
    NICE_PREGNANT,
    not_while=NOT_PREGNANT,
    by_worst_row=True,
    bands=BANDS,
    titles=TITLES,
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        *CHOICES,
        Choice("share of oxygen", "40 % counts", "NG51 printed above 40 %, NG255 prints 40 % or more"),
    ),
    rows=_table(100, fio2 >= 0.40),
)
