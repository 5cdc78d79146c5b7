"""Every score, by name."""

from opensepsis.definitions.scores import (
    ards,
    clotting,
    jaam,
    kdigo,
    news2,
    npews,
    phoenix,
    qsofa,
    sirs,
    sofa,
    sofa2,
)
from opensepsis.rules import Score

SCORES: dict[str, Score] = {
    found.name: found
    for module in (sofa, sofa2, qsofa, sirs, news2, npews, phoenix, kdigo, clotting, jaam, ards)
    for found in vars(module).values()
    if isinstance(found, Score)
}
