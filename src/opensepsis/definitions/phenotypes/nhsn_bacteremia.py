"""NHSN bacteremia and fungemia events, the draft of 2025, by where the patient was: beside the older `bacteremia`."""

from opensepsis.definitions.concepts import cultures, labs
from opensepsis.definitions.papers import NHSN_BACTEREMIA_DRAFT
from opensepsis.definitions.phenotypes.adult_sepsis_event import NOT_BACTERIA
from opensepsis.definitions.phenotypes.bacteremia import COMMENSALS, NO_VIRUS
from opensepsis.definitions.phenotypes.commensals import COMMON_COMMENSALS
from opensepsis.definitions.phenotypes.genera import TAXA
from opensepsis.rules import Choice, Neutropenia, NhsnBacteremia, phenotype_variant

NEUTROPENIA = Neutropenia(labs.NEUTROPHILS, below=1.0, days=2, within_days=7)  # 1000/µL

BACTEREMIA_NHSN_DRAFT = NhsnBacteremia(
    name="bacteremia:nhsn_draft",
    title="NHSN bacteremia and fungemia events, draft",
    paper=NHSN_BACTEREMIA_DRAFT,
    why="the NHSN draft of 2025: outpatient (O-COB), community (COB) and hospital onset (HOB), at most one of each a stay",
    culture=cultures.ORGANISM,
    specimens_left_out=NOT_BACTERIA,
    commensals=COMMON_COMMENSALS,
    taxa=TAXA,
    neutropenia=NEUTROPENIA,
    choices=(
        COMMENSALS,
        NO_VIRUS,
        Choice(
            "stay of the draft",
            "the admission with the visits that end at most 1 h before it, chained; a visit that led to none by itself",
            "label hospital stays, and visits by themselves",
        ),
        Choice(
            "place",
            "outpatient to the admission, or to the end of a visit that goes on; then inpatient, from day 1; never before presentation",
            "locations are not in the timeline; boarders count where they are",
        ),
        Choice("one culture", "all blood of one moment", "sets are not distinguished"),
        Choice(
            "matching organisms",
            "by names: the same species, or the same genus where neither has a species, or the same name",
            "SNOMED CT codes are not in the timeline",
        ),
        Choice(
            "excluded by an event",
            "organisms of an earlier event of the stay, joined cultures included",
            "the text; a figure says earlier growth",
        ),
        Choice(
            "mixed culture",
            "excluded entirely if one of its organisms matches, for community onset as for hospital onset",
            "the text and its example",
        ),
        Choice(
            "joined cultures",
            "community: those of inpatient days 1 to 3; hospital: those of the 14 days after; an excluded culture joins nothing",
            "there is one event of each, so later growth adds none",
        ),
        Choice(
            "strata",
            "adult (18 or more on the first day), neutropenia, an organism acquired in the community",
            "neonatal and oncology wards are not in the timeline",
        ),
        Choice(
            "organisms acquired in the community",
            "by genus, from the older manual; flagged, not excluded",
            "the value set was not read",
        ),
        Choice(
            "known then",
            "when the last organism of the culture was reported",
            "any of them may exclude the culture",
        ),
    ),
)
_DRAFT = BACTEREMIA_NHSN_DRAFT
VARIANTS = (
    phenotype_variant(
        _DRAFT,
        "each_organism",
        why="of a mixed culture only the organisms that match are out",
        each_organism=True,
    ),
    phenotype_variant(
        _DRAFT,
        "earlier_growth",
        why="whatever grew earlier in the stay puts a culture out, not only what belongs to an event",
        earlier_growth=True,
    ),
    phenotype_variant(
        _DRAFT,
        "cms_days",
        why="community onset to inpatient day 4, as CMS's draft logic counts",
        community_days=4,
    ),
)
