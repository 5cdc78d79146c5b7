"""Signals for organ failure beside SIRS: urine over two hours and fluid given, by weight."""

from opensepsis.definitions.concepts import drugs, labs, vitals
from opensepsis.definitions.signals.measured import measured
from opensepsis.rules import Concept, Latest, MeanRate, Rise, Running, Total, days, hours, minutes

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
# known from the first fluid on, for 6 hours after each
crystalloid_6h = Total(
    name="crystalloid_6h",
    label="crystalloid in 6 h",
    unit="mL",
    concept=drugs.CRYSTALLOID,
    over=hours(6),
    first_covers=hours(6),
    longest_gap=hours(6),
)
crystalloid_rate_6h = MeanRate(
    name="crystalloid_rate_6h", label="crystalloid over 6 h", unit="mL/kg/h", total=crystalloid_6h, per=weight
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
