"""CMS SEP-1, the 3-hour and 6-hour bundles. The manual in force and its windows are not verified."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from opensepsis.definitions.clocks.parts import (
    ANTIBIOTIC,
    BLOOD_CULTURE,
    BOUNDARY,
    BREADTH,
    CRYSTALLOID_30,
    FLUID_TIME,
    HYPOTENSION,
    LACTATE,
    LOOKED_FOR,
    ORDER,
    REPEAT,
    TIME_ZERO,
    VASOPRESSOR,
    WEIGHT,
)
from opensepsis.definitions.concepts import support
from opensepsis.definitions.papers import CMS_SEP_1
from opensepsis.rules import (
    Anchor,
    Arm,
    Choice,
    Clock,
    ComfortCare,
    EpisodeTrigger,
    Follows,
    LeavesWithin,
    LongStay,
    ManualCompletion,
    Recorded,
    Result,
    Seen,
    Task,
    TreatedBefore,
    Volume,
    clock_variant,
    days,
    hours,
)

SEVERE_SEPSIS = EpisodeTrigger(phenotype="sep1_severe_sepsis")
SEPTIC_SHOCK = EpisodeTrigger(phenotype="sep1_septic_shock")


def _task(
    name: str, title: str, closed_by: Recorded | Volume | ManualCompletion, within: timedelta, **more: Any
) -> Task:
    return Task(name=name, title=title, closed_by=closed_by, within=within, verified=False, **more)


CULTURE = _task(
    "blood_culture",
    "Blood cultures before the antibiotic",
    BLOOD_CULTURE,
    hours(3),
    look_back=hours(48),
    before="antibiotic",
)
SEPSIS_TASKS = (
    _task("lactate", "Initial lactate", LACTATE, hours(3), look_back=hours(6)),
    CULTURE,
    _task("antibiotic", "Broad-spectrum antibiotic", ANTIBIOTIC, hours(3), look_back=hours(24)),
    _task(
        "repeat_lactate",
        "Repeat lactate if the initial one is above 2 mmol/L",
        LACTATE,
        hours(6),
        when=Result(task="lactate", above=2.0, words="initial lactate above 2 mmol/L"),
    ),
    _task(
        "fluid_30",
        "30 mL/kg crystalloid for initial hypotension",
        CRYSTALLOID_30,
        hours(3),
        look_back=hours(6),
        when=Seen(
            condition=HYPOTENSION,
            words="initial hypotension",
            before=hours(6),
            until=hours(6),
            readings=2,
            apart=hours(3),
        ),
        counted_from=Anchor.OPENING,
        by_start=True,
    ),
)
SHOCK_TASKS = (
    _task(
        "fluid_30",
        "30 mL/kg crystalloid",
        CRYSTALLOID_30,
        hours(3),
        look_back=hours(6),
        by_start=True,
        advanced_by=Seen(
            condition=HYPOTENSION,
            words="initial hypotension",
            before=hours(6),
            until=hours(0),
            readings=2,
            apart=hours(3),
        ),
    ),
    _task(
        "vasopressor",
        "Vasopressor if hypotension persists in the hour after fluid",
        VASOPRESSOR,
        hours(6),
        when=Seen(
            condition=HYPOTENSION,
            words="hypotension persisting in the hour after fluid",
            before=hours(6),
            until=hours(6),
            readings=2,
            consecutive=True,
            follows=Follows(task="fluid_30", end="done", lasting=hours(1)),
        ),
    ),
    _task("reassess", "Repeat volume status and perfusion assessment", ManualCompletion(), hours(6)),
)

SEP_1 = Clock(
    name="sep1",
    title="CMS SEP-1",
    version="5.x, not confirmed",
    paper=CMS_SEP_1,
    lowest_age=18,
    arms=(
        Arm(trigger=SEVERE_SEPSIS, title="Severe sepsis", tasks=SEPSIS_TASKS),
        Arm(trigger=SEPTIC_SHOCK, title="Septic shock", tasks=SHOCK_TASKS),
    ),
    exclusions=(
        ComfortCare(concept=support.COMFORT_CARE, until=hours(6)),
        TreatedBefore(given=ANTIBIOTIC, longer_ago=hours(24)),
        LeavesWithin(within=hours(6)),
        LongStay(over=days(120)),
    ),
    choices=(
        TIME_ZERO,
        LOOKED_FOR,
        BOUNDARY,
        BREADTH,
        ORDER,
        REPEAT,
        WEIGHT,
        FLUID_TIME,
        Choice(
            "windows",
            "lactate −6 to +3 h, culture −48 to +3 h, antibiotic −24 to +3 h",
            "two sources differ on cultures",
        ),
        Choice(
            "initial hypotension",
            "two readings at most 3 h apart, from −6 to +6 h; due 3 h after the second",
            "not confirmed",
        ),
        Choice(
            "persistent hypotension",
            "two low readings in a row, both from the end of 30 mL/kg to 60 min after it, ends included; one alone "
            "asks for nothing",
            "two consecutive readings in the hour after fluids; the text names no edge",
        ),
        Choice(
            "fluid",
            "in time if begun from 6 h before to 3 h after the earlier of initial hypotension and shock; done when 30 mL/kg are in, "
            "whenever that is. Beside severe sepsis it is counted from initial hypotension",
            "two copies (Epic's table, version 5.3) say initiated, and the ordered volume completely infused, without a deadline for its "
            "end; CMS's own manual was not read. As before: the variant fluid_in_3h",
        ),
        Choice("volume", "30 mL/kg; the 10 % less that some versions accept is a variant", "not confirmed"),
        Choice(
            "not judged",
            "refusal, transfer in, trials, chronic conditions, documented reasons",
            "not in the data",
        ),
    ),
)
SEP_1_CULTURE_24H = clock_variant(
    SEP_1,
    "culture_24h",
    why="blood cultures count from 24 h before severe sepsis, as in the Epic tables",
    arms=(
        replace(
            SEP_1.arms[0],
            tasks=tuple(replace(t, look_back=hours(24)) if t is CULTURE else t for t in SEPSIS_TASKS),
        ),
        SEP_1.arms[1],
    ),
)


def _accepting_27(task: Task) -> Task:
    return (
        replace(task, closed_by=replace(CRYSTALLOID_30, per_kg=27))
        if task.closed_by is CRYSTALLOID_30
        else task
    )


SEP_1_FLUID_27 = clock_variant(
    SEP_1,
    "fluid_27",
    why="10 % less fluid is accepted: 27 mL/kg",
    arms=tuple(replace(arm, tasks=tuple(map(_accepting_27, arm.tasks))) for arm in SEP_1.arms),
)


def _complete_in_3h(task: Task) -> Task:
    return replace(task, by_start=False, advanced_by=None) if task.by_start else task


SEP_1_FLUID_IN_3H = clock_variant(
    SEP_1,
    "fluid_in_3h",
    why="30 mL/kg must be in within 3 h, of initial hypotension beside severe sepsis and of shock beside shock",
    arms=tuple(replace(arm, tasks=tuple(map(_complete_in_3h, arm.tasks))) for arm in SEP_1.arms),
)
