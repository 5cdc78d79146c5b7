"""NICE NG253, suspected sepsis from 16 years, 2025. The detail beside the antibiotic is not verified."""

from datetime import date, timedelta

from opensepsis.definitions.clocks.parts import (
    ANTIBIOTIC,
    ANY_CRYSTALLOID,
    BOUNDARY,
    BREADTH,
    COMFORT_CARE,
    FLUID_TIME,
    LOOKED_FOR,
    lactate,
    systolic_pressure,
)
from opensepsis.definitions.concepts import drugs, person, vitals
from opensepsis.definitions.papers import NICE_NG253
from opensepsis.definitions.signals.carried import HOW_LONG_PREGNANT, PREGNANCY_LASTS, RECENTLY_PREGNANT
from opensepsis.rules import (
    Anchor,
    Arm,
    BandTrigger,
    Charted,
    Choice,
    Clock,
    Recorded,
    Seen,
    Task,
    Volume,
    hours,
    minutes,
)

PREGNANT = tuple(
    Charted(concept=person.PREGNANCY, words=(word,), why="pregnancy: NG255 applies", valid=valid)
    for word, valid in (("pregnant", PREGNANCY_LASTS), ("recently pregnant", RECENTLY_PREGNANT))
)
OBSERVED = Recorded(concepts=(vitals.RESPIRATORY_RATE,))


def _news2(name: str, at_least: int, below: int | None = None) -> BandTrigger:
    return BandTrigger(
        name=name,
        score="news2",
        infection="suspected_infection",
        at_least=at_least,
        below=below,
        before=hours(6),
        after=hours(24),
    )


def _antibiotic(within: timedelta) -> Task:
    return Task(
        name="antibiotic",
        title="Antibiotic given",
        closed_by=ANTIBIOTIC,
        within=within,
        look_back=hours(24),
    )


def _rescore(within: timedelta) -> Task:
    return Task(
        name="rescore", title="Score again", closed_by=OBSERVED, within=within, afresh=True, verified=False
    )


FLUID_NOW = Task(
    name="fluid_now",
    title="500 mL crystalloid without delay for lactate above 4 mmol/L or systolic pressure below 90 mmHg",
    closed_by=Volume(fluid=drugs.CRYSTALLOID, at_least=500),
    within=minutes(15),
    look_back=hours(6),
    when=Seen(
        condition=(lactate > 4) | (systolic_pressure < 90),
        words="lactate above 4 mmol/L or systolic pressure below 90 mmHg",
        before=hours(6),
        until=hours(6),
    ),
    counted_from=Anchor.LATER,
    verified=False,
)
FLUID_1H = Task(
    name="fluid_1h",
    title="Fluid for lactate of 2 to 4 mmol/L",
    closed_by=ANY_CRYSTALLOID,
    within=hours(1),
    look_back=hours(6),
    when=Seen(
        condition=(lactate >= 2) & (lactate <= 4),
        words="lactate of 2 to 4 mmol/L",
        before=hours(6),
        until=hours(6),
    ),
    counted_from=Anchor.LATER,
    verified=False,
)
HIGH, MODERATE, LOW = _news2("news2_high", 7), _news2("news2_moderate", 5, 7), _news2("news2_low", 1, 5)

NICE_NG253_CLOCK = Clock(
    name="nice_ng253",
    title="NICE NG253, suspected sepsis from 16 years",
    version="2025-11-19",
    paper=NICE_NG253,
    effective_from=date(2025, 11, 19),
    lowest_age=16,
    arms=(
        Arm(
            trigger=HIGH,
            title="High risk, NEWS2 of 7 or more",
            tasks=(_antibiotic(hours(1)), _rescore(minutes(30)), FLUID_NOW, FLUID_1H),
        ),
        Arm(
            trigger=MODERATE,
            title="Moderate risk, NEWS2 of 5 or 6",
            tasks=(_antibiotic(hours(3)), _rescore(hours(1)), FLUID_NOW, FLUID_1H),
            unless=(HIGH.name,),
        ),
        Arm(
            trigger=LOW,
            title="Low risk, NEWS2 of 1 to 4",
            tasks=(_antibiotic(hours(6)), _rescore(hours(6))),
            unless=(HIGH.name, MODERATE.name),
        ),
    ),
    exclusions=(COMFORT_CARE, *PREGNANT),
    choices=(
        Choice(
            "time zero",
            "the first moment at which the score reaches the band, 6 h before to 24 h after suspicion of infection",
            "the text: the first NEWS2 at arrival or deterioration; only treatment shows suspicion",
        ),
        LOOKED_FOR,
        BOUNDARY,
        BREADTH,
        FLUID_TIME,
        Choice(
            "done before",
            "antibiotic up to 24 h, fluid up to 6 h before time zero count",
            "need not be done again",
        ),
        Choice(
            "score again",
            "the next respiratory rate after time zero stands for the next NEWS2",
            "it is part of every set",
        ),
        Choice(
            "place",
            "opened wherever NEWS2 is scored",
            "the guideline opens on NEWS2 in acute hospitals, acute mental health units and ambulances only (NG51 1.11.5, 2024, taken "
            "over by NG253); elsewhere on its table 1, `nice_adults`. The timeline holds hospital stays",
        ),
        Choice(
            "raised risk",
            "one parameter of 3, skin signs, AKI and lactate do not raise the band",
            "the rules are not confirmed against the text",
        ),
        Choice(
            "pregnancy",
            "nothing is due while the last entry is pregnant or recently pregnant: NG255 applies",
            "NG255 has criteria and no score; its table is `nice_pregnant`, and no clock runs on it",
        ),
        HOW_LONG_PREGNANT,
    ),
)
