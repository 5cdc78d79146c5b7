"""Everything that can be recorded, by name.

>>> CONCEPTS["lactate"].unit
'mmol/L'
"""

from opensepsis.definitions.concepts import (
    birth,
    cultures,
    drugs,
    gases,
    labs,
    person,
    signs,
    support,
    vitals,
)
from opensepsis.rules import Concept

CONCEPTS: dict[str, Concept] = {
    found.name: found
    for module in (vitals, signs, labs, gases, drugs, support, cultures, person, birth)
    for found in vars(module).values()
    if isinstance(found, Concept)
}
