"""Which definitions a ward finds, and why it does not find the others."""

from opensepsis.rules import AdultSepsisEvent, BacteremiaShock, NhsnSepsisEvent, Phenotype
from opensepsis.uses.ward.state.monitored import Watched

AFTER_THE_STAY = "counts calendar days of antimicrobials after the culture, and how the stay ended; `label` judges it afterwards"
OF_WHOLE_DAYS = "a surveillance event of whole calendar days; `label` judges it afterwards"
NOT_WATCHED = "none of the ward's alerts, bundles or lists rests on it; `label` judges it"


def why_not(phenotype: Phenotype, watching: Watched) -> str:
    """Why a ward does not look for a phenotype; empty for one that it finds.

    >>> from opensepsis.definitions import PHENOTYPES
    >>> from opensepsis.uses.ward.state.monitored import watched
    >>> why_not(PHENOTYPES["sepsis3"], watched()), why_not(PHENOTYPES["sepsis2"], watched())[:4]
    ('', 'none')
    """
    if phenotype in watching.looked_for:
        return ""
    match phenotype:
        case AdultSepsisEvent() | NhsnSepsisEvent():
            return AFTER_THE_STAY
        case BacteremiaShock():
            return OF_WHOLE_DAYS
    return NOT_WATCHED
