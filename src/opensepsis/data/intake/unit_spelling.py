"""Real-life spellings of units, folded to one key: 'MCG/kg per minute' and 'µg/kg/min' are the same.

A key is no unit by itself: what it means for a concept, `units.py` says.
Source: reference table of spellings seen in real feeds (codes.md, section 1.3).
"""

import re
import unicodedata
from functools import cache

from opensepsis.data.intake.maps import map_rows

_CASE_MATTERS = {"mM": "mmol/L", "µM": "umol/L", "μM": "umol/L", "uM": "umol/L"}
_WRONGLY_DECODED = re.compile("Â(?=[µ°º²³·¹])|Î(?=¼)")  # UTF-8 that was read as Latin-1
_MARKS = str.maketrans(
    {
        "¼": "u", "⁄": "/", "∕": "/", "∗": "*", "✕": "x", "\u00ad": None, "\u200b": None, "\ufeff": None,
        "µ": "u", "μ": "u", "γ": "ug", "×": "x", "·": ".", "⋅": ".", "°": "deg", "º": "deg", "−": "-",
        "⁻": "-", "¹": "^1", "²": "^2", "³": "^3", "⁶": "^6", "⁹": "^9", "℃": "degc", "℉": "degf", "K": "k",
    }
)  # fmt: skip

# words inside {…} that change what a number means; every other annotation is only a remark
_MEANINGFUL = ("feu", "ddu", "base", "bitartrate", "tartrate")

_TOKENS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"mm\s*\(hg\)", "mmhg"),
        (r"\(([a-z]+)\)", r"{\1}"),
        (r"\s*\b(?:per|pro|por|par)\b\s*", "/"),
        (r"\s*\b(?:kof|bsa)\b\.?$", ""),
        (
            r"\s*/?\s*[\[({]?\s*1[.,]73[\s_]*(?:m\s*[\^*]*\s*2|sq\.?\s*m|m\s*sq)?\s*(?:bsa)?\s*[\])}]?$",
            "<bodysurface>",
        ),
        (r"(?<=kg)[\s._]*(?:kg|bw|body\s?weight)(?![a-z])", ""),
        (r"/\s*([\[({])\s*([a-z]+)\s*[.*/]\s*([a-z]+)\s*[\])}]", r"/\2/\3"),
        (r"\s+(?=[a-z]+\^?-1)", "."),
        (r"\s+", ""),
        (r"_(?:av|i|us|br)\b", ""),
        (r"[\[\]]", ""),
        (r"^(?:cells|cell|zellen|cellules|células|celler)[./]?(?=x?10)", ""),
        (r"[x*.]?10(?:\^|e\+?|\*{1,2}|exp|x)0?\(?(\d)\)?", r"10*\1"),
        (r"[x*.]?10\((\d)\)", r"10*\1"),
        (r"^1?x?e\+?0?([3569])(?=/)", r"10*\1"),
        (r"^x?万(?=/)", "10*4"),
        (r"мкмоль", "umol"),
        (r"ммоль", "mmol"),
        (r"мкл", "ul"),
        (r"мг", "mg"),
        (r"мл", "ml"),
        (r"дл", "dl"),
        (r"(?<=/)л\b", "l"),
        (r"^[x*.]?10([3569])(?=/|cell|zell)", r"10*\1"),
        (r"^[x*.](?=10\*)", ""),
        (r"[.]?(?<![a-z])(dl|ul|ml|l|min|kg|h|s)\^?-1", r"/\1"),
        (r"microgramm?[eio]?s?|mikrogramm?|mcgs?|gamma|γ", "ug"),
        (r"mill?igramm?[eio]?s?|mgs\b|mgms?\b", "mg"),
        (r"nanograms?", "ng"),
        (r"kilograms?|kilos?\b|kgs\b", "kg"),
        (r"grams?|gms?\b|gr\b", "g"),
        (r"milli(?=units?)", "m"),
        (
            r"internationalunits?|unités?|units?|unidades|einheiten|eenheden|enheter|iu(?![a-z])|ui(?![a-z])|^(?:i\.?)?e\.?(?=/)|i\.u\.",
            "u",
        ),
        (r"microlit(?:er|re)s?|mikroliter|mcl", "ul"),
        (r"mill?ilit(?:er|re|ro)s?|mls\b|cc\b|cm\^?3|ccm\b", "ml"),
        (r"decilit(?:er|re)s?", "dl"),
        (r"lit(?:er|re|ro)s?|(?<=/)lt\b|^lt(?=/)|(?<=/)ltr\b|(?<=/)dm\^?3", "l"),
        (r"micromoles?|micromol|mikromol|mcmol|umoles?", "umol"),
        (r"millimoles?|millimol|mmoles?|milimol(?:es)?", "mmol"),
        (r"milliequivalents?|meqv?\b|mval", "meq"),
        (r"minuten?|minutos?|minuter|minutt(?:er)?|minutes?|mins\b|mn\b", "min"),
        (r"hours?|hrs?\b|stunden?|std\b|stde?\b|heures?|horas?|timmar|timer?\b|uur\b|hod\b", "h"),
        (r"milliseconds?|msecs?", "ms"),
        (r"secondes?|segundos?|sekunde[nr]?|seconds?|secs?\b|sek\b|seg\b", "s"),
        (r"mm[\^*]*3|cu\.?mm|cmm", "ul"),
        (r"^/?100ml$|(?<=/)100ml", "dl"),
        (r"percent(?:age)?|pct|prozent|procent|prosent|porciento|pourcent|vol\.?-?%|%(?:sat|o2|vol)\b", "%"),
        (r"degrees?|deg\.|^grad(?:er|os|i)?|degrés?", "deg"),
        (r"\.$", ""),
    )
]


@cache
def _same() -> dict[str, str]:
    """What is left of a spelling after the patterns -> the unit it means."""
    return {row["spelling"]: row["unit"] for row in map_rows("unit_spellings")}


@cache
def fold(spelling: str) -> str:
    """The key of a unit's spelling; '1' for a bare annotation such as '{score}'.

    >>> fold("K/uL"), fold("x10^3/mm3"), fold("mm Hg"), fold("mcg/kg/min"), fold("{breaths}/min")
    ('10*3/ul', '10*3/ul', 'mmhg', 'ug/kg/min', '/min')
    """
    said = _WRONGLY_DECODED.sub("", spelling.strip())
    said = _CASE_MATTERS.get(said, said).translate(_MARKS).replace("-^", "^-")
    key = unicodedata.normalize("NFKC", said).translate(_MARKS).lower()
    for pattern, replacement in _TOKENS:
        key = pattern.sub(replacement, key)
    key = re.sub(r"\{([^}]*)\}", _keep_meaning, key)
    kept = "".join(word for word in re.findall(r"<(\w+)>", key))
    key = re.sub(r"<\w+>", "", key)
    for word in _MEANINGFUL if not kept else ():
        if f"{word}/" in key:
            key, kept = key.replace(f"{word}/", "/"), word
            break
        if key.endswith(word) and key != word:
            key, kept = key.removesuffix(word), word
            break
    key = _same().get(key, key) or "1"
    return key + (f" {kept}" if kept else "")


def _keep_meaning(annotation: re.Match) -> str:
    word = annotation.group(1)
    return f"<{word}>" if word in _MEANINGFUL else ""
