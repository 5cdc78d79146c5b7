"""Words of a file for messages, which never show what may be a patient's."""

import re
import unicodedata
from difflib import get_close_matches

NOT_SHOWN = "something else (not shown here)"
_UNIT_WORDS = frozenset((
    "g", "mg", "ug", "mcg", "ng", "pg", "fg", "kg", "l", "dl", "cl", "ml", "ul", "fl", "nl", "mol", "mmol", "umol",
    "nmol", "pmol", "meq", "eq", "iu", "miu", "kiu", "u", "mu", "ku", "ui", "units", "unit", "kat", "ukat", "mm",
    "cm", "m", "in", "ft", "hg", "mmhg", "cmh", "kpa", "pa", "hpa", "bar", "mbar", "torr", "s", "sec", "ms", "min",
    "mins", "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "wk", "week", "per", "cel", "deg", "degc", "degf",
    "c", "f", "k", "lb", "lbs", "oz", "cells", "cell", "th", "thou", "x", "e", "cumm", "cc", "ccm", "lpm", "bpm",
    "percent", "ratio", "fraction", "score", "feu", "ddu", "base", "bitartrate", "tartrate", "sq", "bsa", "ppm",
    "au", "ru", "dose", "drops", "gtt",
))  # fmt: skip
_POWERS = re.compile(
    r"(?:x\s*)?10\s*(?:\*{1,2}|\^|e)?\s*-?\d{0,2}|1[.,]73|[\^*-]\d{1,2}|(?<=[a-z])[23]\b|(?<=h)2(?=o)|\be\d\b"
)


def shown(word: str, known) -> str:
    """A word of a file in quotes if it can hardly be a patient's, else a word in its place.

    It is shown when it is a known name but for its case, or close to one and in small letters throughout: a name that
    stands in the wrong column begins with a capital, or is far from every known one.

    >>> shown("lactat", ["lactate"]), shown("John Smith", ["lactate"]), shown("WRIGHT", ["weight"])
    ("'lactat'", 'something else (not shown here)', 'something else (not shown here)')
    """
    same = word.casefold() in known
    near = word == word.casefold() and len(word) <= 30 and get_close_matches(word, list(known), 1, 0.75)
    return repr(word) if same or near else NOT_SHOWN


def shown_unit(unit: str, known) -> str:
    """A unit of a file in quotes if it can hardly be a patient's, else a word in its place.

    Each of its words is one of units, or the whole is close to a known unit and no name; each number is a power of ten.

    >>> shown_unit("mg/mL", ["mg/dL"]), shown_unit("mg/dd", ["mg/dL"]), shown_unit("Smith", ["mg/dL"])
    ("'mg/mL'", "'mg/dd'", 'something else (not shown here)')
    """
    spoken = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "u")
    rest = _POWERS.sub(" ", spoken)
    ours = [word in _UNIT_WORDS for word in re.findall(r"[^\W\d_]+", rest)]
    written = unit == unit.casefold() or ("/" in unit and any(ours))
    near = written and get_close_matches(spoken, [name.casefold() for name in known], 1, 0.75)
    plain = len(unit) <= 20 and unit.isprintable() and not re.search(r"\d", rest)
    return repr(unit) if plain and ours and (all(ours) or near) else NOT_SHOWN
