"""Which genus and species a name means, so that two organisms can be matched. Shared by both engines."""

import re
from functools import lru_cache

from opensepsis.rules import Taxa

_STRAIN = re.compile(r"\(.*?\)")


@lru_cache(maxsize=100)
def _names(taxa: Taxa) -> tuple[tuple[tuple[str, ...], str, str], ...]:
    """The spellings in words, the longest first."""
    named = [(tuple(spelling.split()), genus, species) for spelling, genus, species in taxa.names]
    return tuple(sorted(named, key=lambda one: -len(one[0])))


@lru_cache(maxsize=100_000)
def taxon(taxa: Taxa, name: str) -> str:
    """One key an organism: its genus and species, its genus alone, else its name. Organisms match when their keys are equal.

    >>> from opensepsis.definitions.phenotypes.genera import TAXA
    >>> taxon(TAXA, "STAPH AUREUS COAG +"), taxon(TAXA, "Enterococcus sp."), taxon(TAXA, "Gram negative rods")
    ('staphylococcus aureus', 'enterococcus', 'gram negative rods')
    """
    words = re.findall(r"[a-z]+", _STRAIN.sub(" ", name.lower()))
    for spelled, genus, species in _names(taxa):
        for at in range(len(words) - len(spelled) + 1):
            if tuple(words[at : at + len(spelled)]) == spelled:
                return f"{genus} {species or _species(taxa, words[at + len(spelled) :])}".strip()
    return " ".join(words)


def _species(taxa: Taxa, following: list[str]) -> str:
    return following[0] if following and len(following[0]) > 3 and following[0] not in taxa.no_species else ""


def community_associated(taxa: Taxa, key: str) -> bool:
    """Whether an organism is of a genus that is acquired in the community."""
    return key.partition(" ")[0] in taxa.community
