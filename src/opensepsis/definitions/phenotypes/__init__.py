"""Every phenotype, by name."""

from opensepsis.definitions.phenotypes import (
    adult_sepsis_event,
    ards,
    bacteremia,
    infection,
    maternal,
    nhsn_bacteremia,
    nhsn_sepsis,
    phoenix_sepsis,
    sep1,
    sepsis2,
    sepsis3,
    septic_shock,
    sic,
)
from opensepsis.rules import Phenotype

PHENOTYPES: dict[str, Phenotype] = {
    found.name: found
    for module in (
        infection,
        sepsis3,
        septic_shock,
        phoenix_sepsis,
        maternal,
        sepsis2,
        sep1,
        adult_sepsis_event,
        nhsn_sepsis,
        bacteremia,
        nhsn_bacteremia,
        sic,
        ards,
    )
    for found in (*vars(module).values(), *getattr(module, "VARIANTS", ()))
    if isinstance(found, Phenotype)
}
