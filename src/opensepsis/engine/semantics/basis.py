"""On what points rest, and how numbers are compared and rounded. Plain Python."""

import operator
from math import floor

SIGNS = {"<": operator.lt, "≤": operator.le, ">": operator.gt, "≥": operator.ge}
# "at least": limits were given, and they allow more points
BASES = ("observed", "carried", "assumed", "at least", "not known")
OBSERVED, CARRIED, ASSUMED, AT_LEAST = range(4)


FORGIVEN = 1e-7  # by rounding: more than a value loses by being turned into another unit and back


def half_up(value: float, decimals: int) -> float:
    """Rounded half up, forgiving the last digits, so that 38.05 is 38.1, and 120.5 µmol/L that were kept as mg/dL are 121.

    >>> half_up(38.05, 1), half_up(91.5, 0), half_up(1.362813843 * 88.42, 0)
    (38.1, 92.0, 121.0)
    """
    scale = 10**decimals
    return floor(value * scale + 0.5 + FORGIVEN) / scale


RATE_UNKNOWN = 1e-9  # a running infusion of unknown rate counts as just above 0: a lower bound, never a guess
