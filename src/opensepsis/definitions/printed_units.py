"""Units as people write them at the bedside. UCUM is for messages, files and tables; nobody reads `mm[Hg]`."""

import re

WHOLE = {"1": "", "{score}": "", "[pH]": "", "{ratio}": "", "{INR}": ""}
PARTS = {
    "mm[Hg]": "mmHg", "m[H2O]": "mH₂O", "cm[H2O]": "cmH₂O", "Cel": "°C", "[degF]": "°F", "10*3": "10³", "10*6": "10⁶",
    "10*9": "10⁹", "10*12": "10¹²", "umol": "µmol", "ug": "µg", "mcg": "µg", "uL": "µL", "m2": "m²",
    "[iU]": "IU", "[IU]": "IU", "m[iU]": "mIU", "u[iU]": "µIU", "[lb_av]": "lb", "[in_i]": "in",
}  # fmt: skip
NOTES = {"{1.73_m2}": "1.73 m²", "{FEU}": " FEU", "{DDU}": " DDU"}  # annotations of UCUM that say something
_PART = re.compile(
    r"(?<![\w\]])(" + "|".join(re.escape(p) for p in sorted(PARTS, key=len, reverse=True)) + r")(?![\w\[*])"
)
_NOTE = re.compile(r"\{[^}]*\}")


def printed(unit: str) -> str:
    """A unit as it is written for people; a unit that is not UCUM stays as it is.

    >>> [printed(u) for u in ("mm[Hg]", "Cel", "umol/L", "10*3/uL", "ug/kg/min", "1", "mL/min/{1.73_m2}", "/min")]
    ['mmHg', '°C', 'µmol/L', '10³/µL', 'µg/kg/min', '', 'mL/min/1.73 m²', '/min']
    >>> printed("{beats}/min"), printed("mg/L{FEU}"), printed("Gpt/l")
    ('/min', 'mg/L FEU', 'Gpt/l')
    """
    if unit in WHOLE:
        return WHOLE[unit]
    found = _PART.sub(lambda part: PARTS[part[1]], unit)
    return _NOTE.sub(lambda note: NOTES.get(note[0], ""), found)


def printed_text(text: str) -> str:
    """A value as a sender wrote it, with its unit printed: only what stands after the last blank is taken for a unit.

    >>> printed_text("88 mm[Hg]"), printed_text("345 umol/L"), printed_text("alert")
    ('88 mmHg', '345 µmol/L', 'alert')
    """
    value, blank, unit = text.rpartition(" ")
    return f"{value} {printed(unit)}".strip() if blank else text
