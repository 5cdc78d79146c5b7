"""Septic shock by Sepsis-3, 2016."""

from opensepsis.definitions.concepts import drugs, labs, vitals
from opensepsis.definitions.papers import SHANKAR_HARI_2016
from opensepsis.definitions.phenotypes.sepsis3 import SEPSIS_3, SEPSIS_3_SOFA_2
from opensepsis.definitions.signals.measured import (
    INFUSION,
    angiotensin,
    dopamine,
    epinephrine,
    norepinephrine,
    phenylephrine,
    vasopressin,
)
from opensepsis.rules import Choice, Shock, days, hours, phenotype_variant

SEPTIC_SHOCK = Shock(
    name="septic_shock",
    title="Septic shock (Sepsis-3)",
    paper=SHANKAR_HARI_2016,
    sepsis=SEPSIS_3,
    vasopressors=(norepinephrine, epinephrine, dopamine, phenylephrine, vasopressin, angiotensin),
    lactate=labs.LACTATE,
    lactate_above=2.0,
    paired_within=hours(24),
    until=days(7),
    choices=(
        Choice(
            "vasopressor",
            "a vasopressor that runs is taken as needed to keep MAP at 65 or above",
            "charts do not say why it runs",
        ),
        Choice(
            "pairing",
            "vasopressor and lactate above 2 mmol/L at most 24 h apart; shock when both are present",
            "no official window",
        ),
        Choice(
            "fluids",
            "the volume given is not judged",
            "no volume is official; the variant asks for 30 mL/kg in 24 h",
        ),
        Choice(
            "course",
            "from the onset of sepsis to 7 days after it",
            "later shock needs a new suspicion of infection",
        ),
        INFUSION,
    ),
)
SEPTIC_SHOCK_FLUIDS = phenotype_variant(
    SEPTIC_SHOCK,
    "fluids_30",
    why="at least 30 mL/kg of crystalloid in the 24 hours before; not met while volume or weight is unknown",
    fluid=drugs.CRYSTALLOID,
    weight=vitals.WEIGHT,
    fluid_at_least=30,
)
SEPTIC_SHOCK_SOFA_2 = phenotype_variant(
    SEPTIC_SHOCK, "sofa2", why="sepsis with organ failure by SOFA-2 (2025)", sepsis=SEPSIS_3_SOFA_2
)
