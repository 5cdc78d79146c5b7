"""Sepsis-induced coagulopathy with all its conditions, 2017: the score alone says nothing of sepsis."""

from opensepsis.definitions.papers import IBA_2017
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.scores.clotting import SIC
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.rules import AtLeast, Choice, CriteriaMet, days, hours, score

CLOTTING = score(
    "sic_clotting",
    "SIC: its rows of platelets and prothrombin time",
    IBA_2017,
    window=hours(24),
    lowest_age=18,
    rows={row.name: row for row in SIC.rows if row.name in ("pt", "platelets")},
)

SEPSIS_INDUCED_COAGULOPATHY = CriteriaMet(
    name="sepsis_induced_coagulopathy",
    title="Sepsis-induced coagulopathy",
    paper=IBA_2017,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(SIC, 4), AtLeast(CLOTTING, 3), AtLeast(SOFA, 2)),
    before=hours(48),
    after=days(7),
    choices=(
        Choice(
            "condition",
            "a total of 4 or more with more than 2 points from platelets and prothrombin time, at one evaluation time",
            "as published",
        ),
        Choice(
            "sepsis",
            "infection suspected and a SOFA of 2 or more at that evaluation time, as Sepsis-3 with a baseline of 0",
            "the definition asks for sepsis, and is older than SOFA-2",
        ),
        Choice(
            "window",
            "evaluation times from 48 h before to 7 days after suspicion, both included",
            "the definition names no time; the course of shock is judged as long",
        ),
        Choice(
            "onset",
            "the later of suspicion and the first evaluation time at which it is met",
            "when all elements were present",
        ),
        Choice("time", "judged at the hourly evaluation times of the stay", "the definition names no times"),
    ),
)
