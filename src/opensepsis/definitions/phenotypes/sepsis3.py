"""Sepsis-3, 2016, with the baselines that the literature uses."""

from opensepsis.definitions.papers import SINGER_2016
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION, SUSPECTED_INFECTION_ORDERS
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.definitions.scores.sofa2 import SOFA_2, SOFA_2_WITHOUT_SUPPORT
from opensepsis.rules import Baseline, Choice, OrganFailure, hours, phenotype_variant

SEPSIS_3 = OrganFailure(
    name="sepsis3",
    title="Sepsis-3",
    paper=SINGER_2016,
    infection=SUSPECTED_INFECTION,
    score=SOFA,
    by=2,
    before=hours(48),
    after=hours(24),
    choices=(
        Choice("baseline", "zero", "the paper's own assumption where no earlier organ failure is known"),
        Choice(
            "window",
            "hourly evaluation times of the stay from 48 h before to 24 h after suspicion, both included",
            "as in Seymour 2016",
        ),
        Choice(
            "onset", "the earlier of suspicion and organ failure; both are given", "the papers do not fix it"
        ),
        Choice(
            "unknown rows",
            "the rise is judged on the sum of the known organ rows",
            "unknown is not zero, but it adds nothing",
        ),
    ),
)
SEPSIS_3_LOWEST_SO_FAR = phenotype_variant(
    SEPSIS_3,
    "lowest_so_far",
    why="rise over the lowest SOFA so far in the window: chronic organ failure does not count",
    baseline=Baseline.LOWEST_SO_FAR,
)
SEPSIS_3_LOWEST_AROUND_SUSPICION = phenotype_variant(
    SEPSIS_3,
    "lowest_around_suspicion",
    why="highest from suspicion to 24 h after, over the lowest from 24 h before to 2 h after it",
    baseline=Baseline.LOWEST_AROUND_SUSPICION,
)
SEPSIS_3_WINDOW_START = phenotype_variant(
    SEPSIS_3,
    "window_start",
    why="rise over the first known SOFA of the window",
    baseline=Baseline.WINDOW_START,
)
SEPSIS_3_ORDERS = phenotype_variant(
    SEPSIS_3, "orders", why="antibiotics count when ordered", infection=SUSPECTED_INFECTION_ORDERS
)
SEPSIS_3_SOFA_2 = phenotype_variant(
    SEPSIS_3,
    "sofa2",
    why="organ failure by SOFA-2 (2025); the paper of Sepsis-3 names SOFA of 1996",
    score=SOFA_2,
)
SEPSIS_3_SOFA_2_WITHOUT_SUPPORT = phenotype_variant(
    SEPSIS_3,
    "sofa2_without_support",
    why="organ failure by SOFA-2 (2025) where neither respiratory support nor vasoactive drugs can be had",
    score=SOFA_2_WITHOUT_SUPPORT,
)
