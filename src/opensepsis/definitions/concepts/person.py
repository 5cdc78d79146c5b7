"""What is true of the person, for longer than any measurement."""

from opensepsis.definitions.concepts.wording import worded
from opensepsis.rules import Concept, Kind

BORN = Concept("born", "age", kind=Kind.EVENT)  # at the moment of birth; `label` makes it from the stay
# at the moment of admission, and with it the sex as the stay tells it; `label` and the ward make them from the stays
ADMISSION = Concept("admission", "admission", kind=Kind.EVENT)
SEX = Concept("sex", "sex", kind=Kind.WORD, words=("female", "male"))
PREGNANCY = worded("pregnancy", "pregnancy", kind=Kind.WORD)
# whole years, both included, in which a pregnancy can be this patient's: Medicare Code Editor, edit 4 (age conflict), maternity;
# its edit 5 (sex conflict) has pregnancy among the diagnoses of females only
MATERNITY_AGES = (9, 64)
LABOUR = worded("labour", "in labour")
HIV = worded("hiv", "HIV", kind=Kind.WORD)
