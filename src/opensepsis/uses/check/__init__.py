"""Whether the results of a run are plausible: rates, what is not known, values and volumes against stated bounds."""

from opensepsis.uses.check.check import Checked as Checked
from opensepsis.uses.check.check import check as check
