"""Maternal sepsis by WHO's definition and by CMQCC's two steps."""

from opensepsis.definitions.papers import BONET_2017, CMQCC_2020
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.scores.cmqcc import CMQCC_STEP_1_SIGNS, CMQCC_STEP_2_ORGANS
from opensepsis.definitions.scores.maternal import OMSOFA
from opensepsis.definitions.signals.carried import HOW_LONG_PREGNANT, ONLY_PREGNANT
from opensepsis.rules import AtLeast, Choice, CriteriaMet, OrganFailure, hours

_INFECTION = Choice(
    "infection",
    "a culture and an antibiotic that pair stand for the clinician's suspicion",
    "notes are not in the timeline",
)
WHO_MATERNAL_SEPSIS = OrganFailure(
    name="who_maternal_sepsis",
    title="Maternal sepsis (WHO 2017)",
    paper=BONET_2017,
    infection=SUSPECTED_INFECTION,
    score=OMSOFA,
    by=2,
    before=hours(48),
    after=hours(24),
    choices=(
        ONLY_PREGNANT,
        _INFECTION,
        Choice(
            "organ failure",
            "omSOFA of 2 or more over a baseline of zero",
            "WHO's definition prints no limits; SOMANZ takes a rise of 2",
        ),
        Choice(
            "window",
            "hourly evaluation times from 48 h before to 24 h after suspicion",
            "as Sepsis-3; WHO prints none",
        ),
        HOW_LONG_PREGNANT,
    ),
)
CMQCC_SEPSIS = CriteriaMet(
    name="cmqcc_sepsis",
    title="Maternal sepsis (CMQCC, steps 1 and 2)",
    paper=CMQCC_2020,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(CMQCC_STEP_1_SIGNS, 2), AtLeast(CMQCC_STEP_2_ORGANS, 1)),
    before=hours(24),
    after=hours(24),
    choices=(
        ONLY_PREGNANT,
        HOW_LONG_PREGNANT,
        _INFECTION,
        Choice(
            "window",
            "both steps at one hourly evaluation time from 24 h before to 24 h after suspicion",
            "the toolkit prints no time between the steps",
        ),
        Choice("onset", "when the last of the three is met", "the toolkit's time zero was not read"),
    ),
)
