"""Orders that hold until they are ended: comfort care, and SpO₂ scale 2. By a code or by words; never by a diagnosis."""

from collections.abc import Iterable

from opensepsis.data.intake.code_systems import SNOMED, system_name
from opensepsis.data.site import LocalWords

COMFORT = (
    "133918004", "385763009", "comfort care", "comfort measures", "end of life", "end-of-life", "palliati", "hospice",
    "supportive care", "natural death", "terminal care", "dying", "withdrawal of treatment", "withdraw life", "symptom control only",
    "therapiebegrenzung", "therapiezielbegrenzung", "sterbebegleitung", "fin de vie", "cuidados de confort",
)  # fmt: skip
SCALE_2 = ("spo2 scale 2", "spo₂ scale 2", "type 2 respiratory failure", "hypercapnic")
CONCEPTS = ("comfort_care", "spo2_scale_2")


def standing_order(said: str) -> str:
    """The concept of an order by its codes and words; empty when it is none of these.

    >>> standing_order("NEWS2 SpO2 scale 2 (88-92 %)"), standing_order("Full blood count")
    ('spo2_scale_2', '')
    """
    said = said.lower()
    if any(word in said for word in COMFORT):
        return "comfort_care"
    return "spo2_scale_2" if any(word in said for word in SCALE_2) else ""


_CODES = {"133918004": "comfort_care", "385763009": "comfort_care"}  # of SNOMED CT


def listed_order(local: LocalWords, codings: Iterable[tuple[str, str]], texts: Iterable[str]) -> str:
    """The concept of an order by its codes (system, code), or by a whole text that the site lists; empty when it is none.

    >>> listed_order(LocalWords(), [("SCT", "133918004")], []), listed_order(LocalWords(), [], ["Comfort care"])
    ('comfort_care', '')
    """
    said = list(texts)
    for system, code in codings:
        if system_name(system) == SNOMED and code in _CODES:
            return _CODES[code]
        for concept in CONCEPTS:
            if getattr(local, concept).has_code(system, code):
                return concept
    return next((c for c in CONCEPTS if any(getattr(local, c).is_said(text) for text in said)), "")


def may_limit_care(texts: Iterable[str]) -> bool:
    """Whether words of an order could be about comfort care or SpO₂ scale 2, so that a person has to look.

    >>> may_limit_care(["Not for comfort care: full escalation"])
    True
    """
    return any(standing_order(text) for text in texts)
