"""Signals of the Phoenix criteria: age, drugs at any dose, the mean pressure worked out where it is not measured."""

from opensepsis.definitions.concepts import drugs, labs, person, support, vitals
from opensepsis.definitions.signals.measured import (
    gcs_as_recorded,
    mean_pressure,
    measured,
    pao2_fio2,
    supported_by,
)
from opensepsis.definitions.signals.sofa2 import spo2_fio2
from opensepsis.rules import Age, Choice, Concept, CountActive, Denominator, FirstKnown, Linear, Plus, Running

age_months = Age(name="age_months", label="age", unit="mo", concept=person.BORN)
AGE = Choice(
    "age",
    "whole calendar months since birth by the calendar of the hospital's time zone, not corrected for prematurity",
    "the age bands begin at whole months; where only an age is recorded, birth is taken as so many years before admission",
)


def any_dose(concept: Concept) -> Running:
    """A drug that runs, whatever its dose and however short."""
    return Running(name=concept.name, label=concept.label, unit=concept.unit, concept=concept)


vasoactives = CountActive(
    name="vasoactives",
    label="vasoactive drugs",
    parts=tuple(
        any_dose(concept)
        for concept in (
            drugs.DOBUTAMINE,
            drugs.DOPAMINE,
            drugs.EPINEPHRINE,
            drugs.MILRINONE,
            drugs.NOREPINEPHRINE,
            drugs.VASOPRESSIN,
        )
    ),
)
_diastolic = measured(vitals.DIASTOLIC_PRESSURE)
_thrice = Plus(
    name="thrice_mean", label="MAP", parts=(measured(vitals.SYSTOLIC_PRESSURE), _diastolic, _diastolic)
)
mean_or_computed_pressure = FirstKnown(
    name="mean_pressure",
    label="MAP",
    unit="mm[Hg]",
    parts=(
        mean_pressure,
        Linear(name="computed_mean", label="MAP", unit="mm[Hg]", signal=_thrice, by=3),
    ),
)
supported = supported_by("invasive", "noninvasive", "cpap", "high_flow")
ventilated = supported_by("invasive", name="ventilated", label="invasive ventilation")
fio2_of_gas = Denominator(name="fio2", label="FiO₂", ratio=pao2_fio2)
fio2_of_oximeter = Denominator(name="fio2", label="FiO₂", ratio=spo2_fio2)
on_oxygen = Running(name="on_oxygen", label="on oxygen", concept=support.OXYGEN, not_words=("air",))
fixed_pupils = measured(vitals.FIXED_PUPILS)
gcs = gcs_as_recorded
lactate = measured(labs.LACTATE)
inr = measured(labs.INR)
d_dimer = measured(labs.D_DIMER)
fibrinogen = measured(labs.FIBRINOGEN)
glucose = measured(labs.GLUCOSE)
neutrophils = measured(labs.NEUTROPHILS)
lymphocytes = measured(labs.LYMPHOCYTES)
alt = measured(labs.ALT)
