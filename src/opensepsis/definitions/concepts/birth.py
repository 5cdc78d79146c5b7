"""What is known of a birth, charted for the newborn."""

from opensepsis.definitions.concepts.wording import worded
from opensepsis.rules import Concept, Kind

GESTATIONAL_AGE = Concept(
    "gestational_age", "gestational age at birth", "wk", plausible=(20, 45), worse="low"
)
MATERNAL_TEMPERATURE = Concept(
    "maternal_temperature", "highest temperature of the mother in labour", "Cel", plausible=(33, 43)
)
MEMBRANES_RUPTURED = Concept(
    "membranes_ruptured", "time from rupture of membranes to birth", "h", plausible=(0, 2000)
)
MATERNAL_GBS = worded("maternal_gbs", "group B streptococci of the mother", kind=Kind.WORD)
# none: none, or begun less than 2 h before birth
INTRAPARTUM_ANTIBIOTIC = worded("intrapartum_antibiotic", "antibiotic before birth", kind=Kind.WORD)
NEWBORN_EXAMINATION = worded("newborn_examination", "examination of the newborn", kind=Kind.WORD)
