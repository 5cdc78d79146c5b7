"""Surviving Sepsis Campaign 2026, adults. Read from abstracts and summaries: not verified."""

from datetime import date, timedelta

from opensepsis.definitions.clocks.parts import (
    ANTIBIOTIC,
    BOUNDARY,
    BREADTH,
    COMFORT_CARE,
    CRYSTALLOID_30,
    DONE_BEFORE,
    FLUID_TIME,
    HYPOTENSION_OR_LACTATE_4,
    LACTATE,
    LOOKED_FOR,
    PRESSURE,
    REPEAT,
    TIME_ZERO,
    WEIGHT,
)
from opensepsis.definitions.concepts import vitals
from opensepsis.definitions.papers import SSC_ADULTS_2026
from opensepsis.rules import (
    Anchor,
    Arm,
    Choice,
    Clock,
    EpisodeTrigger,
    ManualCompletion,
    Result,
    Seen,
    Target,
    Task,
    hours,
)


def _antibiotic(within: timedelta) -> Task:
    return Task(
        name="antibiotic",
        title="Antimicrobial",
        closed_by=ANTIBIOTIC,
        within=within,
        look_back=hours(24),
        verified=False,
    )


def _fluid(when: Seen | None) -> Task:
    return Task(
        name="fluid_30",
        title="At least 30 mL/kg crystalloid in the first 3 hours",
        closed_by=CRYSTALLOID_30,
        within=hours(3),
        look_back=hours(6),
        when=when,
        counted_from=Anchor.LATER,
        verified=False,
    )


LACTATES = (
    Task(
        name="lactate",
        title="Measure lactate",
        closed_by=LACTATE,
        within=hours(1),
        look_back=hours(6),
        verified=False,
    ),
    Task(
        name="repeat_lactate",
        title="Serial lactate if the first is above 2 mmol/L",
        closed_by=LACTATE,
        when=Result(task="lactate", above=2.0, words="first lactate above 2 mmol/L"),
        counted_from=Anchor.LATER,
        earliest=hours(2),
        within=hours(4),
        verified=False,
    ),
)
SOURCE_CONTROL = Task(
    name="source_control",
    title="Source control, ideally",
    closed_by=ManualCompletion(),
    within=hours(6),
    verified=False,
)
PRESSURE_AIMS = (
    Target(
        name="mean_pressure",
        title="MAP of 65 mmHg or more",
        concept=vitals.MEAN_PRESSURE,
        low=65,
        below_age=65,
        verified=False,
    ),
    Target(
        name="mean_pressure",
        title="MAP of 60 to 65 mmHg from 65 years",
        concept=vitals.MEAN_PRESSURE,
        low=60,
        high=65,
        lowest_age=65,
        verified=False,
    ),
)
SHOCK = EpisodeTrigger(phenotype="septic_shock")
SEPSIS = EpisodeTrigger(phenotype="sepsis3")
POSSIBLE = EpisodeTrigger(phenotype="suspected_infection")
POOR_PERFUSION = Seen(
    condition=HYPOTENSION_OR_LACTATE_4,
    words="hypotension or lactate of 4 mmol/L or more",
    before=hours(6),
    until=hours(6),
)

SSC_2026_ADULTS = Clock(
    name="ssc2026_adults",
    title="Surviving Sepsis Campaign 2026, adults",
    version="2026",
    paper=SSC_ADULTS_2026,
    effective_from=date(2026, 3, 23),
    lowest_age=18,
    arms=(
        Arm(
            trigger=SHOCK,
            title="Shock",
            tasks=(_antibiotic(hours(1)), *LACTATES, _fluid(None), SOURCE_CONTROL),
            aims=PRESSURE_AIMS,
        ),
        Arm(
            trigger=SEPSIS,
            title="Probable or definite sepsis without shock",
            tasks=(_antibiotic(hours(1)), *LACTATES, _fluid(POOR_PERFUSION), SOURCE_CONTROL),
            unless=(SHOCK.name,),
        ),
        Arm(
            trigger=POSSIBLE,
            title="Possible sepsis without shock",
            tasks=(_antibiotic(hours(3)),),
            unless=(SHOCK.name, SEPSIS.name),
        ),
    ),
    exclusions=(COMFORT_CARE,),
    choices=(
        TIME_ZERO,
        LOOKED_FOR,
        BOUNDARY,
        DONE_BEFORE,
        BREADTH,
        REPEAT,
        PRESSURE,
        WEIGHT,
        FLUID_TIME,
        Choice(
            "likelihood",
            "Sepsis-3 is probable or definite sepsis; suspected infection without it is possible sepsis",
            "the guideline leaves it to the clinician's judgement, which charts do not contain",
        ),
        Choice(
            "fluid",
            "in shock always; without shock for hypotension or lactate of 4 mmol/L or more",
            "the summaries name sepsis-induced hypoperfusion or shock; the full text is not confirmed",
        ),
        Choice(
            "not timed",
            "choice of vasopressor, capillary refill and place of care have no task; MAP is a target without a deadline",
            "they are targets or have no feed that shows them",
        ),
        Choice(
            "pressure target",
            "in shock only; an unknown age has the target of younger adults; 65 itself belongs to both",
            "the statement speaks of adults with septic shock",
        ),
    ),
)
