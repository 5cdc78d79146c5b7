"""Cultures, what grew, diagnoses and procedures."""

from opensepsis.rules import Concept, Kind

# text: the specimen; value: 1 positive, 0 negative, empty while pending
CULTURE = Concept("culture", "culture", kind=Kind.EVENT, plausible=(0, 1))
# text: `specimen|organism`, one row per organism grown or found, at the moment the specimen was taken
ORGANISM = Concept("organism", "organism", kind=Kind.EVENT)
# text: `ICD9:` or `ICD10:` and the code, or the site's own code
DIAGNOSIS = Concept("diagnosis", "diagnosis", kind=Kind.EVENT)
# text: as of a diagnosis, or what was done in words, as "chest drain"
PROCEDURE = Concept("procedure", "procedure", kind=Kind.EVENT)
