"""Signals for scores of the moment: the latest value, for as long as it is valid."""

from datetime import timedelta

from opensepsis.definitions.concepts import gases, labs, person, support, vitals
from opensepsis.definitions.signals.measured import glasgow
from opensepsis.rules import (
    Choice,
    Concept,
    Count,
    FirstKnown,
    Latest,
    Linear,
    Plus,
    Rounded,
    Running,
    Signal,
    days,
    hours,
)

VITALS_VALID = hours(12)
LABS_VALID = hours(24)
VALID = Choice(
    "valid",
    "the latest value counts: vital signs for 12 hours, laboratory values for 24 hours; then the row is not known",
    "12 hours is the longest interval between observations that NEWS2 allows; the papers of the others do not say",
)


def current(concept: Concept, valid: timedelta = VITALS_VALID) -> Latest:
    """The last value, for as long as it is valid."""
    return Latest(name=concept.name, label=concept.label, unit=concept.unit, concept=concept, valid=valid)


def rounded(signal: Signal, decimals: int = 0) -> Rounded:
    """The signal as the chart prints it: half up, so that no value falls between two bands."""
    return Rounded(name=signal.name, label=signal.label, unit=signal.unit, signal=signal, decimals=decimals)


heart_rate = current(vitals.HEART_RATE)
respiratory_rate = current(vitals.RESPIRATORY_RATE)
temperature = current(vitals.TEMPERATURE)
systolic_pressure = current(vitals.SYSTOLIC_PRESSURE)
diastolic_pressure = current(vitals.DIASTOLIC_PRESSURE)
_thrice = Plus(
    name="thrice_mean", label="MAP", parts=(systolic_pressure, diastolic_pressure, diastolic_pressure)
)
mean_pressure = FirstKnown(
    name="mean_pressure",
    label="MAP",
    unit="mm[Hg]",
    parts=(
        current(vitals.MEAN_PRESSURE),
        Linear(name="computed_mean", label="MAP", unit="mm[Hg]", signal=_thrice, by=3),
    ),
)
spo2 = current(vitals.SPO2)
fio2 = current(vitals.FIO2)
oxygen_flow = current(vitals.OXYGEN_FLOW)
consciousness = current(vitals.CONSCIOUSNESS)
gcs = glasgow(current)
capillary_refill = current(vitals.CAPILLARY_REFILL)
paco2 = current(gases.PACO2, LABS_VALID)
lactate = current(labs.LACTATE, LABS_VALID)
wbc = current(labs.WBC, LABS_VALID)
bands = current(labs.BANDS, LABS_VALID)

oxygen_device = Running(
    name="on_oxygen",
    label="on oxygen",
    concept=support.OXYGEN,
    not_words=("air",),
    unknown_unless_charted=True,
)
ventilator = Running(
    name="ventilator",
    label="ventilated",
    concept=support.VENTILATION,
    unknown_unless_charted=True,
)
on_oxygen = oxygen_device.holds | ventilator.holds | (fio2 > 0.21) | (oxygen_flow > 0)
OXYGEN = Choice(
    "oxygen",
    "on oxygen: a device or ventilator runs, or FiO₂ is above 0.21, or oxygen flows; on air only when that is charted",
    "nothing charted about oxygen does not mean air",
)
PREGNANCY_LASTS = days(300)
RECENTLY_PREGNANT = days(42)
expecting = Latest(
    name="pregnancy", label="charted as", concept=person.PREGNANCY, valid=PREGNANCY_LASTS
).one_of("pregnant")
recently_pregnant = Latest(
    name="recent_pregnancy",
    label="charted in the last 42 days as",
    concept=person.PREGNANCY,
    valid=RECENTLY_PREGNANT,
).one_of("recently pregnant")
pregnant = expecting | recently_pregnant
pregnancy_entries = Count(
    name="pregnancy_entries",
    label="entries about pregnancy in 300 days",
    concept=person.PREGNANCY,
    over=PREGNANCY_LASTS,
)
recent_entries = Count(
    name="recent_entries",
    label="entries about pregnancy in 42 days",
    concept=person.PREGNANCY,
    over=RECENTLY_PREGNANT,
)
NOT_PREGNANT = (~expecting | (pregnancy_entries < 1)) & (~recently_pregnant | (recent_entries < 1))
HOW_LONG_PREGNANT = Choice(
    "how long pregnant",
    "the last entry counts: 'pregnant' for 300 days, 'recently pregnant' for 42 days from each time it is charted or coded; codes of "
    "birth, abortion and the puerperium are 'recently pregnant'. In a man, or outside the ages of "
    f"{person.MATERNITY_AGES[0]} to {person.MATERNITY_AGES[1]} years, neither counts",
    "no pregnancy lasts longer than 300 days; NICE counts 6 weeks from birth, miscarriage or termination, WHO to the 42nd day, and the day "
    "itself is seldom in the data. Sex and ages are those of the Medicare Code Editor, edits 4 and 5: an entry for the wrong patient would "
    "withhold NEWS2",
)
ONLY_PREGNANT = Choice(
    "who",
    "only while somebody is charted as pregnant or recently pregnant, or coded so",
    "the table is made for pregnancy, and nobody is pregnant unless that is charted",
)
scale_2 = Running(name="scale_2", label="SpO₂ scale 2 ordered", concept=support.SPO2_SCALE_2)
