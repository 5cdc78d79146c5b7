"""Reading names: whether an organism is a pathogen. Shared by both engines."""

import re
from enum import StrEnum
from functools import lru_cache

from opensepsis.engine.semantics.diagnoses import read_diagnosis
from opensepsis.rules import Organisms


class Growth(StrEnum):
    """What a specimen grew."""

    NOTHING = "nothing"
    COMMENSAL = "commensal"
    PATHOGEN = "pathogen"
    NEITHER = "neither"  # a virus or a parasite: no bacteremia and no fungemia


@lru_cache(maxsize=100_000)
def read_growth(organisms: Organisms, text: str | None) -> tuple[str, Growth]:
    """The organism of a row (`specimen|organism`), and what it is."""
    name = " ".join(re.split(r"[\s,;_-]+", (text or "").partition("|")[2].lower())).strip()

    def holds(words: tuple[str, ...]) -> bool:
        return any(f" {word}" in f" {name}" for word in words)  # from the start of a word: no lactobacillus

    if not name or holds(organisms.nothing):
        return name, Growth.NOTHING
    if holds(organisms.neither):
        return name, Growth.NEITHER
    commensal = holds(organisms.words) and not holds(organisms.pathogens)
    return name, Growth.COMMENSAL if commensal else Growth.PATHOGEN


@lru_cache(maxsize=100_000)
def diagnosis_is(codes: tuple[str, ...], text: str | None) -> bool:
    """Whether a diagnosis, as `ICD10:N18.6` or `N186`, is one of these codes; its marks make no difference."""
    return read_diagnosis(text).code.upper().replace(".", "").rpartition(":")[2].strip() in codes
