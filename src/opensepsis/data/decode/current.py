"""Orders that hold until they are ended: comfort care, and SpO₂ scale 2. By a code or by words; never by a diagnosis."""

from collections.abc import Iterable
from functools import cache

from opensepsis.data.intake.code_systems import SNOMED, system_name
from opensepsis.data.intake.text_codes import holds
from opensepsis.data.site import LocalWords
from opensepsis.definitions.concepts import CONCEPTS as EVERY_CONCEPT
from opensepsis.definitions.concepts.wording import listed

CONCEPTS = ("comfort_care", "spo2_scale_2")
_DIGITS_OF_A_CODE = 6  # SNOMED CT has none that is shorter


def standing_order(said: str) -> str:
    """The concept that an order may be about by its words, each from its beginning; empty when it is none of these.

    >>> standing_order("NEWS2 SpO2 scale 2 (88-92 %)"), standing_order("Full blood count"), standing_order("Studying fatigue")
    ('spo2_scale_2', '', '')
    """
    return next((row["concept"] for row in listed("may_limit_care") if holds(said, row["phrase"])), "")


@cache
def _codes() -> dict[str, str]:
    """The codes of SNOMED CT that the lists of words have, with their concepts."""
    spelled = ((name, said) for name in CONCEPTS for said, _ in EVERY_CONCEPT[name].spelled)
    return {said: name for name, said in spelled if said.isdigit() and len(said) >= _DIGITS_OF_A_CODE}


def listed_order(local: LocalWords, codings: Iterable[tuple[str, str]], texts: Iterable[str]) -> str:
    """The concept of an order by its codes (system, code), or by a whole text that the site lists; empty when it is none.

    >>> listed_order(LocalWords(), [("SCT", "133918004")], []), listed_order(LocalWords(), [], ["Comfort care"])
    ('comfort_care', '')
    """
    said = list(texts)
    for system, code in codings:
        if system_name(system) == SNOMED and code in _codes():
            return _codes()[code]
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
