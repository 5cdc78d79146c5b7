"""Sepsis and septic shock of children by the Phoenix criteria, 2024."""

from opensepsis.definitions.papers import SCHLAPBACH_2024
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.scores.phoenix import FOUR, PHOENIX
from opensepsis.rules import AtLeast, Choice, CriteriaMet, hours, score

CARDIOVASCULAR = score(
    "phoenix_cardiovascular",
    "Phoenix: its cardiovascular row",
    SCHLAPBACH_2024,
    window=hours(24),
    age_below=18,
    circulation=FOUR["circulation"],
)
CHOICES = (
    Choice(
        "time",
        "judged at the hourly evaluation times of the stay; its clock also looks between them",
        "the criteria name no times",
    ),
    Choice(
        "window",
        "evaluation times from 48 h before to 24 h after suspicion, both included",
        "as Seymour 2016 judged the SOFA",
    ),
    Choice(
        "infection",
        "a culture and an antibiotic that pair, as for Sepsis-3",
        "the criteria leave it to the clinician",
    ),
    Choice(
        "who",
        "under 18 years at the evaluation time, as the score",
        "newborns before 37 weeks are not left out: the timeline does not contain them",
    ),
)

PHOENIX_SEPSIS = CriteriaMet(
    name="phoenix_sepsis",
    title="Phoenix sepsis (children)",
    paper=SCHLAPBACH_2024,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(PHOENIX, 2),),
    before=hours(48),
    after=hours(24),
    complete=False,
    choices=(
        *CHOICES,
        Choice(
            "onset",
            "the earlier of suspicion and the first evaluation time at which it is met",
            "the criteria do not fix it",
        ),
    ),
)
PHOENIX_SEPTIC_SHOCK = CriteriaMet(
    name="phoenix_septic_shock",
    title="Phoenix septic shock (children)",
    paper=SCHLAPBACH_2024,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(PHOENIX, 2), AtLeast(CARDIOVASCULAR, 1)),
    before=hours(48),
    after=hours(24),
    choices=(
        *CHOICES,
        Choice(
            "onset",
            "when infection and both are present: the later of suspicion and the first evaluation time at which it is met",
            "before it there is sepsis but no shock",
        ),
        Choice(
            "shock",
            "a cardiovascular point in the same 24 hours as the 2 points",
            "it is a row of the same score",
        ),
    ),
)
