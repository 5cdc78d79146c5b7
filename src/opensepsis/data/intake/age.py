"""An age as it was sent, in years."""

import re

from opensepsis.data.intake.printed import is_missing, read_printed

YEAR_DAYS = 365.2425  # of the calendar, on average: the one length of a year
OLDEST_NAMED = 90.0
OLDEST = 130.0
# ages above 89 are published as a group, so that nobody is known by them
ABOVE_89 = (
    r"(?i)^(?:>\s*=?|≥|over|above|older than|über|ueber)\s*(?:89|90)\b"
    r"|^(?:89|90)\s*(?:\+|plus$|(?:years?\s+)?(?:and|or)\s+(?:over|older|above|more)$)"
)


def read_age(said: str, decimal: str = "") -> float | None:
    """Years of age; None where a text has none, or one that cannot be. Above 89, as de-identified data write it, is 90.

    >>> read_age("60,5"), read_age("> 89"), read_age("90+"), read_age("300"), read_age("NA")
    (60.5, 90.0, 90.0, None, None)
    """
    if is_missing(said):
        return None
    if re.search(ABOVE_89, said.strip()):
        return OLDEST_NAMED
    printed = read_printed(said, decimal)
    return printed.number if printed and not printed.limit and 0 <= printed.number <= OLDEST else None
