"""What is true of the person, for longer than any measurement."""

from opensepsis.rules import Concept, Kind

BORN = Concept("born", "age", kind=Kind.EVENT)  # at the moment of birth; `label` makes it from the stay
PREGNANCY = Concept(
    "pregnancy", "pregnancy", kind=Kind.WORD, words=("not pregnant", "recently pregnant", "pregnant")
)
