"""What is said of a finding, and why one is not known. Plain Python."""

from opensepsis.rules import DEAD_SOME_TIME, MAYBE_DEAD

EVIDENCE = 5  # origins kept of one finding
STAYS = "stays"
YES, NOT_KNOWN = "yes", "not known"
NO_AGE = "the age is not recorded"
NO_PLACE = "the place of discharge is not recorded"
DEATH_NOT_KNOWN = {
    DEAD_SOME_TIME: "dead, at a time that is not told",
    MAYBE_DEAD: "what was said of death cannot be read",
}  # by the kind of place
NO_CULTURE = "no culture was taken"
NO_RESULT = "a culture has no result"
NO_WEIGHT = "no weight is recorded"


def silence(label: str) -> str:
    """Why a finding is not known when its concept never comes."""
    return f"the source gives no {label}"


def uncoded(label: str) -> str:
    """Why a finding is not known when a stay has no codes."""
    return f"no {label} is coded"


def unscored(key: str) -> str:
    """Why a finding is not known when its score is not."""
    return f"{key} is not known"
