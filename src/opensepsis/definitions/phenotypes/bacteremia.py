"""Bacteremia, and the CDC bacteremia or fungemia shock event of 2018."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.papers import CDC_2018, NHSN_COMMENSALS
from opensepsis.definitions.phenotypes.adult_sepsis_event import (
    DAYS,
    NEW_VASOPRESSORS,
    NOT_BACTERIA,
    VASOPRESSOR,
)
from opensepsis.definitions.phenotypes.commensals import COMMON_COMMENSALS
from opensepsis.rules import Bacteremia, BacteremiaShock, Choice

COMMENSALS = Choice(
    "commensals",
    "by the genera that NHSN's manual names, found in the organism's name; Staphylococcus "
    "lugdunensis is a pathogen",
    "NHSN's own list of species has not been read",
)

NO_VIRUS = Choice(
    "viruses and parasites",
    "by the words of the list of organisms: they are neither bacteremia nor fungemia and do not count",
    "the CDC counts bacteremia or fungemia and leaves cultures for viruses out",
)

BACTEREMIA = Bacteremia(
    name="bacteremia",
    title="Bacteremia or fungemia",
    paper=NHSN_COMMENSALS,
    culture=cultures.ORGANISM,
    specimens_left_out=NOT_BACTERIA,
    commensals=COMMON_COMMENSALS,
    choices=(
        COMMENSALS,
        NO_VIRUS,
        Choice(
            "time",
            "when the blood was taken that shows it; the second of two commensals "
            "completes it, the first is its onset",
            "as NHSN dates it",
        ),
        Choice(
            "two commensals",
            "the same name from two specimens, on one day or two days in a row",
            "as in LCBI 2",
        ),
        Choice(
            "signs",
            "fever, chills or low pressure are not asked for",
            "the growth is labelled, not the line infection",
        ),
        Choice(
            "episode",
            "growth at most 14 calendar days after the last of an episode belongs to it",
            "repeat infection timeframe",
        ),
        Choice(
            "stay",
            "specimens from two days before the stay to its last day",
            "care before admission belongs to the illness",
        ),
    ),
)
BACTEREMIA_SHOCK_EVENT = BacteremiaShock(
    name="bacteremia_shock_event",
    title="CDC bacteremia or fungemia shock event",
    paper=CDC_2018,
    culture=cultures.ORGANISM,
    specimens_left_out=NOT_BACTERIA,
    commensals=COMMON_COMMENSALS,
    support=NEW_VASOPRESSORS,
    choices=(
        DAYS,
        VASOPRESSOR,
        COMMENSALS,
        NO_VIRUS,
        Choice("organism", "one specimen of blood with a recognised pathogen, by any method", "as published"),
        Choice("onset", "the first day in the window on which a new vasopressor starts", "as published"),
        Choice("repeats", "one event a stay, the earliest", "as in Rhee 2017"),
    ),
)
