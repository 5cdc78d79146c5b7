"""What is true of the person, for longer than any measurement."""

from opensepsis.definitions.concepts.wording import worded
from opensepsis.rules import Concept, Kind

BORN = Concept("born", "age", kind=Kind.EVENT)  # at the moment of birth; `label` makes it from the stay
PREGNANCY = worded("pregnancy", "pregnancy", kind=Kind.WORD)
