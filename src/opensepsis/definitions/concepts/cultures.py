"""Cultures, what grew, and diagnoses."""

from opensepsis.rules import Concept, Kind

# text: the specimen; value: 1 positive, 0 negative, empty while pending
CULTURE = Concept("culture", "culture", kind=Kind.EVENT, plausible=(0, 1))
# text: `specimen|organism`, one row per organism grown or found, at the moment the specimen was taken
ORGANISM = Concept("organism", "organism", kind=Kind.EVENT)
DIAGNOSIS = Concept("diagnosis", "diagnosis", kind=Kind.EVENT)
