"""ARDS by the Berlin definition with its timing: within a week of the one insult a chart dates, the infection."""

from opensepsis.definitions.papers import BERLIN_2012
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.scores.ards import ARDS
from opensepsis.rules import AtLeast, Choice, CriteriaMet, days, hours

ARDS_WITH_INFECTION = CriteriaMet(
    name="ards_with_infection",
    title="ARDS (Berlin) within a week of suspected infection",
    paper=BERLIN_2012,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(ARDS, 1),),
    before=hours(0),
    after=days(7),
    choices=(
        Choice(
            "insult",
            "suspected infection; ARDS after another insult (trauma, aspiration, transfusion) is not found",
            "a chart dates no other insult",
        ),
        Choice(
            "timing",
            "an hourly evaluation time up to 7 days after the suspicion, both included; the worst of the 24 hours before it counts",
            "the definition says within a week; lungs that failed just before the suspicion belong to it",
        ),
        Choice(
            "imaging and oedema",
            "bilateral opacities and the part of heart failure are not judged: not known",
            "images are not in the timeline; it needs a clinician",
        ),
        Choice(
            "onset",
            "the later of suspicion and the first evaluation time at which it is met",
            "when all elements were present",
        ),
    ),
)
