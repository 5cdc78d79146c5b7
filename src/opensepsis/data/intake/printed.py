"""A number as it was printed: its limit sign, its decimal mark and its thousands separators. What cannot be read is None."""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from opensepsis.definitions.concepts.wording import LIMITS, MISSING

_SAME_SIGN = {ord(a): b for a, b in zip("−‐‑﹣－＋．，’ʼ‘´", "-----+.,''''", strict=True)} | {
    ord("０") + digit: str(digit) for digit in range(10)
}
_PLAIN = re.compile(r"([0-9]+)")
_ONE_MARK = re.compile(r"([0-9]*)([.,])([0-9]*)")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:([ '])[0-9]{3}(?:\1[0-9]{3})*)(?:[.,][0-9]+)?")
_MARKED_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?")
_LAKHS = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number and its limit sign. `thousands` is the other reading where one separator may part thousands or decimals."""

    number: float
    limit: str = ""
    thousands: float | None = None


@cache
def _pattern() -> re.Pattern:
    spellings = sorted(
        (re.escape(spelling).replace(r"\ ", r"\s+") for spelling, _ in LIMITS), key=len, reverse=True
    )
    return re.compile(rf"({'|'.join(spellings)})?\s*([+-]?)([0-9.,][0-9., ']*)([eE][+-]?[0-9]+)?", re.I)


@cache
def _limits() -> dict[str, str]:
    return {spelling.casefold(): limit for spelling, limit in LIMITS}


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value.

    >>> is_missing("n/a"), is_missing(r"\\N"), is_missing(""), is_missing("0")
    (True, True, True, False)
    """
    return text.strip().casefold() in MISSING


def read_printed(text: str, decimal: str = "") -> Printed | None:
    """The number that a text prints; None if it prints none, a range, or anything beside the number.

    `decimal` is the decimal mark where the sender's is known ("." or ","). Without it "150.000" has two readings.

    >>> read_printed("≤ 0,2"), read_printed("1,50,000").number, read_printed("150.000").thousands
    (Printed(number=0.2, limit='<=', thousands=None), 150000.0, 150000.0)
    >>> read_printed("182.500", decimal=".").thousands, read_printed("1.234", decimal=",").number
    (None, 1234.0)
    >>> read_printed("120/80"), read_printed("10-40"), read_printed("2.3 H")
    (None, None, None)
    """
    plain = _one_space(text)
    found = _pattern().fullmatch(plain)
    if found is None:
        return None
    limit, sign, digits, power = found.groups()
    readings = _readings(digits.strip(" "), decimal, power or "")
    if readings is None:
        return None
    number, thousands = (None if r is None else float(f"{sign}{r}") for r in readings)
    if number is None or not math.isfinite(number):
        return None
    return Printed(number, _limits()[" ".join(limit.casefold().split())] if limit else "", thousands)


def _one_space(text: str) -> str:
    if text.isascii():
        return text.strip()
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text.translate(_SAME_SIGN))
    return spaced.strip()


def _readings(digits: str, decimal: str, power: str) -> tuple[str, str | None] | None:
    """The digits as Python writes them, and their other reading; None if they are no number."""
    if _PLAIN.fullmatch(digits):
        return digits + power, None
    one = _ONE_MARK.fullmatch(digits)
    if one:
        return _one_mark(one, decimal, power)
    grouped = _THOUSANDS.fullmatch(digits) or _MARKED_THOUSANDS.fullmatch(digits) or _LAKHS.fullmatch(digits)
    if not grouped or power:
        return None
    whole, mark, fraction = _parted(digits)
    separators = {c for c in whole if not c.isdigit()}
    if decimal and (decimal in separators or (mark and mark != decimal)):
        return None
    return "".join(c for c in whole if c.isdigit()) + (f".{fraction}" if mark else ""), None


def _one_mark(found: re.Match, decimal: str, power: str) -> tuple[str, str | None] | None:
    whole, mark, fraction = found.groups()
    if not (whole or fraction) or (mark == "," and not fraction):
        return None
    may_be_thousands = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0" and not power
    if decimal and mark != decimal:
        return (whole + fraction, None) if may_be_thousands else None
    other = whole + fraction if may_be_thousands and not decimal else None
    return f"{whole or 0}.{fraction or 0}{power}", other


def _parted(digits: str) -> tuple[str, str, str]:
    """Whole part, decimal mark and fraction of grouped digits: a mark that occurs once, after another separator."""
    for mark in ".,":
        whole, found, fraction = digits.rpartition(mark)
        if found and mark not in whole and any(not c.isdigit() for c in whole):
            return whole, mark, fraction
    return digits, "", ""
