"""Values that a laboratory gives as a limit (`<0.2`, `>40`): an event whose text is the sign. Between what they lie.

A limit satisfies a cell of a table only if every value it allows does. So where limits were given a table is read twice:
with the values at those ends that make its cells hardest to reach (the points that are certain), and at the others (those
that are possible).
"""

from math import inf

from opensepsis.rules import Concept, Kind

SIGNS = ("<", "<=", ">", ">=")
NUDGE = 1e-12  # how far the end of an open limit lies inside it, as a share of the limit


def is_limit(concept: Concept, value: float | None, text: str | None) -> bool:
    """Whether an event gives only a limit.

    >>> from opensepsis.definitions.concepts.labs import LACTATE
    >>> is_limit(LACTATE, 4.0, "<"), is_limit(LACTATE, 4.0, None)
    (True, False)
    """
    return value is not None and text in SIGNS and concept.kind in (Kind.MEASURE, Kind.AMOUNT)


def ends(concept: Concept, value: float, text: str | None) -> tuple[float, float]:
    """The lowest and the highest value that an event allows; both the value where it is no limit.

    >>> from opensepsis.definitions.concepts.labs import LACTATE
    >>> ends(LACTATE, 4.0, ">="), ends(LACTATE, 4.0, None)
    ((4.0, 40), (4.0, 4.0))
    """
    if not is_limit(concept, value, text):
        return value, value
    lowest, highest = concept.plausible or (-inf, inf)
    lowest = max(lowest, 0.0) if concept.kind is Kind.AMOUNT else lowest
    open_ = NUDGE * max(1.0, abs(value)) * (text in ("<", ">"))
    if text in ("<", "<="):
        return min(lowest, value - open_), value - open_
    return value + open_, max(highest, value + open_)


def keeps_open(value: float, rounded: float) -> bool:
    """Whether a value is the end of an open limit at just the number it is rounded to: it then stays inside the limit."""
    return NUDGE / 10 < abs(rounded - value) < NUDGE * 10 * max(1.0, abs(rounded))


def certain(least: int | None, most: int | None) -> int | None:
    """The points of a row that are certain, of those with its values at the hard and at the easy ends; None when none is."""
    return None if least == 0 and most else least
