"""Suspected infection, 2016."""

from dataclasses import replace

from opensepsis.definitions.concepts import cultures, drugs
from opensepsis.definitions.papers import SEYMOUR_2016
from opensepsis.rules import Choice, DoseRule, Infection, Way, hours, phenotype_variant

# oral vancomycin does not reach the blood
IN_GUT = DoseRule(stays_in_gut=("vancomycin",), into_gut=(Way.ENTERAL, Way.RECTAL))
SYSTEMIC = replace(IN_GUT, left_out=(Way.LOCAL,))

SUSPECTED_INFECTION = Infection(
    name="suspected_infection",
    title="Suspected infection",
    paper=SEYMOUR_2016,
    antibiotic=drugs.ANTIBIOTIC,
    culture=cultures.CULTURE,
    culture_within=hours(24),
    antibiotic_within=hours(72),
    given=SYSTEMIC,
    choices=(
        Choice(
            "pairing",
            "antibiotic then culture within 24 h, or culture then antibiotic within 72 h; both edges count",
            "as published",
        ),
        Choice("time", "the earlier of the two; given at the same time they pair", "as published"),
        Choice(
            "antibiotics",
            "doses given, by any systemic route; vancomycin by mouth or rectum stays in the gut and does not count",
            "an order may never be carried out; the paper does not speak of routes",
        ),
        Choice("doses", "one is enough", "several restatements ask for two"),
        Choice("cultures", "of any body fluid, whatever grew", "the paper counts all"),
        Choice(
            "episode",
            "suspicions less than 72 h after the one before are one episode",
            "the paper looks at the first only",
        ),
        Choice(
            "stay",
            "from 24 h before the stay begins to its end",
            "care before admission to a ward belongs to the illness",
        ),
    ),
)
SUSPECTED_INFECTION_ORDERS = phenotype_variant(
    SUSPECTED_INFECTION, "orders", why="antibiotics count when ordered", antibiotic=drugs.ANTIBIOTIC_ORDER
)
SUSPECTED_INFECTION_TWO_DOSES = phenotype_variant(
    SUSPECTED_INFECTION, "two_doses", why="the antibiotic course needs two doses, at most 96 h apart", doses=2
)
SUSPECTED_INFECTION_BLOOD = phenotype_variant(
    SUSPECTED_INFECTION, "blood_cultures", why="only blood cultures count", specimens=("blood",)
)
