"""What things mean: concepts, signals, scores, phenotypes. Pure data, as the papers print it."""

from opensepsis.definitions.phenotypes import PHENOTYPES as PHENOTYPES
from opensepsis.definitions.scores import SCORES as SCORES

DEFINITIONS = {**SCORES, **PHENOTYPES}
