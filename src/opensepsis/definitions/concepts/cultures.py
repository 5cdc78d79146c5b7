"""Cultures and diagnoses."""

from opensepsis.rules import Concept, Kind

# text: the specimen; value: 1 positive, 0 negative, empty while pending
CULTURE = Concept("culture", "culture", kind=Kind.EVENT, plausible=(0, 1))
DIAGNOSIS = Concept("diagnosis", "diagnosis", kind=Kind.EVENT)
