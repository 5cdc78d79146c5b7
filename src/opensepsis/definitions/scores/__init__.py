"""Every score, by name."""

from opensepsis.definitions.scores import (
    ards,
    clotting,
    cmqcc,
    early_onset,
    emergency_signs,
    jaam,
    kdigo,
    maternal,
    mews,
    news2,
    nice,
    nice_children,
    npews,
    nsofa,
    phoenix,
    phoenix_carried,
    qsofa,
    sirs,
    sofa,
    sofa2,
    uva,
)
from opensepsis.rules import Score

SCORES: dict[str, Score] = {
    found.name: found
    for module in (
        sofa,
        sofa2,
        qsofa,
        sirs,
        news2,
        mews,
        uva,
        npews,
        nsofa,
        early_onset,
        nice,
        nice_children,
        phoenix,
        phoenix_carried,
        maternal,
        cmqcc,
        emergency_signs,
        kdigo,
        clotting,
        jaam,
        ards,
    )
    for found in (*vars(module).values(), *getattr(module, "VARIANTS", ()))
    if isinstance(found, Score)
}
