"""Reading names: which drug a dose is, and whether an organism is a pathogen. Shared by both engines."""

import re
from enum import StrEnum
from functools import lru_cache

from opensepsis.rules import DrugList, Organisms

_JOINED = re.compile(r"\s*(?:/|\+|&|-|,|\band\b)\s*")


class Growth(StrEnum):
    """What a specimen grew."""

    NOTHING = "nothing"
    COMMENSAL = "commensal"
    PATHOGEN = "pathogen"
    NEITHER = "neither"  # a virus or a parasite: no bacteremia and no fungemia


@lru_cache(maxsize=10_000)
def ingredient_key(name: str) -> str:
    """An ingredient whatever its case, joint and order.

    >>> ingredient_key("Tazobactam-Piperacillin") == ingredient_key("piperacillin/tazobactam")
    True
    """
    return "/".join(sorted(part for part in _JOINED.split(name.lower().strip()) if part))


@lru_cache(maxsize=100)
def _keys(drugs: DrugList) -> tuple[frozenset[str], frozenset[str], dict[str, str], frozenset[str]]:
    parenteral = frozenset(map(ingredient_key, drugs.parenteral))
    enteral = frozenset(map(ingredient_key, drugs.enteral))
    spelled = {ingredient_key(other): ingredient_key(name) for other, name in drugs.spelled}
    return parenteral, enteral, spelled, frozenset(map(ingredient_key, drugs.two_drugs))


@lru_cache(maxsize=100_000)
def read_dose(drugs: DrugList, text: str | None) -> tuple[str, bool] | None:
    """Which drug a dose (`ingredient|route`) counts as and whether it is parenteral; else None."""
    name, _, route = (text or "").partition("|")
    parenteral, enteral, spelled, two = _keys(drugs)
    key = ingredient_key(name)
    key = spelled.get(key, key)
    route = route.strip().lower()
    if not route:
        listed, by_vein = key in parenteral or key in enteral, key not in enteral
    elif route in drugs.parenteral_routes:
        listed, by_vein = key in parenteral, True
    elif route in drugs.enteral_routes:
        listed, by_vein = key in enteral, False
    else:
        return None
    if not listed:
        return None
    by_mouth = key in two and route in drugs.enteral_routes
    return (f"{key} by mouth" if by_mouth else key), by_vein


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
def of_specimen(wanted: tuple[str, ...], left_out: tuple[str, ...], text: str | None) -> bool:
    """Whether a culture or organism row is from a specimen that counts."""
    specimen = (text or "").partition("|")[0].lower()
    return any(word in specimen for word in wanted) and not any(word in specimen for word in left_out)


@lru_cache(maxsize=100_000)
def diagnosis_is(codes: tuple[str, ...], text: str | None) -> bool:
    """Whether a diagnosis, as `ICD10:N18.6` or `N186`, is one of these codes."""
    return (text or "").upper().replace(".", "").rpartition(":")[2].strip() in codes
