"""How much the answer depends on the definition: prevalence, agreement, onset and mortality, from a run's results."""

from opensepsis.uses.compare.agreement import Comparison as Comparison
from opensepsis.uses.compare.agreement import compare as compare
from opensepsis.uses.compare.between import Between as Between
from opensepsis.uses.compare.between import between as between
