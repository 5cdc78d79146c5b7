"""Surviving Sepsis Campaign 2026, children. Read from abstracts and summaries: not verified."""

from datetime import timedelta

from opensepsis.definitions.clocks.parts import (
    ANTIBIOTIC,
    BOUNDARY,
    BREADTH,
    COMFORT_CARE,
    FLUID_TIME,
    LOOKED_FOR,
    TIME_ZERO,
    WEIGHT,
)
from opensepsis.definitions.concepts import drugs, vitals
from opensepsis.definitions.papers import SSC_CHILDREN_2026
from opensepsis.rules import Arm, Choice, Clock, EpisodeTrigger, ManualCompletion, Task, Volume, hours


def _antibiotic(within: timedelta) -> Task:
    return Task(
        name="antibiotic",
        title="Antimicrobial",
        closed_by=ANTIBIOTIC,
        within=within,
        look_back=hours(24),
        verified=False,
    )


SHOCK = EpisodeTrigger(phenotype="phoenix_septic_shock")
SEPSIS = EpisodeTrigger(phenotype="phoenix_sepsis")
BOLUS = Volume(fluid=drugs.CRYSTALLOID, weight=vitals.WEIGHT, per_kg=10)

SSC_2026_CHILDREN = Clock(
    name="ssc2026_children",
    title="Surviving Sepsis Campaign 2026, children",
    version="2026",
    paper=SSC_CHILDREN_2026,
    below_age=18,
    arms=(
        Arm(
            trigger=SHOCK,
            title="Septic shock",
            tasks=(
                _antibiotic(hours(1)),
                Task(
                    name="first_bolus",
                    title="First bolus of 10 to 20 mL/kg",
                    closed_by=BOLUS,
                    within=hours(1),
                    look_back=hours(6),
                    verified=False,
                ),
                Task(
                    name="reassess",
                    title="Reassess after the bolus",
                    closed_by=ManualCompletion(),
                    within=hours(1),
                    verified=False,
                ),
            ),
        ),
        Arm(
            trigger=SEPSIS, title="Sepsis without shock", tasks=(_antibiotic(hours(3)),), unless=(SHOCK.name,)
        ),
    ),
    exclusions=(COMFORT_CARE,),
    choices=(
        TIME_ZERO,
        LOOKED_FOR,
        BOUNDARY,
        BREADTH,
        WEIGHT,
        FLUID_TIME,
        Choice(
            "3 hours", "for sepsis without shock, as in 2020", "carried over; not confirmed in the 2026 text"
        ),
        Choice(
            "bolus",
            "the first 10 mL/kg within the hour of shock",
            "the text gives volumes, not a time of its own",
        ),
        Choice("age", "under 18; not for a patient whose age is unknown", "the Phoenix criteria end at 18"),
        Choice("antibiotic before", "up to 24 h before time zero counts", "as in the clocks for adults"),
    ),
)
