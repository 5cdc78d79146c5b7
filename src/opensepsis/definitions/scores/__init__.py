"""Every score, by name."""

from opensepsis.definitions.scores import news2, qsofa, sirs, sofa
from opensepsis.rules import Score

SCORES: dict[str, Score] = {
    found.name: found
    for module in (sofa, qsofa, sirs, news2)
    for found in vars(module).values()
    if isinstance(found, Score)
}
