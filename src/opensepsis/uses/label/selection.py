"""Which definitions a run works out, and what they need."""

from dataclasses import dataclass

from opensepsis.definitions import DEFINITIONS, PHENOTYPES, SCORES
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import Concept, Phenotype, Score, concepts_read, scores_of


@dataclass(frozen=True)
class Selection:
    """The scores and phenotypes to write, and everything they need recorded."""

    scores: tuple[Score, ...]
    phenotypes: tuple[Phenotype, ...]

    @property
    def needed_scores(self) -> list[Score]:
        """The scores to work out: those to write, and those that phenotypes rest on."""
        found = list(self.scores)
        for phenotype in self.phenotypes:
            found += [s for s in scores_of(phenotype) if s not in found]
        return found

    @property
    def concepts(self) -> dict[str, Concept]:
        """Everything these definitions need recorded, by name."""
        found: dict[str, Concept] = {}
        for definition in (*self.scores, *self.phenotypes):
            found |= concepts_read(definition)
        return found


def select(only: str | list[str] | None = None, variants: bool = False) -> Selection:
    """The definitions named in `only` (comma separated or a list), else all; `variants` adds their variants.

    >>> [s.name for s in select("sofa,sepsis3").scores]
    ['sofa']
    """
    names = only.split(",") if isinstance(only, str) else list(only or [])
    asked = [name.strip() for name in names if name.strip()]
    for name in asked:
        if name not in DEFINITIONS:
            raise DefinitionError(f"There is no definition '{name}'. {nearest(name, DEFINITIONS)}")

    def wanted(name: str) -> bool:
        base, _, variant = name.partition(":")
        if asked:
            return name in asked or (variants and bool(variant) and base in asked)
        return variants or not variant

    scores = tuple(score for name, score in SCORES.items() if wanted(name))
    return Selection(scores, tuple(p for name, p in PHENOTYPES.items() if wanted(name)))
