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
# how many of these are a year; "m" may be a month or a man
_IN_A_YEAR = {
    1.0: "y|yo|y o|yr|yrs|year|years|year old|years old|j|jahr|jahre|an|ans|año|años|år|jaar|anni",
    12.0: "mo|mos|mth|mths|month|months|month old|months old|monat|monate|mois|mes|meses|mån|mesi",
    365.2425 / 7: "w|wk|wks|week|weeks|week old|weeks old|woche|wochen|semaine|semaines|semana|semanas",
    365.2425: "d|day|days|day old|days old|tag|tage|jour|jours|día|días|dag|dagar",
}
_PARTS = {unit: number for number, units in _IN_A_YEAR.items() for unit in units.split("|")}
_WITH_UNIT = re.compile(r"([0-9][0-9.,]*)\s*([^0-9.,\s].*)")

_DAY = 24 * 3_600_000_000
WHOLE = 1e-6  # an age in months that is nearer to a whole number was written in months or years


def birth_before(admitted: int, years: float) -> int:
    """When somebody of so many years at admission was born at the latest, in microseconds.

    An age in whole years or months is a day more, so that who is 18 by the record is not 17 by the calendar; one in days is as it is.

    >>> day = 86_400_000_000
    >>> [birth_before(0, years) // day for years in (1.0, 0.25, 27 / YEAR_DAYS)]
    [-367, -93, -27]
    """
    whole = abs(years * 12 - round(years * 12)) < WHOLE
    return round(-(years * YEAR_DAYS + whole) * _DAY) + admitted


def read_age(said: str, decimal: str = "") -> float | None:
    """Years of age; None where a text has none, or one that cannot be. Above 89, as de-identified data write it, is 90.

    >>> read_age("60,5"), read_age("> 89"), read_age("90+"), read_age("300"), read_age("NA")
    (60.5, 90.0, 90.0, None, None)
    >>> read_age("71 years"), read_age("18 Mo."), read_age("71 m")
    (71.0, 1.5, None)
    """
    if is_missing(said):
        return None
    if re.search(ABOVE_89, said.strip()):
        return OLDEST_NAMED
    number, in_a_year = said, 1.0
    if parted := _WITH_UNIT.fullmatch(said.strip()):
        unit = parted[2].lower().replace(".", " ").replace("-", " ")
        number, in_a_year = parted[1], _PARTS.get(" ".join(unit.split()), 0.0)
    printed = read_printed(number, decimal)
    if printed is None or printed.limit or not in_a_year:
        return None
    years = printed.number / in_a_year
    return years if 0 <= years <= OLDEST else None
