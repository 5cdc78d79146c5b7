"""What things mean: concepts, signals, scores, phenotypes, clocks, the course. Pure data, as the papers print it."""

from opensepsis.definitions.clocks import CLOCKS as CLOCKS
from opensepsis.definitions.course import COURSE as COURSE
from opensepsis.definitions.phenotypes import PHENOTYPES as PHENOTYPES
from opensepsis.definitions.scores import SCORES as SCORES
from opensepsis.rules import Phenotype, Score

STARTING: dict[str, Score | Phenotype] = {**SCORES, **PHENOTYPES}  # what may start a clock
DEFINITIONS = {**SCORES, **PHENOTYPES, **CLOCKS, COURSE.name: COURSE}
