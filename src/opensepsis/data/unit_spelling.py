"""Real-life spellings of units, folded to one key: 'MCG/kg per minute' and 'µg/kg/min' are the same.

A key is no unit by itself: what it means for a concept, `units.py` says.
Source: reference table of spellings seen in real feeds (codes.md, section 1.3).
"""

import re
import unicodedata
from functools import cache

_MARKS = str.maketrans(
    {
        "µ": "u", "μ": "u", "γ": "ug", "×": "x", "·": ".", "⋅": ".", "°": "deg", "º": "deg", "−": "-",
        "⁻": "-", "¹": "^1", "²": "^2", "³": "^3", "⁶": "^6", "⁹": "^9", "℃": "degc", "℉": "degf", "K": "k",
    }
)  # fmt: skip

# words inside {…} that change what a number means; every other annotation is only a remark
_MEANINGFUL = ("feu", "ddu", "base", "bitartrate", "tartrate")

_TOKENS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\(([a-z]+)\)", r"{\1}"),
        (r"\s*\bper\b\s*", "/"),
        (
            r"\s*/?\s*[\[({]?\s*1[.,]73[\s_]*(?:m\s*[\^*]*\s*2|sq\.?\s*m|m\s*sq)?\s*(?:bsa)?\s*[\])}]?$",
            "<bodysurface>",
        ),
        (r"\s+", ""),
        (r"_(?:av|i|us|br)\b", ""),
        (r"[\[\]]", ""),
        (r"[x*]?10(?:\^|e\+?|\*{1,2}|exp)0?(\d)", r"10*\1"),
        (r"^x(?=10\*)", ""),
        (r"[.]?(?<![a-z])(dl|ul|ml|l|min|kg|h|s)\^?-1", r"/\1"),
        (r"micrograms?|mcgs?|gamma", "ug"),
        (r"milligrams?|mgs\b", "mg"),
        (r"nanograms?", "ng"),
        (r"kilograms?|kilos?\b|kgs\b", "kg"),
        (r"grams?|gms?\b|gr\b", "g"),
        (r"milli(?=units?)", "m"),
        (r"internationalunits?|units?|iu(?![a-z])", "u"),
        (r"microlit(?:er|re)s?|mcl", "ul"),
        (r"millilit(?:er|re)s?|mls\b|cc\b|cm\^?3|ccm\b", "ml"),
        (r"decilit(?:er|re)s?", "dl"),
        (r"lit(?:er|re)s?", "l"),
        (r"micromoles?|micromol|umoles?", "umol"),
        (r"millimoles?|millimol|mmoles?", "mmol"),
        (r"minutes?|mins\b|mn\b", "min"),
        (r"hours?|hrs?\b", "h"),
        (r"milliseconds?|msecs?", "ms"),
        (r"seconds?|secs?\b", "s"),
        (r"mm\^?3|cumm|cmm", "ul"),
        (r"percent|pct|vol%", "%"),
        (r"degrees?|deg\.", "deg"),
        (r"\.$", ""),
    )
]

_SAME = {
    "bpm": "/min", "brpm": "/min", "rpm": "/min", "1/min": "/min", "min-1": "/min", "/1min": "/min",
    "beats/min": "/min", "br/min": "/min", "breaths/min": "/min", "resp/min": "/min", "insp/min": "/min",
    "b/min": "/min", "x/min": "/min", "pulse/min": "/min", "beat/min": "/min", "breath/min": "/min",
    "c": "cel", "degc": "cel", "celsius": "cel", "degcelsius": "cel", "centigrade": "cel",
    "f": "degf", "fahrenheit": "degf", "degfahrenheit": "degf", "kelvin": "k", "degk": "k",
    "torr": "mmhg", "mmofhg": "mmhg",
    "lbs": "lb", "pound": "lb", "pounds": "lb", "inch": "in", "inches": "in", "ounce": "oz", "ounces": "oz",
    "feet": "ft", "foot": "ft", "centimeter": "cm", "centimeters": "cm", "centimetre": "cm", "cms": "cm",
    "meter": "m", "meters": "m", "metre": "m", "millimeter": "mm",
    "mg%": "mg/dl", "g%": "g/dl", "lpm": "l/min", "slpm": "l/min",
    "k/ul": "10*3/ul", "k/cumm": "10*3/ul", "thou/ul": "10*3/ul", "thousand/ul": "10*3/ul",
    "thousands/ul": "10*3/ul", "1000/ul": "10*3/ul", "th/ul": "10*3/ul", "giga/l": "10*9/l",
    "cells/ul": "/ul", "cell/ul": "/ul", "#/ul": "/ul", "1/ul": "/ul", "cells/l": "/l",
    "fraction": "1", "ratio": "1", "decimal": "1", "l/l": "1", "score": "1", "points": "1", "point": "1",
    "pts": "1", "inr": "1", "none": "1", "phu": "ph", "u": "u",
}  # fmt: skip


@cache
def fold(spelling: str) -> str:
    """The key of a unit's spelling; '1' for a bare annotation such as '{score}'.

    >>> fold("K/uL"), fold("x10^3/mm3"), fold("mm Hg"), fold("mcg/kg/min"), fold("{breaths}/min")
    ('10*3/ul', '10*3/ul', 'mmhg', 'ug/kg/min', '/min')
    """
    key = unicodedata.normalize("NFKC", spelling.strip().translate(_MARKS)).lower()
    for pattern, replacement in _TOKENS:
        key = pattern.sub(replacement, key)
    key = re.sub(r"\{([^}]*)\}", _keep_meaning, key)
    kept = "".join(word for word in re.findall(r"<(\w+)>", key))
    key = re.sub(r"<\w+>", "", key)
    for word in _MEANINGFUL if not kept else ():
        if key.endswith(word) and key != word:
            key, kept = key.removesuffix(word), word
            break
    key = _SAME.get(key, key) or "1"
    return key + (f" {kept}" if kept else "")


def _keep_meaning(annotation: re.Match) -> str:
    word = annotation.group(1)
    return f"<{word}>" if word in _MEANINGFUL else ""
