"""A flow or share of oxygen that is told in words: *room air*, *2 L/min NC*, *15 L NRB*, *venturi 40 %*.

What is breathed is a device, or air, beside the number; air is a flow of 0 and an FiO₂ of 0.21.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from opensepsis.data.intake.printed import is_missing
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.intake.value import plausible

OXYGEN, DEVICE = (
    "oxygen",
    "device",
)  # the concept of what is breathed, and the part of the number's origin under which it stands
_AIR = "air"
OF_AIR = {"oxygen_flow": 0.0, "fio2": 0.21}
IN_WORDS = (*OF_AIR, "spo2")
_LITRES = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(?:l|lpm|lt|ltr|lit(?:er|re)s?)(?![a-z])")
_PERCENT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*%")
_NUMBER = re.compile(r"(?<![a-z0-9.,])[0-9]+(?:[.,][0-9]+)?")  # the 2 of O2 is none
# devices by what a number beside them without a unit is: litres a minute, of the second ones whatever is asked for
_SET_BY_FLOW = frozenset(
    ("nasal cannula", "face mask", "medium concentration mask", "non-rebreather mask", "partial rebreather mask", "oxymizer", "oxymask",
     "oxygen", "blow-by oxygen", "bag-valve mask", "oxygen hood", "high flow nasal cannula", _AIR)
)  # fmt: skip
_LITRES_BELOW_ONE = frozenset(("nasal cannula", "oxymizer", "oxygen", "blow-by oxygen"))
_LITRES_ALONE = re.compile(
    r"\s*([0-9]+(?:[.,][0-9]+)?)\s*(?:l|lt|ltr|lit(?:er|re)s?)(?:\s+(?:o2|oxygen))?\s*"
)
_SATURATION = re.compile(
    r"\s*([0-9]{2,3})\s*%?\s*(?:,|@|\bon\b|\bin\b|\()?\s*([^0-9\s].*|[0-9].*[a-z]{2}.*?)\)?\s*"
)
_SATURATION_ON_LITRES = re.compile(
    r"\s*([0-9]{2,3})\s*(?:%\s*(?:,|@|on\b|in\b|\()?|(?:,|@|on\b|in\b|\())\s*([0-9]+(?:[.,][0-9]+)?)\s*"
    r"(?:l|lpm|lt|ltr|lit(?:er|re)s?)(?:\s*/\s*min(?:ute)?)?(?:\s+(?:o2|oxygen))?\s*\)?\s*"
)
_NO_NUMBER = re.compile(r"[0-9]\s*[-–/]\s*[0-9]|[<>≤≥~]")  # a range, a limit, about


@dataclass(frozen=True)
class Breath:
    """What is breathed, empty where only its flow is told, and the number that is told with it; None where none is."""

    device: str
    number: float | None


@lru_cache(maxsize=10_000)
def breath_in_words(concept: str, said: str) -> Breath | None:
    """What a flow or an FiO₂ in words says; None for another concept, for a number, and for words that no list has.

    >>> breath_in_words("oxygen_flow", "Room air"), breath_in_words("fio2", "RA")
    (Breath(device='air', number=0.0), Breath(device='air', number=0.21))
    >>> breath_in_words("oxygen_flow", "2 L/min NC"), breath_in_words("fio2", "40 % venturi")
    (Breath(device='nasal cannula', number=2.0), Breath(device='venturi mask', number=0.4))
    >>> breath_in_words("oxygen_flow", "2-4 L NC"), breath_in_words("oxygen_flow", "2"), breath_in_words("spo2", "RA")
    (Breath(device='nasal cannula', number=None), None, None)
    >>> breath_in_words("spo2", "98 % RA"), breath_in_words("spo2", "94% on 2 L NC"), breath_in_words("oxygen_flow", "2L")
    (Breath(device='air', number=98.0), Breath(device='nasal cannula', number=94.0), Breath(device='', number=2.0))
    >>> breath_in_words("spo2", "94% on 2 L"), breath_in_words("spo2", "96 on 0 L/min"), breath_in_words("spo2", "94% on 2-4 L")
    (Breath(device='oxygen', number=94.0), Breath(device='air', number=96.0), None)
    >>> breath_in_words("fio2", "1 L NC"), breath_in_words("oxygen_flow", "CPAP 8"), breath_in_words("oxygen_flow", "O2")
    (Breath(device='nasal cannula', number=None), Breath(device='cpap mask', number=None), Breath(device='oxygen', number=None))
    """
    found = _read(concept, said)
    if found and found.number is not None and not plausible(concept, found.number):
        return None
    return found


def _read(concept: str, said: str) -> Breath | None:
    if concept == "spo2":
        return _beside_saturation(said)
    if concept not in OF_AIR or is_missing(said):
        return None
    if concept == "oxygen_flow" and (alone := _LITRES_ALONE.fullmatch(said.lower())):
        return Breath("", _float(alone[1]))
    device = word_of(OXYGEN, said)
    if device is None:
        return None
    return Breath(device, OF_AIR[concept] if device == _AIR else _amount(concept, said.lower(), device))


def _beside_saturation(said: str) -> Breath | None:
    """A saturation that is sent with what is breathed: *98 % RA*, *94% on 2 L NC*; of litres alone only that it is oxygen, or air."""
    if on_litres := _SATURATION_ON_LITRES.fullmatch(said.lower()):
        return Breath(_AIR if _float(on_litres[2]) == 0 else OXYGEN, float(on_litres[1]))
    parted = _SATURATION.fullmatch(said.lower())
    device = word_of(OXYGEN, parted[2]) if parted else None
    return Breath(device, float(parted[1])) if parted and device else None


def _amount(concept: str, said: str, device: str) -> float | None:
    if _NO_NUMBER.search(said):
        return None
    if concept == "fio2":
        shares = [_float(text) / 100 for text in _PERCENT.findall(said)]
        bare = [] if device in _LITRES_BELOW_ONE else _NUMBER.findall(_LITRES.sub(" ", said))
        shares = shares or [n for n in map(_float, bare) if n <= 1]
        return shares[0] if len(shares) == 1 else None
    bare = _NUMBER.findall(said) if device in _SET_BY_FLOW and "%" not in said else []
    numbers = _LITRES.findall(said) or bare
    return _float(numbers[0]) if len(numbers) == 1 else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))
