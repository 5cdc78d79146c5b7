"""On what points rest, and how numbers are compared and rounded. Plain Python."""

import operator
from math import floor

SIGNS = {"<": operator.lt, "≤": operator.le, ">": operator.gt, "≥": operator.ge}
# "at least": limits were given, and they allow more points
BASES = ("observed", "carried", "assumed", "at least", "not known")
OBSERVED, CARRIED, ASSUMED, AT_LEAST = range(4)


def half_up(value: float, decimals: int) -> float:
    """Rounded half up, forgiving the last binary digit, so that 38.05 is 38.1.

    >>> half_up(38.05, 1), half_up(91.5, 0)
    (38.1, 92.0)
    """
    scale = 10**decimals
    return floor(value * scale + 0.5 + 1e-9) / scale


RATE_UNKNOWN = 1e-9  # a running infusion of unknown rate counts as just above 0: a lower bound, never a guess
