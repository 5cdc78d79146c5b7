"""Signals for organ failure beside SIRS: urine over two hours, fluid given, by weight, and the pressures after it."""

from opensepsis.definitions.concepts import drugs, labs, vitals
from opensepsis.definitions.signals.measured import measured
from opensepsis.rules import (
    Concept,
    InARow,
    Latest,
    MeanRate,
    Rise,
    Running,
    SinceAmount,
    Total,
    days,
    hours,
    minutes,
)

weight = Latest(name="weight", label="weight", unit="kg", concept=vitals.WEIGHT, valid=days(30))
urine_2h = Total(
    name="urine_2h",
    label="urine in 2 h",
    unit="mL",
    concept=vitals.URINE_OUTPUT,
    over=hours(2),
    first_covers=hours(1),
    longest_gap=hours(2),
)
urine_rate_2h = MeanRate(
    name="urine_rate_2h", label="urine over 2 h", unit="mL/kg/h", total=urine_2h, per=weight
)
since_crystalloid_30 = SinceAmount(
    name="since_crystalloid_30",
    label="time since 30 mL/kg of crystalloid",
    unit="h",
    concept=drugs.CRYSTALLOID,
    amount=30,
    per=weight,
    over=hours(6),
)
systolic, mean = measured(vitals.SYSTOLIC_PRESSURE), measured(vitals.MEAN_PRESSURE)
low_pressure = (systolic < 90) | (mean < 65)
low_in_a_row = InARow(
    name="low_pressures_in_a_row",
    label="low pressures in a row since 30 mL/kg of crystalloid",
    condition=low_pressure,
    since=since_crystalloid_30,
)
creatinine_rise_48h = Rise(
    name="creatinine_rise_48h",
    label="rise of creatinine in 48 h",
    unit="mg/dL",
    measured=measured(labs.CREATININE),
    over=hours(48),
)


def runs(drug: Concept) -> Running:
    """The rate of a vasopressor from its start; gaps up to 15 minutes are bridged."""
    return Running(
        name=f"{drug.name}_runs", label=drug.label, unit=drug.unit, concept=drug, bridging=minutes(15)
    )


VASOPRESSORS = (
    drugs.NOREPINEPHRINE,
    drugs.EPINEPHRINE,
    drugs.DOPAMINE,
    drugs.PHENYLEPHRINE,
    drugs.VASOPRESSIN,
    drugs.ANGIOTENSIN,
)
norepinephrine, epinephrine, dopamine, phenylephrine, vasopressin, angiotensin = map(runs, VASOPRESSORS)
on_vasopressor = (
    norepinephrine.holds
    | epinephrine.holds
    | dopamine.holds
    | phenylephrine.holds
    | vasopressin.holds
    | angiotensin.holds
)
