"""The whole course of a case: where the infection is, what grew, risks, treatment, complications, outcome."""

from opensepsis.definitions.course.complications import COMPLICATIONS
from opensepsis.definitions.course.organisms import GROWTH
from opensepsis.definitions.course.outcome import OUTCOMES
from opensepsis.definitions.course.risks import RISKS
from opensepsis.definitions.course.sites import SITES
from opensepsis.definitions.course.treatment import TREATMENTS
from opensepsis.definitions.papers import COURSE_LISTS
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.rules import Choice, Course

COURSE = Course(
    name="course",
    title="Course of the stay",
    paper=COURSE_LISTS,
    infection=SUSPECTED_INFECTION,
    findings=(*SITES, *GROWTH, *RISKS, *TREATMENTS, *COMPLICATIONS, *OUTCOMES),
    choices=(
        Choice(
            "absent or not known",
            "no row: every mark of the finding says no; state `not known`: none says yes and one cannot be determined",
            "what was not recorded is not absent; the row gives the reason",
        ),
        Choice(
            "codes",
            "diagnoses and coded procedures of the hospital stay, known when it ends; chronic illness from earlier stays "
            "too, known since",
            "hospitals code at discharge",
        ),
        Choice(
            "site",
            "anything grown in a specimen of the site counts, including colonisation",
            "growth and infection are not distinguished without a clinician; the evidence shows which mark it was",
        ),
        Choice(
            "organism",
            "by words in its name, the first match in the list; commensals count as what they are",
            "whether it is the cause is not judged; `bacteremia` judges blood",
        ),
        Choice(
            "infection",
            "the first suspicion of infection in the stay; without one, the end of the stay bounds what came before "
            "and admission anchors the fluid",
            "lines and operations after it are not risk factors for it",
        ),
        Choice(
            "immunity", "drugs given from 90 days before the hospital stay, or coded", "they act for months"
        ),
        Choice(
            "narrowed",
            "a drug of rank 1 or 2 after a bacterium was reported, at least rank 3 up to then, and none of rank 3 in "
            "the 48 h from it on",
            "whether it covers the organism is not judged: susceptibilities are not recorded",
        ),
        Choice(
            "broad spectrum",
            "rank 3 (Pseudomonas or resistant staphylococci) or 4 (kept in reserve)",
            "the ranks after Moehring 2021, from memory",
        ),
        Choice(
            "fluid",
            "crystalloid from 6 h before to 24 h after the infection; weight the last up to then, else the first after",
            "as in the clocks",
        ),
        Choice(
            "scores",
            "the first evaluation time at which the points are reached; the value is the highest of the stay; when it is known is computed "
            "only with --as-known",
            "a score is known when the last of its values is",
        ),
        Choice(
            "coma", "GCS of 9 or less as SOFA reads it, under sedation that before it; or coded", "as in SOFA"
        ),
        Choice("delirium", "a drug against it, or coded", "no screening test is a concept"),
        Choice("ARDS, AKI, DIC", "as their pages say", "one definition each"),
        Choice(
            "readmission",
            "a hospital stay begun within 30 days of this stay's end, with a code of infection",
            "other hospitals are not seen",
        ),
    ),
)
