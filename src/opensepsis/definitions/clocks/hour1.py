"""The Hour-1 bundle, Surviving Sepsis Campaign 2018."""

from datetime import date

from opensepsis.definitions.clocks.parts import (
    ANTIBIOTIC,
    ANY_CRYSTALLOID,
    BLOOD_CULTURE,
    BOUNDARY,
    BREADTH,
    COMFORT_CARE,
    DONE_BEFORE,
    FLUID_TIME,
    HYPOTENSION,
    HYPOTENSION_OR_LACTATE_4,
    LACTATE,
    LOOKED_FOR,
    ORDER,
    PRESSURE,
    REPEAT,
    TIME_ZERO,
    VASOPRESSOR,
)
from opensepsis.definitions.papers import LEVY_2018
from opensepsis.rules import Anchor, Arm, Choice, Clock, EpisodeTrigger, Follows, Result, Seen, Task, hours

TASKS = (
    Task(name="lactate", title="Measure lactate", closed_by=LACTATE, within=hours(1), look_back=hours(6)),
    Task(
        name="repeat_lactate",
        title="Remeasure lactate if the first is above 2 mmol/L",
        closed_by=LACTATE,
        when=Result(task="lactate", above=2.0, words="first lactate above 2 mmol/L"),
        counted_from=Anchor.LATER,
        earliest=hours(2),
        within=hours(4),
    ),
    Task(
        name="blood_culture",
        title="Blood cultures before the antibiotic",
        closed_by=BLOOD_CULTURE,
        within=hours(1),
        look_back=hours(48),
        before="antibiotic",
    ),
    Task(
        name="antibiotic",
        title="Broad-spectrum antibiotic",
        closed_by=ANTIBIOTIC,
        within=hours(1),
        look_back=hours(24),
    ),
    Task(
        name="fluid",
        title="Begin 30 mL/kg crystalloid for hypotension or lactate of 4 mmol/L or more",
        closed_by=ANY_CRYSTALLOID,
        within=hours(1),
        look_back=hours(6),
        when=Seen(
            condition=HYPOTENSION_OR_LACTATE_4,
            words="hypotension or lactate of 4 mmol/L or more",
            before=hours(6),
            until=hours(6),
        ),
        counted_from=Anchor.LATER,
    ),
    Task(
        name="vasopressor",
        title="Vasopressor if hypotensive during or after fluid, to a MAP of 65",
        closed_by=VASOPRESSOR,
        within=hours(1),
        when=Seen(
            condition=HYPOTENSION,
            words="hypotension during or after fluid",
            before=hours(6),
            until=hours(6),
            follows=Follows(task="fluid"),
        ),
        counted_from=Anchor.LATER,
    ),
)

HOUR_1 = Clock(
    name="hour1",
    title="Hour-1 bundle",
    version="2018",
    paper=LEVY_2018,
    effective_from=date(2018, 4, 19),
    lowest_age=18,
    arms=(Arm(trigger=EpisodeTrigger(phenotype="sepsis3"), title="Sepsis or septic shock", tasks=TASKS),),
    exclusions=(COMFORT_CARE,),
    choices=(
        TIME_ZERO,
        LOOKED_FOR,
        BOUNDARY,
        DONE_BEFORE,
        BREADTH,
        ORDER,
        REPEAT,
        PRESSURE,
        FLUID_TIME,
        Choice(
            "conditional tasks",
            "fluid, vasopressor: 1 h from when they became indicated, judged up to 6 h around time zero",
            "the bundle asks to begin within the hour and does not say from when for what comes up later",
        ),
    ),
)
