"""Which moment of a period a value stands for.

An amount is known when its period is over, and so is what is measured at the bedside of one: a mean pressure from six to seven is
nobody's at six. What is measured of a specimen is of the moment of collection; its end comes minutes later, or is that of the
analysis where senders put it there. What holds for a while, and what is true of the person, holds from its begin.
"""

from opensepsis.definitions.concepts import gases, signs, vitals
from opensepsis.rules import Concept, Kind

AT_THE_BEDSIDE = frozenset(
    found.name
    for found in (*vars(vitals).values(), *vars(signs).values(), gases.PEEP, gases.END_TIDAL_CO2)
    if isinstance(found, Concept)
)

# as senders call the laboratory and its parts: HL7 table 0074 (OBR-24), and FHIR's categories of observations
LABORATORY = frozenset(("LABORATORY", "LAB", "BG", "BLB", "CH", "CP", "HM", "IMM", "MB", "SR", "TX"))


def counts_at_the_end(concept: Concept, of_a_specimen: bool = False) -> bool:
    """Whether a value of a period counts at its end; `of_a_specimen` where the sender says that a specimen or the laboratory told it.

    >>> counts_at_the_end(vitals.MEAN_PRESSURE), counts_at_the_end(gases.PAO2), counts_at_the_end(vitals.FIO2, of_a_specimen=True)
    (True, False, False)
    """
    return concept.kind is Kind.AMOUNT or (concept.name in AT_THE_BEDSIDE and not of_a_specimen)
