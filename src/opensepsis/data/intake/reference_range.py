"""The reference range that a laboratory sends with a value (HL7 OBX-7, FHIR referenceRange): to be shown, never scored by."""

import re
from dataclasses import dataclass
from functools import lru_cache

from opensepsis.data.intake.printed import read_printed
from opensepsis.data.intake.value import Quantity, read_value

LONGEST = 100  # of a range in words
_NUMBER = r"[-+]?[0-9][0-9.,' ]*?"
_BETWEEN = re.compile(rf"({_NUMBER})\s*(?:-|–|—|−|\.\.\.?|to|bis|à|a|til|till|tot)\s*({_NUMBER})", re.I)
_UP_TO = re.compile(rf"(?:up to|bis|max\.?|jusqu'à|hasta|opp til|upp till)\s*({_NUMBER})", re.I)
_FROM = re.compile(rf"(?:from|ab|min\.?|von|desde|à partir de|fra|från)\s*({_NUMBER})", re.I)
_UNIT_AFTER = re.compile(r"(?<=[0-9])\s*[^\W\d_%][^\s]*$|(?<=[0-9])\s*%$")


@dataclass(frozen=True)
class ReferenceRange:
    """A range as it was sent, and its ends in the concept's unit where they can be told."""

    said: str = ""
    low: float | None = None
    high: float | None = None


@lru_cache(maxsize=4096)
def read_range(text: str, decimal: str = "") -> tuple[float | None, float | None] | None:
    """The ends that a text tells, in the unit of its value; None where it tells none.

    >>> read_range("3.5-5.1"), read_range("< 0,5"), read_range(">60"), read_range("[-2 - 2] mmol/L")
    ((3.5, 5.1), (None, 0.5), (60.0, None), (-2.0, 2.0))
    >>> read_range("negative"), read_range("5.1-3.5"), read_range("3.5-5.1 (adults); 3.0-4.5 (children)")
    (None, None, None)
    """
    plain = text.strip().strip("()[]").replace("] ", " ").replace(") ", " ").strip()
    if "(" in plain or ";" in plain:
        return None
    return _ends(plain, decimal) or _ends(_UNIT_AFTER.sub("", plain), decimal)


def _ends(plain: str, decimal: str) -> tuple[float | None, float | None] | None:
    if found := _BETWEEN.fullmatch(plain):
        low, high = (_number(part, decimal) for part in found.groups())
        return (low, high) if low is not None and high is not None and low <= high else None
    if found := _UP_TO.fullmatch(plain):
        number = _number(found[1], decimal)
        return None if number is None else (None, number)
    if found := _FROM.fullmatch(plain):
        number = _number(found[1], decimal)
        return None if number is None else (number, None)
    printed = read_printed(plain, decimal)
    if printed is None or not printed.limit or printed.thousands is not None:
        return None
    return (None, printed.number) if printed.limit.startswith("<") else (printed.number, None)


def _number(text: str, decimal: str) -> float | None:
    printed = read_printed(text.strip(), decimal)
    return None if printed is None or printed.limit or printed.thousands is not None else printed.number


def in_own_unit(
    concept: str, said: str, ends: tuple[float | None, float | None] | None, unit: str
) -> ReferenceRange:
    """A range with its ends in the concept's unit; without ends where they could not be in it.

    >>> found = in_own_unit("creatinine", "60-110", (60.0, 110.0), "umol/L")
    >>> round(found.low, 2), round(found.high, 2)
    (0.68, 1.24)
    """
    if ends is None:
        return ReferenceRange(said[:LONGEST])
    read = [None if end is None else read_value(concept, end, unit) for end in ends]
    if any(end is not None and not isinstance(one, Quantity) for end, one in zip(ends, read, strict=True)):
        return ReferenceRange(said[:LONGEST])
    low, high = (one.number if isinstance(one, Quantity) else None for one in read)
    return ReferenceRange(said[:LONGEST], low, high)
