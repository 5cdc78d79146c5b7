"""Acute respiratory distress syndrome by the Berlin definition, 2012: what a chart can tell of it."""

from opensepsis.definitions.concepts import gases
from opensepsis.definitions.papers import BERLIN_2012
from opensepsis.definitions.signals.measured import PAIRING, pao2_fio2
from opensepsis.rules import Choice, Latest, hours, score

peep = Latest(name="peep", label="PEEP", unit="cm[H2O]", concept=gases.PEEP, valid=hours(4))

ARDS = score(
    "ards",
    "ARDS (Berlin): oxygenation",
    BERLIN_2012,
    window=hours(24),
    ards={points: (pao2_fio2 <= limit) & (peep >= 5) for points, limit in ((1, 300), (2, 200), (3, 100))},
    titles={"ards": "1 mild, 2 moderate, 3 severe"},
    choices=(
        Choice(
            "imaging",
            "bilateral opacities are not judged: not known",
            "images are not in the timeline; without them this is oxygenation only, not a diagnosis",
        ),
        Choice(
            "timing",
            "onset within a week of an insult is judged by the phenotype ards_with_infection, not by the score",
            "infection is the one insult that a chart dates",
        ),
        Choice(
            "oedema",
            "heart failure or fluid overload as the whole cause is not judged: not known",
            "it needs a clinician or an echocardiogram",
        ),
        Choice(
            "PEEP",
            "the last PEEP or CPAP charted within 4 hours before the PaO₂, 5 cm H₂O or more",
            "settings are charted about every 4 hours",
        ),
        Choice(
            "severe",
            "a PEEP of 5 is enough there too",
            "three reprints of the table agree; one guideline (doi 10.1186/s40779-020-0233-6) prints 10",
        ),
        PAIRING,
    ),
)
